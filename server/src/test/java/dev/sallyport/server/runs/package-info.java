/// Tests of the room `runs`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.runs;

import org.jspecify.annotations.NullMarked;
