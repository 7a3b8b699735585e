/// Secrets: sealed in the database, handed out by ruling, each time as a lease that ends with its
/// step.
///
/// Floor 4: it may use `db`, `ledger`, `settings`, `standing`, `identity`, `runs` and `decisions`.
/// Enter by [dev.sallyport.server.secrets.SecretBroker].
@NullMarked
@ApplicationModule(
    allowedDependencies = {"db", "ledger", "settings", "standing", "identity", "runs", "decisions"})
package dev.sallyport.server.secrets;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
