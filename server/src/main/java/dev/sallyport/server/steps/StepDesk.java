package dev.sallyport.server.steps;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.runs.Step;
import dev.sallyport.server.settings.Settings;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Steps of runs: asked for before they begin, reported when they end, and what we say of them.
///
/// Order, for crashes: the ruling, then the entry that the step began, then its row; at the end the
/// entry, then the row. Each entry has a retry key made of the step, so that asking again after a
/// lost answer goes on where it stopped and writes nothing twice.
@Component
public final class StepDesk {
  private static final int MAX_SUBJECTS = 16;
  private static final Set<String> HOSTED = Set.of("github-hosted", "gitlab-hosted");

  private final Decide decide;
  private final Runs runs;
  private final Ledger ledger;
  private final Statements statements;
  private final SecureRandom random;

  StepDesk(
      Decide decide,
      Runs runs,
      Ledger ledger,
      BuildKey key,
      Settings settings,
      SecureRandom random) {
    this.decide = decide;
    this.runs = runs;
    this.ledger = ledger;
    this.statements = new Statements(key, settings);
    this.random = random;
  }

  /// Asks whether a step may begin, and notes it where it may.
  ///
  /// @param retryKey the same key with the same question begins the same step once
  /// @throws IllegalArgumentException if the caller is no run with a key of its own
  public Begun begin(Caller caller, Wanted wanted, @Nullable String retryKey) {
    if (!(caller instanceof Caller.Workload workload)) {
      throw new IllegalArgumentException("only a run has steps");
    }
    String run =
        workload.run().orElseThrow(() -> new IllegalArgumentException("the token names no run"));
    String key = workload.seen().key();
    if (key == null) {
      throw new IllegalArgumentException("the token is bound to no key");
    }
    Boolean reviewed = decide.reviewed(workload).orElse(null);
    Step.Asker asker = asker(workload, run, key, wanted);
    List<EntityRef> touches =
        asker.runner() == null ? List.of() : List.of(new EntityRef("Runner", asker.runner()));
    var known =
        new Known(touches, List.of(), sheet -> sheet.run(null, reviewed, wanted.isolation()));
    return switch (decide.enforce(caller, asked(workload, wanted), known, retryKey)) {
      case Enforced.Allowed(Warrant warrant, var decision) ->
          new Begun.Let(begin(warrant, wanted, asker, reviewed), decision);
      case Enforced.Denied denied -> new Begun.Denied(denied);
    };
  }

  private static Asked asked(Caller.Workload workload, Wanted wanted) {
    var claims = new TreeMap<String, Object>();
    claims.put("step", wanted.name());
    if (wanted.commit() != null) {
      claims.put("commit", wanted.commit());
    }
    if (wanted.ref() != null) {
      claims.put("ref", wanted.ref());
    }
    return new Asked(wanted.action(), new EntityRef("Repository", workload.repository()), claims);
  }

  private static Step.Asker asker(Caller.Workload workload, String run, String key, Wanted wanted) {
    Optional<String> verified = workload.runner();
    return new Step.Asker(
        workload.id(),
        workload.repository(),
        run,
        key,
        verified.orElse(wanted.runner()),
        verified.isPresent(),
        HOSTED.contains(workload.claims().getOrDefault("runner", "")));
  }

  private Step begin(Warrant warrant, Wanted wanted, Step.Asker asker, @Nullable Boolean reviewed) {
    warrant.require(wanted.action(), new EntityRef("Repository", asker.repository()));
    String id = id(warrant.recorded());
    Map<String, String> claims =
        warrant.caller() instanceof Caller.Workload workload ? workload.claims() : Map.of();
    var source =
        new Step.Source(
            claims.get("commit"),
            wanted.commit(),
            wanted.tree(),
            claims.get("ref"),
            wanted.pipeline(),
            reviewed);
    var body = new TreeMap<String, Object>();
    body.put("action", wanted.action().word());
    body.put("step", wanted.name());
    body.put("ruling", warrant.recorded().index());
    body.put("isolation", wanted.isolation());
    body.put("secrets", wanted.secrets());
    putIfKnown(body, "commit", source.commit());
    putIfKnown(body, "claimedCommit", source.claimedCommit());
    putIfKnown(body, "tree", source.tree());
    putIfKnown(body, "ref", source.ref());
    putIfKnown(body, "claimedRef", wanted.ref());
    putIfKnown(body, "pipeline", source.pipeline());
    putIfKnown(body, "claimedRunner", asker.runnerVerified() ? null : asker.runner());
    if (reviewed != null) {
      body.put("pipelineReviewed", reviewed);
    }
    Ledger.Recorded recorded =
        record(
            warrant.caller().actor(),
            "begin",
            subjects(id, asker, List.of()),
            "begun",
            warrant.recorded().entry().policy(),
            null,
            Digest.of("step begin\n" + id),
            body);
    return runs.begin(
        warrant.allow(),
        new Step(
            id,
            wanted.action().word(),
            wanted.name(),
            asker,
            source,
            wanted.isolation(),
            recorded.entry().time(),
            warrant.recorded().index(),
            null));
  }

  /// One step for each ruling.
  private static String id(Ledger.Recorded ruling) {
    return Digest.of("step\n" + ruling.leafHash().base64()).text().substring(7, 39);
  }

  private static List<Subject> subjects(String id, Step.Asker asker, List<Digest> products) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Step", id));
    subjects.add(new Subject("Run", asker.run()));
    subjects.add(new Subject("Key", asker.key()));
    if (asker.runner() != null) {
      subjects.add(new Subject("Runner", asker.runner()));
    }
    products.stream()
        .distinct()
        .limit(MAX_SUBJECTS - subjects.size())
        .forEach(digest -> subjects.add(new Subject("Artifact", digest.text())));
    return subjects;
  }

  /// A step that ended, as it is recorded.
  ///
  /// @param statement the signed statement about it; null where its commit is not known
  public record Ending(Step step, long entry, byte @Nullable [] statement) {}

  /// Records how a step ended. It is taken from whoever holds the key that began it, and needs no
  /// ruling: that something is over can always be said.
  ///
  /// @param thumbprint of the key that was proved just now
  /// @return empty where that key began no such step
  /// @throws IllegalArgumentException if it was reported before, and otherwise
  public Optional<Ending> end(String id, String thumbprint, Reported reported) {
    Optional<Step> begun = runs.step(id).filter(step -> step.asker().key().equals(thumbprint));
    return begun.map(step -> end(step, reported));
  }

  private Ending end(Step step, Reported reported) {
    var body = new TreeMap<String, Object>();
    body.put("action", step.action());
    body.put("step", step.name());
    body.put("exit", reported.exit());
    body.put("seconds", reported.seconds());
    body.put("isolation", step.isolation());
    body.put(
        "products",
        reported.products().stream()
            .map(product -> Map.of("name", product.name(), "digest", product.digest().text()))
            .toList());
    body.put("dependencies", reported.dependencies());
    body.put("usedSecrets", reported.usedSecrets());
    putIfKnown(body, "commit", step.source().commit());
    putIfKnown(body, "tree", step.source().tree());
    putIfKnown(body, "ref", step.source().ref());
    putIfKnown(body, "pipeline", step.source().pipeline());
    Step.Tests tests = step.action().equals("test") ? reported.found() : null;
    if (tests != null) {
      body.put(
          "tests",
          Map.of("passed", tests.passed(), "failed", tests.failed(), "skipped", tests.skipped()));
    }
    body.put("outcome", reported.outcome());
    Digest request = Digest.of(CanonicalJson.bytes(body));
    Ledger.Recorded recorded =
        record(
            new Actor(Actor.Kind.WORKLOAD, step.asker().workload()),
            "end",
            subjects(
                step.id(),
                step.asker(),
                reported.products().stream().map(product -> product.digest()).toList()),
            reported.outcome(),
            null,
            request,
            Digest.of("step end\n" + step.id()),
            body);
    if (!request.equals(recorded.entry().request())) {
      throw new IllegalArgumentException("the step was reported to have ended otherwise");
    }
    Step after =
        runs.end(
            step,
            new Step.Ended(
                reported.exit(),
                reported.seconds(),
                reported.outcome(),
                recorded.entry().time(),
                recorded.index(),
                tests),
            reported.products(),
            reported.dependencies());
    return new Ending(
        after, recorded.index(), statements.ofStep(after, runs.products(after.id())).orElse(null));
  }

  /// What we say of an artifact whose digest a door computed from bytes that a run sent: provenance
  /// signed by us, where a permitted build step of that run on a known commit ended well before.
  ///
  /// @param name a label
  public Optional<byte[]> provenance(Digest artifact, String run, String name) {
    return runs.about(artifact, run)
        .flatMap(origin -> origin.built())
        .flatMap(build -> {
          Step.Ended ended = build.ended();
          return build
              .source()
              .known()
              .flatMap(commit ->
                  ended == null
                      ? Optional.empty()
                      : Optional.of(statements.ofArtifact(artifact, name, build, ended, commit)));
        });
  }

  private Ledger.Recorded record(
      Actor actor,
      String action,
      List<Subject> subjects,
      String outcome,
      @Nullable Digest policy,
      @Nullable Digest request,
      Digest retry,
      Map<String, Object> body) {
    var salted = new TreeMap<String, Object>(body);
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    salted.put("salt", HexFormat.of().formatHex(salt));
    return ledger.append(
        new Ledger.Draft(
            EntryType.STEP,
            actor,
            action,
            subjects,
            outcome,
            policy,
            List.of(),
            request,
            retry,
            CanonicalJson.bytes(salted)));
  }

  private static void putIfKnown(Map<String, Object> body, String name, @Nullable String value) {
    if (value != null) {
      body.put(name, value);
    }
  }
}
