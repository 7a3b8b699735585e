/// Tests of the log's arithmetic: official vectors first, then generated trees.
@NullMarked
package dev.sallyport.tlog;

import org.jspecify.annotations.NullMarked;
