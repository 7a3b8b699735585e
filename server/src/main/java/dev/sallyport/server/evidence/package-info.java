/// Signed statements: verified when they are handed in and again each time they count.
///
/// Floor 2: it may use `db`, `ledger` and `settings`. Enter by
/// [dev.sallyport.server.evidence.EvidenceStore].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings"})
package dev.sallyport.server.evidence;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
