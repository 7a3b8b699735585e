package dev.sallyport.cli;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.Source;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a server says of a policy that was tried on its recorded decisions: asked for piece by
/// piece, newest first, and added up.
final class Replayed {
  private static final String PATH = "/v1/policies/replay";
  private static final int PIECE = 500;

  private final ArrayNode flips = Json.object().putArray("flips");
  private final Map<String, Map<String, Long>> causes =
      Map.of("opens", new TreeMap<>(), "closes", new TreeMap<>());
  private final Map<String, Long> counts = new TreeMap<>();

  private Replayed() {}

  /// Which decisions.
  ///
  /// @param since null for all
  record Bounds(int last, @Nullable Duration since) {}

  /// One that the policy takes otherwise.
  record Flip(JsonNode json) {
    boolean opened() {
      return json.path("change").asString("").equals("DENY->ALLOW");
    }

    long entry() {
      return json.path("entry").asLong(-1);
    }

    /// What was asked.
    ///
    /// @throws UserError if it is of another vocabulary than ours
    Case asked() {
      try {
        return Case.of(
            Json.MAPPER.convertValue(
                json.path("case"), new TypeReference<Map<String, Object>>() {}));
      } catch (IllegalArgumentException e) {
        throw new UserError(
            "the server sent a case that is none: " + Terminal.safe(e.getMessage() + ""),
            "is it of the same version as this program?");
      }
    }
  }

  /// Tries `sources` on the server's decisions.
  static Replayed of(OwnerSession session, List<Source> sources, Bounds bounds, Progress progress) {
    var replayed = new Replayed();
    ObjectNode body = Json.object();
    ArrayNode texts = body.putArray("sources");
    sources.forEach(
        source -> texts.addObject().put("name", source.name()).put("text", source.text()));
    Duration since = bounds.since();
    if (since != null) {
      body.put("since", Clock.systemUTC().instant().minus(since).toString());
    }
    int left = bounds.last();
    while (left > 0) {
      progress.say("replayed " + (bounds.last() - left) + " decisions");
      body.put("last", Math.min(PIECE, left));
      JsonNode piece = session.must("POST", PATH, body);
      replayed.add(piece);
      left -= piece.path("decisions").asInt(0);
      if (!piece.has("next")) {
        break;
      }
      body.put("before", piece.path("next").asLong(0));
    }
    progress.done();
    return replayed;
  }

  private void add(JsonNode piece) {
    for (String count : List.of("decisions", "notReplayable", "waived", "opened", "closed")) {
      counts.merge(count, piece.path(count).asLong(0), Long::sum);
    }
    causes.forEach((name, byPolicy) -> {
      for (Map.Entry<String, JsonNode> one : piece.path(name).properties()) {
        byPolicy.merge(one.getKey(), one.getValue().asLong(0), Long::sum);
      }
    });
    piece.path("flips").forEach(flips::add);
  }

  /// One of `decisions`, `notReplayable`, `waived`, `opened`, `closed`.
  long count(String name) {
    return counts.getOrDefault(name, 0L);
  }

  /// How many flips each policy causes: those that `opens` or those that `closes`.
  Map<String, Long> causes(String name) {
    return causes.getOrDefault(name, Map.of());
  }

  List<Flip> flips() {
    var all = new ArrayList<Flip>();
    flips.forEach(flip -> all.add(new Flip(flip)));
    return all;
  }

  ObjectNode json() {
    ObjectNode json = Json.object();
    counts.forEach(json::put);
    causes.forEach((name, byPolicy) -> {
      ObjectNode node = json.putObject(name);
      byPolicy.forEach(node::put);
    });
    json.set("flips", flips);
    return json;
  }
}
