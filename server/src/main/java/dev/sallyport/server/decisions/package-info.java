/// The ruling: gathers facts, asks the gate, records, answers.
///
/// Floor 3: it may use `db`, `ledger`, `settings`, `standing`, `identity`, `policies`, `evidence`
/// and `runs`. Enter by [dev.sallyport.server.decisions.Decide].
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "db",
      "ledger",
      "settings",
      "standing",
      "identity",
      "policies",
      "evidence",
      "runs"
    })
package dev.sallyport.server.decisions;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
