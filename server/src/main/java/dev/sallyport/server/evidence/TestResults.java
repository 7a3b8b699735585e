package dev.sallyport.server.evidence;

import dev.sallyport.attest.Statement;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads in-toto test results (in-toto/attestation, spec/predicates/test-result.md).
final class TestResults {
  private TestResults() {}

  static Optional<Dossier.Tests> read(Statement statement) {
    if (!statement.predicateType().equals(PredicateTypes.TEST_RESULT)) {
      return Optional.empty();
    }
    JsonNode predicate = statement.predicate();
    long passed = predicate.path("passedTests").size();
    long failed = predicate.path("failedTests").size();
    return Optional.of(
        switch (predicate.path("result").asString("")) {
          // A run that says it passed and names no test has still run.
          case "PASSED", "WARNED" -> new Dossier.Tests(Math.max(1, passed), failed, 0);
          case "FAILED" -> new Dossier.Tests(passed, Math.max(1, failed), 0);
          default -> new Dossier.Tests(0, 1, 0);
        });
  }
}
