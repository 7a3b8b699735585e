/// Pages for people: sign in, the list of rulings, one ruling with its reasons and its proof.
///
/// Floor 6: it may use `db`, `ledger`, `settings`, `identity`, `policies` and `decisions`.
/// Everything works without JavaScript; there is none. Enter by a browser, or by
/// [dev.sallyport.server.console.SignInDesk] for the first code.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "db",
      "ledger",
      "settings",
      "standing",
      "identity",
      "policies",
      "decisions",
      "releases",
      "sentinel"
    })
package dev.sallyport.server.console;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
