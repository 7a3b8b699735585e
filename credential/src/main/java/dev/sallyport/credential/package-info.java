/// Tokens and proofs of possession: verify, normalise to one claim vocabulary, bind to a key, mint.
///
/// Floor 0: it may use `keys`; it knows neither HTTP nor a clock of its own. Enter by
/// `TokenVerifier` (tokens of CI systems), `Dpop` (proofs) and `BoundTokens` (our own tokens).
@NullMarked
package dev.sallyport.credential;

import org.jspecify.annotations.NullMarked;
