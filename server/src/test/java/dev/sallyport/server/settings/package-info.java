/// Tests of the configuration: what is read, and what is refused where.
@NullMarked
package dev.sallyport.server.settings;

import org.jspecify.annotations.NullMarked;
