/// Watching and responding: detections over the ledger by a cursor of its own, incidents, the graph
/// of who could have touched what, and responses that policy rules on.
///
/// Floor 5: it may use every room below. Enter by [dev.sallyport.server.sentinel.Sentinel] for what
/// was seen, [dev.sallyport.server.sentinel.Radius] for how far it reaches, and
/// [dev.sallyport.server.sentinel.Responses] to act.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "db",
      "ledger",
      "settings",
      "standing",
      "identity",
      "evidence",
      "runs",
      "decisions",
      "tokens",
      "secrets",
      "releases"
    })
package dev.sallyport.server.sentinel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
