package dev.sallyport.scan.yaml;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads YAML 1.2 from people we don't trust: no tag is ever constructed, and size, depth, events,
/// aliases and the number of values after all aliases are followed are bounded, so that neither a
/// deep nor a "billion laughs" document costs more than a large honest one.
public final class YamlReader {
  private static final int LARGEST_BYTES = 2 << 20;
  private static final int DEEPEST = 60;
  private static final int MOST_EVENTS = 400_000;
  private static final int MOST_VALUES = 200_000;
  private static final int MOST_ALIASES = 200;

  private final LoadSettings settings;
  private int values;

  private YamlReader() {
    settings =
        LoadSettings.builder()
            .setCodePointLimit(LARGEST_BYTES)
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setMaxAliasesForCollections(MOST_ALIASES)
            .setLabel("here")
            .build();
  }

  /// It isn't YAML, or more of it than we read; the message names line and column where known.
  public static final class Unreadable extends RuntimeException {
    Unreadable(String message) {
      super(message);
    }

    Unreadable(Node node, String message) {
      this(place(node.getStartMark()) + message);
    }
  }

  /// The documents of a stream.
  public static List<Yaml> read(byte[] bytes) {
    if (bytes.length > LARGEST_BYTES) {
      throw new Unreadable("larger than " + (LARGEST_BYTES >> 20) + " MiB of YAML");
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      return new YamlReader().documents(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      throw new Unreadable("not UTF-8");
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? "broken YAML" : e.getProblem();
      throw new Unreadable(place(e.getProblemMark()) + problem.strip());
    } catch (YamlEngineException e) {
      String message = e.getMessage() == null ? "broken YAML" : e.getMessage();
      throw new Unreadable(message.lines().findFirst().orElse("broken YAML"));
    }
  }

  private List<Yaml> documents(String text) {
    bound(text);
    var documents = new ArrayList<Yaml>();
    for (Node node : new Compose(settings).composeAllFromString(text)) {
      documents.add(value(node, 0));
    }
    return documents;
  }

  // The parser keeps its own stack, so a deep document is refused before anything recurses.
  private void bound(String text) {
    int depth = 0;
    int events = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        case Alias, Comment, DocumentEnd, DocumentStart, Scalar, StreamEnd, StreamStart -> {}
      }
      if (depth > DEEPEST) {
        throw new Unreadable(place(event.getStartMark()) + "nested deeper than " + DEEPEST);
      }
      if (++events > MOST_EVENTS) {
        throw new Unreadable("more than " + MOST_EVENTS + " parts");
      }
    }
  }

  private Yaml value(Node node, int depth) {
    if (depth > DEEPEST) {
      throw new Unreadable(node, "aliases nest deeper than " + DEEPEST);
    }
    if (++values > MOST_VALUES) {
      throw new Unreadable(node, "aliases unfold to more than " + MOST_VALUES + " values");
    }
    if (node instanceof ScalarNode scalar) {
      boolean isNull = scalar.getTag().equals(Tag.NULL);
      return new Yaml.Text(isNull ? "" : scalar.getValue(), line(node));
    }
    if (node instanceof SequenceNode sequence) {
      var items = new ArrayList<Yaml>();
      for (Node item : sequence.getValue()) {
        items.add(value(item, depth + 1));
      }
      return new Yaml.Sequence(items, line(node));
    }
    if (node instanceof MappingNode mapping) {
      return mapping(mapping, depth);
    }
    throw new Unreadable(node, "a value of no known kind");
  }

  private Yaml.Mapping mapping(MappingNode node, int depth) {
    Map<String, Yaml> entries = new LinkedHashMap<>();
    Map<String, Integer> lines = new LinkedHashMap<>();
    var merged = new ArrayList<Yaml>();
    for (NodeTuple tuple : node.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new Unreadable(tuple.getKeyNode(), "a key that is no plain name");
      }
      Yaml value = value(tuple.getValueNode(), depth + 1);
      if (key.getValue().equals("<<") && key.isPlain()) {
        merged.add(value);
      } else if (entries.putIfAbsent(key.getValue(), value) != null) {
        throw new Unreadable(key, "the key `" + key.getValue() + "` stands twice");
      } else {
        lines.put(key.getValue(), line(key));
      }
    }
    for (Yaml from : merged) {
      merge(from, entries, lines);
    }
    return new Yaml.Mapping(entries, lines, line(node));
  }

  // YAML 1.1 merge keys, which GitLab still reads: own entries win, then the first merged ones.
  private static void merge(Yaml from, Map<String, Yaml> entries, Map<String, Integer> lines) {
    if (from instanceof Yaml.Sequence sequence) {
      sequence.items().forEach(item -> merge(item, entries, lines));
    }
    if (from instanceof Yaml.Mapping mapping) {
      mapping
          .entries()
          .forEach((key, value) -> {
            if (entries.putIfAbsent(key, value) == null) {
              lines.put(key, mapping.lineOf(key));
            }
          });
    }
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  private static String place(java.util.Optional<Mark> mark) {
    return mark.map(m -> "line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1) + ": ")
        .orElse("");
  }
}
