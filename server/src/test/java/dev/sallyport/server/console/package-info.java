/// Tests of the room `console`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.console;

import org.jspecify.annotations.NullMarked;
