/// Key files, PEM, raw signatures and X.509 paths: the one place that touches private keys.
///
/// Floor 0: it knows BouncyCastle and the JDK, no other module. Enter by `SigningKey` and
/// `VerifyingKey`.
@NullMarked
package dev.sallyport.keys;

import org.jspecify.annotations.NullMarked;
