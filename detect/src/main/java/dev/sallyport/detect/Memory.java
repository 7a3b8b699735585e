package dev.sallyport.detect;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Everything that detectors remember between inputs: the checkpoint (which entry comes next) and
/// bounded tables of texts.
///
/// Handed over, not shared: whoever gives it to [Watch#step] reads it again only afterwards. Its
/// bytes are canonical: sorted members, no white space, rows oldest first; reading them back gives
/// an equal memory, and the same inputs after that the same findings.
public final class Memory {
  private static final int VERSION = 1;
  private static final int MAX_TABLES = 64;
  private static final int MAX_BYTES = 64 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(5)
                          .maxDocumentLength(MAX_BYTES)
                          .maxStringLength(4 * Table.MAX_CHARS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final TreeMap<String, Table> tables = new TreeMap<>();
  private long next;
  private Instant time = Instant.EPOCH;

  /// Remembers nothing and begins at the first entry.
  public Memory() {}

  /// The index of the entry that comes next: the checkpoint.
  public long next() {
    return next;
  }

  /// The latest time that was seen.
  public Instant time() {
    return time;
  }

  void advance(long following, Instant to) {
    next = following;
    advance(to);
  }

  void advance(Instant to) {
    if (to.isAfter(time)) {
      time = to;
    }
  }

  /// A table of this name, made where it is missing.
  Table table(String name) {
    Table table = tables.get(name);
    if (table == null) {
      if (tables.size() == MAX_TABLES) {
        throw new IllegalStateException("more than " + MAX_TABLES + " tables");
      }
      table = new Table();
      tables.put(name, table);
    }
    return table;
  }

  /// Its canonical bytes.
  public byte[] bytes() {
    var members = new TreeMap<String, Object>();
    var rows = new TreeMap<String, Object>();
    tables.forEach((name, table) -> {
      if (!table.isEmpty()) {
        rows.put(name, table.rows());
      }
    });
    members.put("v", VERSION);
    members.put("next", next);
    members.put("time", time.toString());
    members.put("tables", rows);
    return JSON.writeValueAsBytes(members);
  }

  /// Reads bytes that [#bytes] wrote.
  ///
  /// @throws IllegalArgumentException if they are something else
  public static Memory parse(byte[] bytes) {
    try {
      Map<?, ?> members = JSON.readValue(bytes, Map.class);
      if (members.size() != 4 || !Integer.valueOf(VERSION).equals(members.get("v"))) {
        throw new IllegalArgumentException("not a memory of version " + VERSION);
      }
      var memory = new Memory();
      memory.next = whole(members.get("next"));
      memory.time = Instant.parse(text(members.get("time")));
      if (!(members.get("tables") instanceof Map<?, ?> tables)) {
        throw new IllegalArgumentException("not a memory: no tables");
      }
      tables.forEach((name, rows) -> read(memory.table(text(name)), rows));
      return memory;
    } catch (JacksonException | DateTimeParseException e) {
      throw new IllegalArgumentException("not a memory", e);
    }
  }

  private static void read(Table table, @Nullable Object rows) {
    if (!(rows instanceof List<?> list)) {
      throw new IllegalArgumentException("not a memory: a table is a list of rows");
    }
    for (Object row : list) {
      if (!(row instanceof List<?> texts) || texts.isEmpty()) {
        throw new IllegalArgumentException("not a memory: a row is a list of texts");
      }
      var values = new ArrayList<String>();
      texts.forEach(value -> values.add(text(value)));
      table.put(values.getFirst(), values.subList(1, values.size()));
    }
  }

  private static String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("not a memory: wanted a text");
  }

  private static long whole(@Nullable Object value) {
    return switch (value) {
      case Integer number when number >= 0 -> number;
      case Long number when number >= 0 -> number;
      case null, default -> throw new IllegalArgumentException("not a memory: wanted a number");
    };
  }

  /// Another one with the same content.
  public Memory copy() {
    return parse(bytes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Memory that
        && next == that.next
        && time.equals(that.time)
        && new String(bytes(), java.nio.charset.StandardCharsets.UTF_8)
            .equals(new String(that.bytes(), java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(next);
  }
}
