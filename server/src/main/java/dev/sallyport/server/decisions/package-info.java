/// The ruling: gathers facts, asks the gate, records, answers.
///
/// Floor 3: it may use `ledger`, `settings`, `standing`, `identity`, `policies` and `evidence`.
/// Enter by [dev.sallyport.server.decisions.Decide].
@NullMarked
@ApplicationModule(
    allowedDependencies = {"ledger", "settings", "standing", "identity", "policies", "evidence"})
package dev.sallyport.server.decisions;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
