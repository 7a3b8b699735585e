package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.standing.Thing;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.stereotype.Component;

/// How far it reaches: everything that a thing could have touched, from recorded edges.
@Component
public final class Radius {
  /// Most edges of one answer; where there are more, the answer says that it is cut.
  public static final int MAX_EDGES = 20_000;

  private final EdgeStore edges;

  Radius(EdgeStore edges) {
    this.edges = edges;
  }

  /// What a thing reaches.
  ///
  /// @param edges in the order of the ledger
  /// @param cut there were more than [#MAX_EDGES]
  public record Reach(EntityRef of, List<Edge> edges, boolean cut) {
    public Reach {
      edges = List.copyOf(edges);
    }

    /// All things reached, the start not among them.
    public Set<EntityRef> things() {
      var things = new LinkedHashSet<EntityRef>();
      edges.forEach(edge -> things.add(edge.to()));
      things.remove(of);
      return things;
    }

    /// Ids of the things of one type, in order; the start too if it is one.
    public List<String> ids(String type) {
      var ids = new TreeSet<String>();
      things().stream()
          .filter(thing -> thing.type().equals(type))
          .forEach(one -> ids.add(one.id()));
      if (of.type().equals(type)) {
        ids.add(of.id());
      }
      return List.copyOf(ids);
    }

    /// Whether the thing is reached, or is the start.
    public boolean touches(EntityRef thing) {
      return of.equals(thing) || edges.stream().anyMatch(edge -> edge.to().equals(thing));
    }

    /// Things by what people call them: builds, artifacts, releases and so on.
    public Map<String, List<String>> groups() {
      var groups = new LinkedHashMap<String, List<String>>();
      GROUPS.forEach((name, types) -> {
        var words = new TreeSet<String>();
        things().stream()
            .filter(thing -> types.contains(thing.type()))
            .forEach(thing -> words.add(Thing.word(thing)));
        groups.put(name, List.copyOf(words));
      });
      return groups;
    }

    /// Whether some edge to the thing was enforced; otherwise all of them are only claimed.
    public boolean enforced(EntityRef thing) {
      return edges.stream().anyMatch(edge -> edge.enforced() && edge.to().equals(thing));
    }

    /// The graph as Graphviz reads it: dashed where only claimed.
    public String dot() {
      var text = new StringBuilder("digraph radius {\n  rankdir=LR;\n");
      var nodes = new TreeMap<String, EntityRef>();
      nodes.put(Thing.word(of), of);
      edges.forEach(edge -> {
        nodes.put(Thing.word(edge.from()), edge.from());
        nodes.put(Thing.word(edge.to()), edge.to());
      });
      nodes.forEach((word, thing) ->
          text.append("  ")
              .append(quoted(word))
              .append(thing.equals(of) ? " [shape=doubleoctagon];\n" : " [shape=box];\n"));
      edges.forEach(edge ->
          text.append("  ")
              .append(quoted(Thing.word(edge.from())))
              .append(" -> ")
              .append(quoted(Thing.word(edge.to())))
              .append(" [label=")
              .append(quoted(edge.kind()))
              .append(edge.enforced() ? "];\n" : ",style=dashed];\n"));
      return text.append("}\n").toString();
    }

    private static String quoted(String text) {
      return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
  }

  private static final Map<String, Set<String>> GROUPS = groupsInOrder();

  private static Map<String, Set<String>> groupsInOrder() {
    var groups = new LinkedHashMap<String, Set<String>>();
    groups.put("builds", Set.of("Run"));
    groups.put("artifacts", Set.of("Artifact"));
    groups.put("releases", Set.of(Edges.PLACE, "Service"));
    groups.put("environments", Set.of("Environment", "Machine"));
    groups.put("secrets", Set.of("Secret"));
    groups.put("credentials", Set.of("Token", "Key"));
    groups.put("runners", Set.of("Runner"));
    return groups;
  }

  /// Artifacts that what is reached brought in, and the start itself.
  ///
  /// Left out is what others had published through a door before: these very bytes were there
  /// already, and naming or sending them once more makes them no worse. Otherwise a run that turned
  /// bad could have good releases withdrawn together with its own, by a word. Who named them first
  /// counts, were it by a claim: what one run built another may publish.
  public Set<String> brought(Reach reach) {
    Map<EntityRef, Long> first = new LinkedHashMap<>();
    for (Edge edge : reach.edges()) {
      if (edge.to().type().equals("Artifact")) {
        // What a bad key vouched for is bad whenever it did: what was let out may hang on that.
        boolean run = edge.from().type().equals("Run");
        first.merge(edge.to(), run ? edge.entry() : -1L, Math::min);
      }
    }
    var brought = new TreeSet<String>();
    first.forEach((artifact, entry) -> {
      boolean others =
          edges.published(artifact, MAX_PUBLISHERS).stream()
              .filter(edge -> edge.entry() < entry)
              .anyMatch(edge -> !reach.touches(edge.from()));
      if (!others) {
        brought.add(artifact.id());
      }
    });
    if (reach.of().type().equals("Artifact")) {
      brought.add(reach.of().id());
    }
    return brought;
  }

  private static final int MAX_PUBLISHERS = 100;

  /// Everything that a thing could have touched.
  public Reach of(EntityRef thing) {
    List<Edge> found = edges.from(thing, MAX_EDGES + 1);
    return found.size() > MAX_EDGES
        ? new Reach(thing, found.subList(0, MAX_EDGES), true)
        : new Reach(thing, found, false);
  }
}
