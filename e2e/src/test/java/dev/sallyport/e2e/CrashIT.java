package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The server is killed right after a write, and started again: a deploy, and a run contained with
/// its roll-back, then go on or can be done again, never half and never twice.
///
/// `-Dsallyport.stride=1` dies at every single write; else every n-th one, from a start that `seed`
/// picks, so that in time each has had its turn.
final class CrashIT {
  private static final int MOST_WRITES = 2000;
  private static final int MOST_WRITES_RISING = 30;
  private static final long SEED = Long.getLong("sallyport.seed", System.nanoTime());

  private static final Random CHANCE = new Random(SEED);

  /// Every other time it dies again while it takes up what it left.
  private static int whileItRises() {
    return CHANCE.nextBoolean() ? 1 + CHANCE.nextInt(MOST_WRITES_RISING) : 0;
  }

  /// An act that is cut short at its n-th write.
  @FunctionalInterface
  private interface Act {
    /// False where it was through before it came to that write.
    boolean cut(int write) throws Exception;
  }

  @Test
  void on_sqlite() throws Exception {
    try (var house = new WholeHouse("crash-sqlite", "", "")) {
      killedAtWrites("sqlite", house);
      agentKilledWhileItGoesBack(house);
      house.requireWholeLog();
    }
  }

  @Test
  void on_postgresql() throws Exception {
    EmbeddedPostgres postgres;
    try {
      postgres = EmbeddedPostgres.builder().start();
    } catch (IOException | RuntimeException e) {
      SharedData.skip("PostgreSQL's binaries", "do not run here: " + e.getMessage());
      return;
    }
    String database =
        "postgresql: {url: \"%s\", user: postgres, passwordFile: password}"
            .formatted(postgres.getJdbcUrl("postgres", "postgres").replaceFirst("\\?.*", ""));
    try (postgres;
        var house = new WholeHouse("crash-postgresql", database, "postgres")) {
      killedAtWrites("postgresql", house);
      house.requireWholeLog();
    }
  }

  private static void killedAtWrites(String name, WholeHouse house) throws Exception {
    var deploys = new Deploys(house);
    deploys.cut(MOST_WRITES);
    everyWrite(name + ", deploy", 40, deploys::cut);
    everyWrite(name + ", contain", 100, new Containments(house)::cut);
  }

  private static void everyWrite(String what, int usual, Act act) throws Exception {
    int stride = Integer.getInteger("sallyport.stride", usual);
    int write = 1 + new Random(SEED).nextInt(stride);
    String begin = "from write " + write + ", stride " + stride + ", seed " + SEED;
    long started = System.nanoTime();
    int deaths = 0;
    try {
      while (act.cut(write)) {
        deaths++;
        write += stride;
        assertThat(write).isLessThan(MOST_WRITES);
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(what + ": killed after write " + write + " (" + begin + ")", e);
    }
    System.out.printf(
        "crash: %s: %d deaths %s, %d s%n",
        what, deaths, begin, (System.nanoTime() - started) / 1_000_000_000);
    assertThat(deaths).isPositive();
  }

  /// One deployment after another, of one of two releases in turn.
  private static final class Deploys {
    private final WholeHouse house;
    private final List<String> releases = new ArrayList<>();
    private int done;

    Deploys(WholeHouse house) throws Exception {
      this.house = house;
      releases.add(house.release(house.job()));
      releases.add(house.release(house.job()));
    }

    boolean cut(int write) throws Exception {
      var deploy = new Deploy(house, house.job(), releases.get(done++ % 2));
      WholeHouse.Caller owner = house.owner();
      String before = house.place(owner).path("deployment").asString("");
      long first = house.size();
      house.arm(write);
      boolean died = false;
      try {
        deploy.go();
        deploy.awaitRunning(owner);
        house.disarm();
      } catch (WholeHouse.ServerGoneException e) {
        died = true;
        house.rise(whileItRises());
        deploy.go();
        deploy.awaitRunning(owner);
      }
      List<JsonNode> entries = house.entries(owner, first);
      requireOneOfEach(entries, deploy.deployment, "deploy");
      requireCount(
          before.isEmpty() ? 0 : 1, entries, "deployment", "superseded", "Deployment", before);
      requireCount(1, entries, "decision", "allowed", "Artifact", deploy.artifact);
      return died;
    }
  }

  /// A ticket is issued, started and redeemed once, and its deployment goes live once.
  private static void requireOneOfEach(List<JsonNode> entries, String deployment, String kind) {
    for (String outcome : List.of("issued", "started", "redeemed")) {
      requireCount(1, entries, "ticket", outcome, "Ticket", deployment);
    }
    requireCount(0, entries, "ticket", "refused", "Ticket", deployment);
    for (String outcome : List.of("requested", "redeemed", "live")) {
      requireCount(1, entries, "deployment", outcome, "Deployment", deployment);
    }
    for (String outcome : List.of("failed", "undone")) {
      requireCount(0, entries, "deployment", outcome, "Deployment", deployment);
    }
    assertThat(entries.stream().filter(one -> isAbout(one, "Deployment", deployment)))
        .allMatch(one -> one.path("action").asString().equals(kind));
  }

  private static void requireCount(
      int wanted, List<JsonNode> entries, String type, String outcome, String about, String id) {
    assertThat(
            entries.stream()
                .filter(one -> one.path("type").asString().equals(type))
                .filter(one -> one.path("outcome").asString().equals(outcome))
                .filter(one -> isAbout(one, about, id)))
        .as("%s %s of %s %s in %s", type, outcome, about, id, entries)
        .hasSize(wanted);
  }

  private static boolean isAbout(JsonNode entry, String type, String id) {
    for (JsonNode subject : entry.path("subject")) {
      if (subject.path("type").asString().equals(type)
          && subject.path("id").asString().equals(id)) {
        return true;
      }
    }
    return false;
  }

  /// A deploy as a client drives it, which asks again what it got no answer to and nothing else.
  private static final class Deploy {
    private final WholeHouse house;
    private final WholeHouse.Caller job;
    private final String artifact;
    private final String key = UUID.randomUUID().toString();
    private @Nullable String ticket;
    private String deployment = "";
    private boolean started;

    Deploy(WholeHouse house, WholeHouse.Caller job, String artifact) {
      this.house = house;
      this.job = job;
      this.artifact = artifact;
    }

    void go() throws Exception {
      String shown = ask();
      if (!started) {
        JsonNode answer =
            job.ask("POST", "/v1/deploys/start", "{\"ticket\":\"" + shown + "\"}").ok();
        assertThat(answer.path("deployment").asString()).isEqualTo(deployment);
        started = true;
      }
      while (true) {
        JsonNode now = job.get("/v1/deploys?id=" + deployment).ok();
        if (now.path("over").asBoolean()) {
          assertThat(now.path("state").asString()).as("%s", now).isEqualTo("live");
          return;
        }
        Thread.sleep(50);
      }
    }

    String ask() {
      String known = ticket;
      if (known != null) {
        return known;
      }
      JsonNode answer =
          job.ask(
                  "POST",
                  "/v1/deploys",
                  """
                  {"service":"shop","environment":"prod","artifact":"%s","repository":"acme/shop"}
                  """
                      .formatted(artifact),
                  key)
              .ok();
      deployment = answer.path("deployment").asString();
      String given = answer.path("ticket").asString();
      ticket = given;
      return given;
    }

    void awaitRunning(WholeHouse.Caller owner) throws Exception {
      requireRunning(house, owner, artifact);
      assertThat(house.place(owner).path("deployment").asString()).isEqualTo(deployment);
    }
  }

  /// The server lets it out, the host reports it, and it is what the host's link names.
  private static void requireRunning(WholeHouse house, WholeHouse.Caller owner, String artifact)
      throws Exception {
    house.eventually(
        artifact + " runs",
        () -> {
          JsonNode place = house.place(owner);
          return place.path("expected").asString().equals(artifact)
              && place.path("reported").asString().equals(artifact)
              && place.path("state").asString().equals("running");
        });
    assertThat(house.linked()).isEqualTo(artifact);
  }

  /// A good release runs, a bad one goes live, its run is contained: again and again.
  private static final class Containments {
    private final WholeHouse house;

    Containments(WholeHouse house) {
      this.house = house;
    }

    boolean cut(int write) throws Exception {
      var one = new Containment(house);
      house.arm(write);
      boolean died = false;
      try {
        one.contain();
        one.awaitFinished();
        house.disarm();
      } catch (WholeHouse.ServerGoneException e) {
        died = true;
        house.rise(whileItRises());
        one.containAgainIfLost();
        one.awaitFinished();
      }
      one.requireContained();
      return died;
    }
  }

  /// One run that built, attested and deployed a release, and is then contained.
  private static final class Containment {
    private final WholeHouse house;
    private final WholeHouse.Caller owner;
    private final WholeHouse.Caller job;
    private final String good;
    private final String bad;
    private final Deploy unused;
    private final long first;
    private String response = "";
    private JsonNode last = Program.JSON.nullNode();

    Containment(WholeHouse house) throws Exception {
      this.house = house;
      this.owner = house.owner();
      this.good = house.place(owner).path("expected").asString();
      this.job = house.job();
      this.bad = house.release(job);
      var deploy = new Deploy(house, job, bad);
      deploy.go();
      deploy.awaitRunning(owner);
      this.unused = new Deploy(house, job, bad);
      unused.ask();
      this.first = house.size();
    }

    void contain() {
      response =
          owner
              .ask(
                  "POST",
                  "/v1/contain",
                  """
                  {"target":"%s","with":[],"reason":"its key was stolen"}
                  """
                      .formatted(job.run()))
              .ok()
              .path("response")
              .asString();
    }

    /// What was answered is there; what got no answer is there as a whole, or not at all.
    void containAgainIfLost() throws Exception {
      if (!response.isEmpty()) {
        return;
      }
      for (JsonNode one : owner.get("/v1/responses").ok().path("responses")) {
        if (one.path("target").asString().equals(job.run())) {
          response = one.path("response").asString();
          return;
        }
      }
      assertThat(holds(job.run())).isZero();
      assertThat(holds("digest:" + bad)).isZero();
      requireRunning(house, owner, bad);
      contain();
    }

    private long holds(String thing) {
      long found = 0;
      for (JsonNode hold : owner.get("/v1/holds").ok().path("holds")) {
        found += hold.path("on").asString().equals(thing) ? 1 : 0;
      }
      return found;
    }

    void awaitFinished() throws Exception {
      house.eventually(
          "the response is through",
          () -> {
            last = owner.get("/v1/responses?id=" + response).ok();
            return !List.of("due", "running").contains(last.path("state").asString());
          });
      assertThat(last.path("state").asString()).as("%s", last).isEqualTo("finished");
      requireRunning(house, owner, good);
    }

    void requireContained() throws Exception {
      for (JsonNode step : last.path("steps")) {
        assertThat(step.path("state").asString()).as("%s", last).isEqualTo("done");
      }
      assertThat(holds(job.run())).isOne();
      assertThat(holds("digest:" + bad)).isOne();
      List<JsonNode> entries = house.entries(owner, first);
      requireCount(1, entries, "response", "planned", "Response", response);
      requireCount(last.path("steps").size(), entries, "response", "done", "Response", response);
      requireCount(1, entries, "response", "finished", "Response", response);
      requireCount(1, entries, "hold", "withdrawn", "Artifact", bad);
      requireCount(1, entries, "ticket", "revoked", "Ticket", unused.deployment);
      requireOneOfEach(entries, house.place(owner).path("deployment").asString(), "rollback");
      requireCount(1, entries, "deployment", "requested", "Service", "shop");

      // Refused at every door from now on, whoever brings it.
      assertThat(
              job.ask("POST", "/v1/deploys/start", "{\"ticket\":\"" + unused.ask() + "\"}")
                  .status())
          .isIn(401, 403);
      WholeHouse.Answer again =
          house
              .job()
              .ask(
                  "POST",
                  "/v1/deploys",
                  """
                  {"service":"shop","environment":"prod","artifact":"%s","repository":"acme/shop"}
                  """
                      .formatted(bad));
      assertThat(again.status()).as(again.body()).isEqualTo(403);
    }
  }

  /// The host's agent dies on its way back, and is started again: at two points that `seed` picks,
  /// or at all where every write is killed at.
  private static void agentKilledWhileItGoesBack(WholeHouse house) throws Exception {
    List<String> points =
        new ArrayList<>(List.of("redeeming", "granted", "stopped", "linked", "spawned"));
    Collections.shuffle(points, new Random(SEED));
    for (String point : points.subList(0, Integer.getInteger("sallyport.stride", 0) == 1 ? 5 : 2)) {
      var one = new Containment(house);
      house.replaceAgent(point);
      one.contain();
      house.awaitAgentDead();
      house.replaceAgent("");
      one.awaitFinished();
      one.requireContained();
      System.out.println("crash: agent killed at `" + point + "` of a roll-back");
    }
  }
}
