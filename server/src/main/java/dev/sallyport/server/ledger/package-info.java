/// The record: an append-only RFC 6962 log in which an entry is durable before anything is
/// answered.
///
/// Floor 1: it may use `db`. Enter by [dev.sallyport.server.ledger.Ledger].
@NullMarked
@ApplicationModule(allowedDependencies = "db")
package dev.sallyport.server.ledger;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
