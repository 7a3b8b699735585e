/// JSON over HTTP for the CLI and for CI jobs: wire form to question, ruling to wire form.
///
/// Floor 6: it may use `ledger`, `settings`, `standing`, `identity`, `policies`, `evidence`,
/// `runs`, `decisions`, `tokens`, `steps`, `secrets`, `releases` and `sentinel`. It decides
/// nothing. Enter by HTTP: docs/reference/server-api.md.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "ledger",
      "settings",
      "standing",
      "identity",
      "policies",
      "evidence",
      "runs",
      "decisions",
      "tokens",
      "steps",
      "secrets",
      "releases",
      "sentinel"
    })
package dev.sallyport.server.api;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
