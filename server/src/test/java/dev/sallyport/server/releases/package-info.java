@NullMarked
package dev.sallyport.server.releases;

import org.jspecify.annotations.NullMarked;
