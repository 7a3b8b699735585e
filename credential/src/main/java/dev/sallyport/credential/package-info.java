/// Tokens and proofs of possession: verify, normalise to one claim vocabulary, bind to a key.
///
/// Floor 0: it may use `keys`; it knows neither HTTP nor clock of its own. Enter by
/// `TokenVerifier`.
@NullMarked
package dev.sallyport.credential;

import org.jspecify.annotations.NullMarked;
