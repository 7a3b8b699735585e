package dev.sallyport.server.decisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Facts;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.Hold;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Source;
import dev.sallyport.gate.Waiver;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.testdata.Seed;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a candidate would have answered, over a real ledger.
class ReplayTest {
  private static final EntityRef SHOP = new EntityRef("Repository", "forge/1");
  private static final EntityRef RUN = new EntityRef("Workload", "repo:acme/shop");
  private static final Caller CALLER =
      new Caller.Workload("forge/1", "forge/1", Map.of("run", "7"), Caller.Seen.NOTHING);
  private static final PolicySnapshot POLICY =
      policy(
          """
          @id("all") permit (principal, action, resource);
          @id("tested") forbid (principal, action == Sallyport::Action::"deploy", resource)
          unless { context.facts has tests && context.facts.tests.failed == 0 };
          """);
  private static final PolicySnapshot EVERYTHING =
      policy("@id(\"anything\") permit (principal, action, resource);");
  private static final PolicySnapshot NO_BUILDS =
      policy(
          """
          @id("all") permit (principal, action, resource);
          @id("no-builds") forbid (principal, action == Sallyport::Action::"build", resource);
          """);

  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
  private Database database;
  private Ledger ledger;
  private Replay replay;

  private static PolicySnapshot policy(String text) {
    return PolicySnapshot.read(List.of(new Source("test.cedar", text)));
  }

  @BeforeEach
  void open() {
    database = Database.sqlite(folder.resolve("ledger.db")).migrated("ledger");
    ledger =
        Ledger.open(
            database,
            SigningKey.generate(KeyAlgorithm.ED25519, new SecureRandom()),
            "example.org/replay",
            folder.resolve("checkpoint"),
            clock());
    replay = new Replay(ledger, clock());
  }

  @AfterEach
  void close() {
    ledger.close();
    database.close();
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now.get();
      }
    };
  }

  private static Question question(Action action) {
    EntityRef resource = action == Action.DEPLOY ? new EntityRef("Environment", "prod") : SHOP;
    return new Question(
        RUN,
        action,
        resource,
        Map.of(),
        List.of(new Entity(RUN, Set.of(SHOP), Map.of("repository", SHOP))));
  }

  private static Facts tests(long failed) {
    return new FactSheet().tests(3, failed, 0).facts();
  }

  private Ledger.Recorded record(Question question, Facts facts) {
    return record(question, facts, List.of(), List.of());
  }

  private Ledger.Recorded record(
      Question question, Facts facts, List<Hold> holds, List<Waiver> waivers) {
    Ruling ruling = Gate.rule(question, facts, POLICY, holds, waivers);
    var told = new Bodies.Told(Case.of(question, facts), CALLER, true, holds, true, Map.of());
    return append(question, ruling, Bodies.write(ruling, told, "salt"));
  }

  private Ledger.Recorded append(Question question, Ruling ruling, byte[] body) {
    return ledger.append(
        new Ledger.Draft(
            EntryType.DECISION,
            CALLER.actor(),
            question.action().word(),
            List.of(
                new Subject(question.resource().type(), question.resource().id()),
                new Subject("Run", "forge/1/7")),
            ruling.outcome().word(),
            new Digest(ruling.policyDigest()),
            List.of(),
            null,
            null,
            body));
  }

  private Replay.Report play(PolicySnapshot candidate) {
    return replay.play(candidate, Replay.Bounds.newest(100));
  }

  private static Question any(Random random) {
    return question(List.of(Action.DEPLOY, Action.BUILD, Action.MINT).get(random.nextInt(3)));
  }

  @Test
  void the_policy_that_ruled_flips_nothing() {
    Seed.forAll(
        20,
        random ->
            record(any(random), random.nextBoolean() ? Facts.NONE : tests(random.nextInt(2))));
    Replay.Report report = play(POLICY);
    assertThat(report.decisions()).isEqualTo(20);
    assertThat(report.flips()).isEmpty();
    assertThat(report.notReplayable()).isZero();
    assertThat(report.candidate()).isEqualTo(POLICY.digest());
  }

  @Test
  void a_forbid_that_is_gone_opens_and_is_named_as_the_cause() {
    record(question(Action.DEPLOY), tests(0));
    Ledger.Recorded refused = record(question(Action.DEPLOY), tests(1));
    Replay.Report report = play(EVERYTHING);
    assertThat(report.opened()).isEqualTo(1);
    assertThat(report.closed()).isZero();
    assertThat(report.opens()).containsExactly(Map.entry("tested", 1L));
    assertThat(report.flips())
        .singleElement()
        .satisfies(flip -> {
          assertThat(flip.index()).isEqualTo(refused.index());
          assertThat(flip.opened()).isTrue();
          assertThat(flip.was()).isEqualTo("forbidden");
          assertThat(flip.run()).isEqualTo("forge/1/7");
          assertThat(flip.verdict().policies()).containsExactly("anything");
          assertThat(flip.asked())
              .isEqualTo(Case.of(Case.of(question(Action.DEPLOY), tests(1)).asMap()));
        });
  }

  @Test
  void a_new_forbid_closes_and_is_counted() {
    record(question(Action.BUILD), Facts.NONE);
    record(question(Action.BUILD), Facts.NONE);
    record(question(Action.MINT), Facts.NONE);
    Replay.Report report = play(NO_BUILDS);
    assertThat(report.closed()).isEqualTo(2);
    assertThat(report.closes()).containsExactly(Map.entry("no-builds", 2L));
    assertThat(report.flips()).noneMatch(Replay.Flip::opened);
  }

  @Test
  void what_a_hold_refused_stays_refused_whatever_policy_says() {
    Ledger.Recorded held =
        record(question(Action.BUILD), Facts.NONE, List.of(new Hold(SHOP, "stolen")), List.of());
    assertThat(held.entry().outcome()).isEqualTo("forbidden");
    assertThat(play(EVERYTHING).flips()).isEmpty();
  }

  @Test
  void what_was_refused_since_nobody_knew_how_things_stood_stays_refused() {
    Question question = question(Action.BUILD);
    Ruling ruling = Gate.unclear("how things stand could not be looked up", POLICY);
    append(
        question,
        ruling,
        Bodies.write(
            ruling,
            new Bodies.Told(
                Case.of(question, Facts.NONE), CALLER, true, List.of(), false, Map.of()),
            "salt"));
    Replay.Report report = play(EVERYTHING);
    assertThat(report.flips()).isEmpty();
    assertThat(report.notReplayable()).isZero();
  }

  @Test
  void a_decision_whose_case_was_not_kept_is_counted_and_never_guessed() {
    Question question = question(Action.DEPLOY);
    Ruling ruling = Gate.rule(question, tests(1), POLICY);
    append(question, ruling, CanonicalJson.bytes(Map.of("policies", List.of())));
    append(
        question,
        ruling,
        CanonicalJson.bytes(Map.of("case", Map.of("action", "teleport"), "facts", Map.of())));
    Replay.Report report = play(EVERYTHING);
    assertThat(report.decisions()).isEqualTo(2);
    assertThat(report.notReplayable()).isEqualTo(2);
    assertThat(report.flips()).isEmpty();
  }

  @Test
  void what_stood_on_a_waiver_is_no_flip_of_policy() {
    Question question = question(Action.DEPLOY);
    Map<String, String> named =
        Map.of(
            "tested",
            POLICY.policies().stream()
                .filter(policy -> policy.id().equals("tested"))
                .findFirst()
                .orElseThrow()
                .digest());
    var waiver = new Waiver("w1", Waiver.Scope.of(question), named, false, "hotfix");
    assertThat(record(question, tests(1), List.of(), List.of(waiver)).entry().outcome())
        .isEqualTo("allowed");
    Replay.Report report = play(POLICY);
    assertThat(report.waived()).isEqualTo(1);
    assertThat(report.flips()).isEmpty();
  }

  @Test
  void pieces_read_one_after_the_other_are_the_whole() {
    Seed.forAll(
        30,
        random ->
            record(any(random), random.nextBoolean() ? Facts.NONE : tests(random.nextInt(2))));
    Replay.Report whole = play(NO_BUILDS);
    assertThat(whole.flips()).isNotEmpty();
    for (int size : List.of(1, 7, 30)) {
      var flips = new ArrayList<Replay.Flip>();
      long decisions = 0;
      Long before = null;
      do {
        Replay.Report piece = replay.play(NO_BUILDS, new Replay.Bounds(before, size, null));
        flips.addAll(piece.flips());
        decisions += piece.decisions();
        before = piece.next();
      } while (before != null);
      assertThat(flips).as("pieces of %d", size).isEqualTo(whole.flips());
      assertThat(decisions).isEqualTo(whole.decisions());
    }
  }

  @Test
  void only_what_is_new_enough_is_read() {
    record(question(Action.BUILD), Facts.NONE);
    now.set(now.get().plusSeconds(3600));
    Instant since = now.get();
    record(question(Action.BUILD), Facts.NONE);
    assertThat(replay.play(NO_BUILDS, new Replay.Bounds(null, 100, since)).decisions())
        .isEqualTo(1);
    assertThat(replay.play(NO_BUILDS, Replay.Bounds.newest(1)).decisions()).isEqualTo(1);
  }

  @Test
  void a_replay_without_bounds_is_none() {
    for (int last : List.of(0, -1, Replay.MOST + 1)) {
      assertThatThrownBy(() -> Replay.Bounds.newest(last))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_built_in_profile_can_be_tried_as_well() {
    record(question(Action.DEPLOY), tests(0));
    Replay.Report report = play(PolicySnapshot.builtIn(Profile.STRICT));
    assertThat(report.closes()).containsKey("tokens-bound");
  }
}
