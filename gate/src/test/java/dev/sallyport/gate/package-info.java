/// Tests of the vocabulary, the profiles and the ruling.
@NullMarked
package dev.sallyport.gate;

import org.jspecify.annotations.NullMarked;
