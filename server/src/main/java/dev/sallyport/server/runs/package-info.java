/// What is known of runs: the steps that were ruled on, how they ended, and which bytes they sent
/// through a door.
///
/// Floor 2: it may use `db`, `ledger` (for digests) and `settings`; it decides nothing and asks
/// nobody. Enter by [dev.sallyport.server.runs.Runs].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings"})
package dev.sallyport.server.runs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
