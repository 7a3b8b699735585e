/// Attacks on tokens and proofs, each named after itself.
@NullMarked
package dev.sallyport.credential;

import org.jspecify.annotations.NullMarked;
