@NullMarked
package dev.sallyport.server.decisions;

import org.jspecify.annotations.NullMarked;
