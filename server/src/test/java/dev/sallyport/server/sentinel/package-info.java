/// Tests of the sentinel: contracts of its tables on both databases, its order under crashes, and
/// responses over places that a test plays.
@NullMarked
package dev.sallyport.server.sentinel;

import org.jspecify.annotations.NullMarked;
