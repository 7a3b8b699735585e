/// Signed statements about code: git commits, DSSE envelopes, in-toto, SLSA. Read, verify, write.
///
/// Floor 0: it may use `keys` and `tlog`, and reads bytes it is handed, never a repository. Enter
/// by `CommitVerifier` and `Envelope`.
@NullMarked
package dev.sallyport.attest;

import org.jspecify.annotations.NullMarked;
