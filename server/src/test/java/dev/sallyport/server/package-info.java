/// Tests of the whole server: rooms, attacks over HTTP, start and stop.
@NullMarked
package dev.sallyport.server;

import org.jspecify.annotations.NullMarked;
