/// Who asks: verified tokens of CI jobs as callers, and the keys of their issuers.
///
/// Floor 2: it may use `ledger` (for the names of actors) and `settings`. Enter by
/// [dev.sallyport.server.identity.Callers].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings"})
package dev.sallyport.server.identity;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
