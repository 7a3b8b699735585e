/// A transparency log's arithmetic: RFC 6962 hashing and proofs, C2SP signed notes and checkpoints.
///
/// Floor 0: it may use `keys`. It stores nothing; who stores hands it hashes. Enter by `Tree`.
@NullMarked
package dev.sallyport.tlog;

import org.jspecify.annotations.NullMarked;
