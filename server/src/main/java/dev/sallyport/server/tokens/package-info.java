/// Short-lived tokens bound to the caller's key: one CI token in exchange for one of ours; and the
/// one exception, tokens for registry clients.
///
/// Floor 4: it may use `db`, `ledger`, `settings`, `standing`, `identity` and `decisions`. Enter by
/// [dev.sallyport.server.tokens.TokenDesk] and [dev.sallyport.server.tokens.RegistryTokens].
@NullMarked
@ApplicationModule(
    allowedDependencies = {"db", "ledger", "settings", "standing", "identity", "decisions"})
package dev.sallyport.server.tokens;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
