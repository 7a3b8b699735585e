/// The control plane: one Spring Boot application whose rooms are the packages below.
///
/// Floor 3: it may use every library. Arrows between rooms point down; `RoomsTest` holds them.
/// Enter by [dev.sallyport.server.Main].
@NullMarked
package dev.sallyport.server;

import org.jspecify.annotations.NullMarked;
