package dev.sallyport.server.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.detect.Event;
import dev.sallyport.detect.Thing;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The graph: which edges an entry gives, and that one query finds what a walk by hand finds.
class RadiusTest {
  private static final EntityRef RUN = new EntityRef("Run", "forge/1/7");
  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  @TempDir Path folder;

  private static List<String> edges(
      String type, String action, String outcome, Map<?, ?> body, String... more) {
    var subjects = new ArrayList<Thing>();
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String one : more) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        subjects.add(new Thing(one.substring(0, equals), one.substring(equals + 1)));
      } else {
        attributes.put(one.substring(0, one.indexOf(':')), one.substring(one.indexOf(':') + 1));
      }
    }
    var event =
        new Event(
            5,
            Instant.EPOCH,
            type,
            action,
            outcome,
            new Thing("workload", "w"),
            subjects,
            attributes);
    return Edges.of(event, body).stream()
        .map(edge ->
            edge.from().type()
                + " "
                + edge.kind()
                + " "
                + edge.to().type()
                + (edge.enforced() ? "" : " (claimed)"))
        .distinct()
        .toList();
  }

  @Test
  void a_run_hides_no_product_behind_more_than_an_entry_names() {
    var products = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < 60; i++) {
      products.add(Map.of("name", "p" + i, "digest", "sha256:" + "%02x".formatted(i).repeat(32)));
    }
    var event =
        new Event(
            5,
            Instant.EPOCH,
            "step",
            "end",
            "succeeded",
            new Thing("workload", "w"),
            List.of(new Thing("Step", "s"), new Thing("Run", "f/1/7")),
            Map.of());
    assertThat(Edges.of(event, Map.of("products", products)))
        .filteredOn(edge -> edge.kind().equals("built"))
        .hasSize(60)
        .noneMatch(Edge::enforced);
  }

  @Test
  void a_publish_through_a_door_is_enforced_and_advice_is_only_claimed() {
    assertThat(
            edges(
                "decision",
                "publish",
                "allowed",
                Map.of(),
                "Artifact=" + DIGEST,
                "Run=f/1/7",
                "enforced:true"))
        .contains("Run published Artifact", "Run built Artifact", "Repository has Run");
    assertThat(
            edges(
                "decision",
                "publish",
                "allowed",
                Map.of(),
                "Artifact=" + DIGEST,
                "Run=f/1/7",
                "enforced:false"))
        .contains("Run published Artifact (claimed)");
  }

  @Test
  void what_was_refused_touched_nothing() {
    assertThat(
            edges("decision", "publish", "forbidden", Map.of(), "Artifact=" + DIGEST, "Run=f/1/7"))
        .containsExactly("Repository has Run");
    assertThat(edges("secret", "lease", "refused", Map.of(), "Secret=db", "Run=f/1/7"))
        .doesNotContain("Run read Secret");
  }

  @Test
  void a_runner_that_only_the_wrapper_names_is_claimed() {
    assertThat(
            edges(
                "step",
                "begin",
                "begun",
                Map.of(),
                "Step=s",
                "Run=f/1/7",
                "Runner=r",
                "claimedRunner:r"))
        .contains("Runner executed Run (claimed)", "Run ran-on Runner (claimed)");
    assertThat(edges("step", "begin", "begun", Map.of(), "Step=s", "Run=f/1/7", "Runner=r"))
        .contains("Runner executed Run");
  }

  @Test
  void products_and_dependencies_of_a_step_are_claims() {
    assertThat(
            edges(
                "step",
                "end",
                "succeeded",
                Map.of("dependencies", List.of("pkg:npm/a@1?arch=x#y", "pkg:npm/a@1")),
                "Step=s",
                "Run=f/1/7",
                "Artifact=" + DIGEST))
        .contains("Run built Artifact (claimed)", "Dependency used-in Run (claimed)");
    assertThat(Edges.plain("pkg:npm/a@1?arch=x#y")).isEqualTo("pkg:npm/a@1");
  }

  @Test
  void tokens_secrets_and_deployments_leave_edges() {
    assertThat(edges("token", "mint", "minted", Map.of(), "Token=t", "Run=f/1/7", "Key=k"))
        .contains("Run minted Token", "Token used-by Run", "Key used-by Run", "Run held Key");
    assertThat(edges("secret", "lease", "leased", Map.of(), "Secret=db", "Run=f/1/7"))
        .contains("Run read Secret", "Secret read-by Run");
    assertThat(
            edges(
                "deployment",
                "deploy",
                "live",
                Map.of(),
                "Artifact=" + DIGEST,
                "Service=shop",
                "Environment=prod",
                "Machine=host/web"))
        .contains("Artifact runs-at Place", "Artifact runs-at Machine", "Service holds Place");
  }

  private static Edge edge(String fromType, String from, String toType, String to, boolean hard) {
    return new Edge(new EntityRef(fromType, from), new EntityRef(toType, to), "k", hard, 1);
  }

  /// Edges between a thousand runs and what surrounds them.
  private static List<Edge> graph(Random random) {
    var edges = new ArrayList<Edge>();
    for (int run = 0; run < 1000; run++) {
      String id = "f/" + run % 7 + "/" + run;
      edges.add(edge("Person", "p" + random.nextInt(20), "Run", id, true));
      edges.add(edge("Runner", "r" + random.nextInt(30), "Run", id, random.nextBoolean()));
      String secret = "s" + random.nextInt(10);
      if (random.nextInt(3) == 0) {
        edges.add(edge("Run", id, "Secret", secret, true));
        edges.add(edge("Secret", secret, "Run", id, true));
      }
      edges.add(edge("Dependency", "d" + random.nextInt(50), "Run", id, false));
      for (int digest = random.nextInt(3); digest > 0; digest--) {
        String artifact = "a" + random.nextInt(900);
        edges.add(edge("Run", id, "Artifact", artifact, random.nextBoolean()));
        if (random.nextInt(4) == 0) {
          edges.add(edge("Artifact", artifact, "Place", "shop@" + random.nextInt(5), true));
        }
      }
    }
    return edges;
  }

  /// By hand: on through runs and artifacts, and through the start.
  private static Set<String> walk(List<Edge> edges, EntityRef start) {
    Map<EntityRef, List<EntityRef>> next = new HashMap<>();
    edges.forEach(edge -> next.computeIfAbsent(edge.from(), _ -> new ArrayList<>()).add(edge.to()));
    Set<EntityRef> seen = new java.util.LinkedHashSet<>(List.of(start));
    var queue = new ArrayDeque<EntityRef>(List.of(start));
    while (!queue.isEmpty()) {
      EntityRef thing = queue.removeFirst();
      boolean on =
          thing.equals(start) || thing.type().equals("Run") || thing.type().equals("Artifact");
      if (on) {
        next.getOrDefault(thing, List.of()).stream().filter(seen::add).forEach(queue::add);
      }
    }
    var words = new TreeSet<String>();
    seen.stream().filter(one -> !one.equals(start)).forEach(one -> words.add(one.toString()));
    return words;
  }

  @Test
  void one_query_over_a_thousand_runs_finds_what_a_walk_by_hand_finds() {
    var random = new Random(20261125);
    List<Edge> graph = graph(random);
    for (boolean postgres : List.of(false, true)) {
      try (Database database =
          (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve("g.db")))
              .migrated("application")) {
        var store = new EdgeStore(database);
        database.inTransaction(() -> graph.forEach(store::add));
        var radius = new Radius(store);
        for (EntityRef start :
            List.of(
                new EntityRef("Person", "p3"),
                new EntityRef("Runner", "r5"),
                new EntityRef("Secret", "s1"),
                new EntityRef("Dependency", "d9"),
                new EntityRef("Run", "f/1/1"),
                new EntityRef("Artifact", "a17"),
                new EntityRef("Person", "nobody"))) {
          var found = new TreeSet<String>();
          radius.of(start).things().forEach(one -> found.add(one.toString()));
          assertThat(found).as(start.toString()).isEqualTo(walk(graph, start));
        }
      }
    }
  }

  @Test
  void a_claim_becomes_enforced_and_never_the_other_way() {
    for (boolean postgres : List.of(false, true)) {
      try (Database database =
          (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve("c.db")))
              .migrated("application")) {
        var store = new EdgeStore(database);
        for (boolean enforced : new boolean[] {false, true, false}) {
          store.add(edge("Run", RUN.id(), "Artifact", DIGEST, enforced));
        }
        Radius.Reach reach = new Radius(store).of(RUN);
        assertThat(reach.edges())
            .singleElement()
            .satisfies(edge -> assertThat(edge.enforced()).isTrue());
        assertThat(reach.dot()).contains("run:forge/1/7").doesNotContain("dashed");
        assertThat(reach.groups()).containsEntry("artifacts", List.of("digest:" + DIGEST));
      }
    }
  }
}
