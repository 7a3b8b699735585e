/// The policy in force, as one immutable snapshot.
///
/// Floor 2: it may use `ledger` and `settings`. Enter by [dev.sallyport.server.policies.Policies].
@NullMarked
@ApplicationModule(allowedDependencies = {"ledger", "settings"})
package dev.sallyport.server.policies;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
