/// Doors that enforce: so far the OCI distribution proxy in front of a registry.
///
/// Floor 6: it may use `db`, `ledger`, `settings`, `standing`, `identity`, `runs`, `evidence`,
/// `decisions`, `tokens` and `steps`. It decides nothing. Enter by HTTP:
/// docs/reference/registry.md.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "db",
      "ledger",
      "settings",
      "standing",
      "identity",
      "runs",
      "evidence",
      "decisions",
      "tokens",
      "releases",
      "steps"
    })
package dev.sallyport.server.enforce;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
