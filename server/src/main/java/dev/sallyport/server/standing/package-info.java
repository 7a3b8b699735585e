/// Who and what stands how right now: holds, withdrawn artifacts, floors of environments, waivers
/// of refusals.
///
/// Floor 2, below its neighbours: it may use `db` and `ledger`, and the rooms of floor 2 may read
/// it. Enter by [dev.sallyport.server.standing.Standing].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger"})
package dev.sallyport.server.standing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
