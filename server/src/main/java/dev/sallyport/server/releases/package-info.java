/// Releases: tickets to deploy and roll back, the hosts' agents that redeem them, and what runs
/// where.
///
/// Floor 4: it may use `db`, `ledger`, `standing`, `identity` and `decisions`. Enter by
/// [dev.sallyport.server.releases.Releases] for what goes out, and by
/// [dev.sallyport.server.releases.Agents] for the hosts.
@NullMarked
@ApplicationModule(allowedDependencies = {"db", "ledger", "standing", "identity", "decisions"})
package dev.sallyport.server.releases;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
