package dev.sallyport.server.runs;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// What is known of runs: for the gate's facts, and for whoever follows edges from one thing to
/// another.
///
/// Two kinds of things stand here and are never mixed: what we saw (steps that were ruled on, bytes
/// that a door streamed) and what the wrapper of a step says (products, dependencies, the commit in
/// the checkout).
@Component
public final class Runs {
  /// Most dependencies of one step.
  public static final int MAX_DEPENDENCIES = 5000;

  /// Most products of one step.
  public static final int MAX_PRODUCTS = 200;

  private static final int MAX_STEPS = 500;

  private final RunStore store;
  private final Settings settings;

  Runs(RunStore store, Settings settings) {
    this.store = store;
    this.settings = settings;
  }

  /// Notes a step that was allowed; the same one again changes nothing.
  public Step begin(Ruling.Allow allow, Step step) {
    requireAllow(allow);
    store.begin(step);
    return store.step(step.id()).orElse(step);
  }

  /// Hands the proof of permission through the type system: nobody else can make one.
  private static void requireAllow(Ruling.Allow allow) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
  }

  /// Notes how a step ended; only the first end counts.
  public Step end(Step step, Step.Ended ended, List<Product> products, List<String> dependencies) {
    if (products.size() > MAX_PRODUCTS || dependencies.size() > MAX_DEPENDENCIES) {
      throw new IllegalArgumentException("too many products or dependencies");
    }
    store.end(step.id(), ended, products, dependencies);
    return store.step(step.id()).orElse(step.ended(ended));
  }

  /// A step.
  public Optional<Step> step(String id) {
    return store.step(id);
  }

  /// The steps of a run, oldest first.
  public List<Step> of(String run) {
    return store.ofRun(run, MAX_STEPS);
  }

  /// Runners that steps of a run are on, by the run's token or by what their wrapper says.
  public List<String> runnersOf(String run) {
    return store.runners(run);
  }

  /// What the wrapper says a step made.
  public List<Product> products(String step) {
    return store.products(step);
  }

  /// Notes that a run sent bytes of this digest through a door, which computed it.
  public void streamed(Digest digest, String run, Instant at) {
    store.streamed(digest, run, at);
  }

  /// Runs that sent bytes of this digest, first ones first.
  public List<String> runsOf(Digest digest) {
    return store.senders(digest).stream().map(RunStore.Sent::run).toList();
  }

  /// Whether another run than these sent bytes of this digest through a door before any of these
  /// sent them, or said to have made them.
  public boolean othersWereFirst(Digest digest, Collection<String> these) {
    Set<String> known = Set.copyOf(these);
    Optional<RunStore.Sent> first = store.senders(digest).stream().findFirst();
    return first.isPresent()
        && !known.contains(first.get().run())
        && store.claimers(digest).stream()
            .noneMatch(
                claim -> known.contains(claim.run()) && !claim.at().isAfter(first.get().at()));
  }

  /// Digests of bytes that a run sent through a door.
  public List<Digest> streamedBy(String run) {
    return store.streamedBy(run);
  }

  /// Steps whose lock files named a package, by its package URL.
  public List<Step> dependingOn(String purl) {
    return store.dependingOn(purl, MAX_STEPS);
  }

  /// What the lock files of a run's build steps named.
  public List<String> dependenciesOf(String run) {
    return store.dependencies(run);
  }

  /// Where an artifact came from; empty where no run sent it through a door.
  ///
  /// The same bytes may be sent by many. What counts is the first run that built them well; where
  /// none did, the first that sent them.
  public Optional<Origin> about(Digest artifact) {
    List<Origin> origins =
        store.senders(artifact).stream().map(sent -> origin(artifact, sent)).toList();
    return origins.stream()
        .filter(origin -> origin.built().isPresent())
        .findFirst()
        .or(() -> origins.stream().findFirst());
  }

  /// The same, as this run sent it.
  public Optional<Origin> about(Digest artifact, String run) {
    return store.senders(artifact).stream()
        .filter(sent -> sent.run().equals(run))
        .findFirst()
        .map(sent -> origin(artifact, sent));
  }

  private Origin origin(Digest artifact, RunStore.Sent sent) {
    List<Step> steps = of(sent.run());
    Step build =
        steps.stream()
            .filter(step -> step.action().equals("build") && !step.begun().isAfter(sent.at()))
            .max(Comparator.comparing(Step::begun))
            .orElse(null);
    return new Origin(
        artifact,
        sent.run(),
        sent.at(),
        build,
        build == null ? null : tests(steps, build),
        build != null && runnerKnown(build.asker()),
        build == null ? List.of() : store.dependencies(sent.run()));
  }

  /// Test steps of the same run, on the same known commit, that ended.
  private static Step.@Nullable Tests tests(List<Step> steps, Step build) {
    Optional<String> commit = build.source().known();
    return steps.stream()
        .filter(step -> step.action().equals("test"))
        .filter(step -> commit.isPresent() && step.source().known().equals(commit))
        .flatMap(step -> Optional.ofNullable(step.ended()).stream())
        .flatMap(ended -> Optional.ofNullable(ended.tests()).stream())
        .reduce(Step.Tests::plus)
        .orElse(null);
  }

  private boolean runnerKnown(Step.Asker asker) {
    return asker.hosted()
        || (asker.runner() != null
            && asker.runnerVerified()
            && settings.runners().contains(asker.runner()));
  }
}
