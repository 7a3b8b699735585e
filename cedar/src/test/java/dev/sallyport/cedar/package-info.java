/// Tests of the Cedar engine: Cedar's own corpus, and cedar-java as the oracle.
@NullMarked
package dev.sallyport.cedar;

import org.jspecify.annotations.NullMarked;
