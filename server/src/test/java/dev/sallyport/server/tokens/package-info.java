/// Tests of the room `tokens`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.tokens;

import org.jspecify.annotations.NullMarked;
