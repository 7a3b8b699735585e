/// Tests of the room `enforce`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.enforce;

import org.jspecify.annotations.NullMarked;
