/// Tells entries of the ledger to receivers elsewhere: each sink by its own cursor, at least once.
///
/// Floor 6: it may use `db`, `ledger`, `settings` and `identity`. Enter by
/// [dev.sallyport.server.export.SiemPump].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings", "identity"})
package dev.sallyport.server.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
