/// Tests of the room `evidence`: its store on both databases, its own laws.
@NullMarked
package dev.sallyport.server.evidence;

import org.jspecify.annotations.NullMarked;
