/// Tests of the room `export`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.export;

import org.jspecify.annotations.NullMarked;
