/// Short-lived tokens bound to the caller's key: one CI token in exchange for one of ours.
///
/// Floor 4: it may use `db`, `ledger`, `settings` and `identity`. Enter by
/// [dev.sallyport.server.tokens.TokenDesk].
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "settings", "identity"})
package dev.sallyport.server.tokens;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
