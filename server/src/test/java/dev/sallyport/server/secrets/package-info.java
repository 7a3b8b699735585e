/// Tests of the room `secrets`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.secrets;

import org.jspecify.annotations.NullMarked;
