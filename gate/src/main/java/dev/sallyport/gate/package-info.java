/// The vocabulary and the ruling: it alone turns results into facts, and a question into a ruling
/// with reasons.
///
/// Floor 2: it may use `cedar`, `attest`, `scan`. Enter by `Gate`.
@NullMarked
package dev.sallyport.gate;

import org.jspecify.annotations.NullMarked;
