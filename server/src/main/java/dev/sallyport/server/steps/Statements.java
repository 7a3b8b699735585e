package dev.sallyport.server.steps;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.runs.Product;
import dev.sallyport.server.runs.Step;
import dev.sallyport.server.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes and signs what the control plane says of steps: SLSA provenance v1 of builds, in-toto
/// test results v0.1.
///
/// What it saw itself stands under `sallyport`; what the wrapper said, under `claimed`. A statement
/// at the end of a step is about the commit: a digest that was only reported is never a subject. A
/// statement about an artifact is made where a door computed its digest. Both are made of what is
/// recorded, and come out the same each time.
final class Statements {
  private static final String PROVENANCE = "https://slsa.dev/provenance/v1";
  private static final String TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1";
  private static final String BUILD_TYPE = "https://sallyport.dev/build/step/v1";

  private final BuildKey key;
  private final Settings settings;
  private final JsonMapper json = new JsonMapper();

  Statements(BuildKey key, Settings settings) {
    this.key = key;
    this.settings = settings;
  }

  /// Of a step that ended; empty where it has not, or its commit is not known.
  Optional<byte[]> ofStep(Step step, List<Product> products) {
    Step.Ended ended = step.ended();
    Optional<String> commit = step.source().known();
    if (ended == null || commit.isEmpty()) {
      return Optional.empty();
    }
    var subject =
        new Statement.Subject(step.asker().repository(), Map.of("gitCommit", commit.get()));
    Statement statement =
        step.action().equals("test")
            ? new Statement(List.of(subject), TEST_RESULT, testResult(step, ended))
            : new Statement(
                List.of(subject), PROVENANCE, provenance(step, ended, commit.get(), products));
    return Optional.of(signed(statement));
  }

  /// Of an artifact whose digest a door computed from bytes of the run of this build.
  byte[] ofArtifact(Digest artifact, String name, Step build, Step.Ended ended, String commit) {
    String hex = artifact.text().substring("sha256:".length());
    return signed(
        new Statement(
            List.of(Statement.Subject.sha256(name, hex)),
            PROVENANCE,
            provenance(build, ended, commit, List.of())));
  }

  private byte[] signed(Statement statement) {
    return Envelope.sign(Envelope.IN_TOTO, statement.toJson(), key.key()).toJson();
  }

  private ObjectNode provenance(
      Step step, Step.Ended ended, String commit, List<Product> products) {
    ObjectNode predicate = json.createObjectNode();
    ObjectNode definition = predicate.putObject("buildDefinition");
    definition.put("buildType", BUILD_TYPE);
    ObjectNode external = definition.putObject("externalParameters");
    external.put("step", step.name());
    putIfKnown(external, "ref", step.source().ref());
    ObjectNode internal = definition.putObject("internalParameters");
    seen(internal.putObject("sallyport"), step, ended);
    claimed(internal.putObject("claimed"), step, products);
    ObjectNode material = definition.putArray("resolvedDependencies").addObject();
    material.put("uri", address(step.asker().repository()));
    material.putObject("digest").put("gitCommit", commit);
    ObjectNode details = predicate.putObject("runDetails");
    details.putObject("builder").put("id", key.builder());
    ObjectNode metadata = details.putObject("metadata");
    metadata.put("invocationId", step.asker().run());
    metadata.put("startedOn", step.begun().toString());
    metadata.put("finishedOn", ended.at().toString());
    return predicate;
  }

  private ObjectNode testResult(Step step, Step.Ended ended) {
    ObjectNode predicate = json.createObjectNode();
    predicate.put("result", ended.well() ? "PASSED" : "FAILED");
    ObjectNode configuration = predicate.putArray("configuration").addObject();
    configuration.put("name", step.name());
    ObjectNode seen = predicate.putObject("sallyport");
    seen(seen, step, ended);
    Step.Tests tests = ended.tests();
    ObjectNode claimed = predicate.putObject("claimed");
    claimed(claimed, step, List.of());
    if (tests != null) {
      claimed.put("passed", tests.passed());
      claimed.put("failed", tests.failed());
      claimed.put("skipped", tests.skipped());
    }
    return predicate;
  }

  private static void seen(ObjectNode seen, Step step, Step.Ended ended) {
    seen.put("repository", step.asker().repository());
    seen.put("run", step.asker().run());
    seen.put("workload", step.asker().workload());
    seen.put("key", step.asker().key());
    if (step.asker().runnerVerified()) {
      putIfKnown(seen, "runner", step.asker().runner());
    }
    seen.put("step", step.id());
    seen.put("ruling", step.entry());
    seen.put("end", ended.entry());
    Boolean reviewed = step.source().reviewed();
    if (reviewed != null) {
      seen.put("pipelineReviewed", reviewed);
    }
  }

  private static void claimed(ObjectNode claimed, Step step, List<Product> products) {
    putIfKnown(claimed, "commit", step.source().claimedCommit());
    putIfKnown(claimed, "tree", step.source().tree());
    putIfKnown(claimed, "pipeline", step.source().pipeline());
    claimed.put("isolation", step.isolation());
    if (!step.asker().runnerVerified()) {
      putIfKnown(claimed, "runner", step.asker().runner());
    }
    if (!products.isEmpty()) {
      var list = claimed.putArray("products");
      products.forEach(product ->
          list.addObject().put("name", product.name()).put("digest", product.digest().text()));
    }
  }

  /// The first address that is declared for a repository, else its id as a URN.
  private String address(String repository) {
    return settings.repository(repository).stream()
        .flatMap(known -> known.urls().stream())
        .sorted()
        .findFirst()
        .orElse("urn:sallyport:repository:" + repository);
  }

  private static void putIfKnown(ObjectNode node, String name, @Nullable String value) {
    if (value != null) {
      node.put(name, value);
    }
  }
}
