/// Tests of the two databases, and a real PostgreSQL for the rooms' contract suites.
@NullMarked
package dev.sallyport.server.db;

import org.jspecify.annotations.NullMarked;
