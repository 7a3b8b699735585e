/// What a repository holds: its history, secrets left in it, what its pipeline files allow, what it
/// depends on.
///
/// Floor 1: it may use floor 0. Everything it reads is hostile. Enter by `Repository`.
@NullMarked
package dev.sallyport.scan;

import org.jspecify.annotations.NullMarked;
