/// The policy in force, as one immutable snapshot, and the versions that were in force before.
///
/// Floor 2: it may use `db`, `ledger` and `settings`. Enter by
/// [dev.sallyport.server.policies.Policies].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings"})
package dev.sallyport.server.policies;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
