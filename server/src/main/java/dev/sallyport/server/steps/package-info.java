/// The act of a step: asks for the ruling before it begins, records how it ended, and signs what
/// the control plane saw of it, apart from what its wrapper says.
///
/// Floor 4: it may use `ledger`, `settings`, `identity`, `runs` and `decisions`. Enter by
/// [dev.sallyport.server.steps.StepDesk].
@NullMarked
@ApplicationModule(allowedDependencies = {"ledger", "settings", "identity", "runs", "decisions"})
package dev.sallyport.server.steps;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
