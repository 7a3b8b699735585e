/// Tests of the room `standing`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.standing;

import org.jspecify.annotations.NullMarked;
