package dev.sallyport.server.ledger;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// One leaf of the ledger: who did what to what, under which policy and evidence, and what came of
/// it.
///
/// The bytes are canonical JSON (RFC 8785) of at most 65,535 bytes, specified for good in
/// docs/reference/ledger-entry.md. Big or personal things are bodies, named here by digest only.
///
/// @param time the ledger's own, never before the entry in front of it; whole milliseconds
/// @param policy the snapshot that ruled, where one did
/// @param evidence what the ruling stood on, sorted
/// @param request what was asked, so that a retry can be told from another question
/// @param retry the caller's retry key, hashed together with the caller
/// @param body the digest of what explains this entry and may be erased
public record Entry(
    EntryType type,
    Instant time,
    Actor actor,
    String action,
    List<Subject> subject,
    String outcome,
    @Nullable Digest policy,
    List<Digest> evidence,
    @Nullable Digest request,
    @Nullable Digest retry,
    @Nullable Digest body) {
  /// Most bytes an entry may have: tile bundles carry 16-bit lengths (C2SP tlog-tiles).
  public static final int MAX_BYTES = 65_535;

  static final int MAX_SUBJECTS = 16;
  static final int MAX_EVIDENCE = 256;
  private static final int MAX_TEXT = 1024;
  private static final int VERSION = 1;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(4)
                          .maxStringLength(8 * MAX_TEXT)
                          .build())
                  .build())
          .build();
  private static final Set<String> MEMBERS =
      Set.of(
          "v",
          "type",
          "time",
          "actor",
          "action",
          "subject",
          "outcome",
          "policy",
          "evidence",
          "request",
          "retry",
          "body");

  public Entry {
    subject = List.copyOf(subject);
    evidence = List.copyOf(new TreeSet<>(evidence));
    checkText("action", action);
    checkText("outcome", outcome);
    if (subject.isEmpty() || subject.size() > MAX_SUBJECTS) {
      throw new IllegalArgumentException("an entry has 1 to " + MAX_SUBJECTS + " subjects");
    }
    if (evidence.size() > MAX_EVIDENCE) {
      throw new IllegalArgumentException("an entry has at most " + MAX_EVIDENCE + " evidence");
    }
    if (!time.equals(time.truncatedTo(ChronoUnit.MILLIS))) {
      throw new IllegalArgumentException("an entry's time is whole milliseconds");
    }
  }

  static void checkText(String what, String text) {
    if (text.isEmpty() || text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(what + " has 1 to " + MAX_TEXT + " characters");
    }
    if (text.codePoints()
        .anyMatch(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF))) {
      throw new IllegalArgumentException(what + " holds a control character");
    }
  }

  /// The bytes that are hashed, stored and served.
  public byte[] bytes() {
    var members = new TreeMap<String, Object>();
    members.put("v", VERSION);
    members.put("type", type.word());
    members.put("time", TIME.format(time));
    members.put("actor", Map.of("kind", actor.kind().word(), "id", actor.id()));
    members.put("action", action);
    members.put(
        "subject",
        subject.stream().map(thing -> Map.of("type", thing.type(), "id", thing.id())).toList());
    members.put("outcome", outcome);
    members.put("evidence", evidence.stream().map(Digest::text).toList());
    putIfKnown(members, "policy", policy);
    putIfKnown(members, "request", request);
    putIfKnown(members, "retry", retry);
    putIfKnown(members, "body", body);
    byte[] bytes = CanonicalJson.bytes(members);
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException("an entry has at most " + MAX_BYTES + " bytes");
    }
    return bytes;
  }

  private static void putIfKnown(Map<String, Object> members, String name, @Nullable Digest value) {
    if (value != null) {
      members.put(name, value.text());
    }
  }

  /// Reads an entry; bytes that are not exactly those [#bytes] would write are refused.
  ///
  /// @throws IllegalArgumentException if they are not an entry
  public static Entry parse(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException("an entry has at most " + MAX_BYTES + " bytes");
    }
    Entry entry;
    try {
      entry = parse(new Members(object(JSON.readValue(bytes, Object.class))));
    } catch (JacksonException | DateTimeParseException e) {
      throw new IllegalArgumentException("not an entry", e);
    }
    if (!Arrays.equals(entry.bytes(), bytes)) {
      throw new IllegalArgumentException("entry is not in canonical form");
    }
    return entry;
  }

  private static Entry parse(Members members) {
    if (!MEMBERS.containsAll(members.byName().keySet())
        || !Integer.valueOf(VERSION).equals(members.byName().get("v"))) {
      throw new IllegalArgumentException("not an entry of version " + VERSION);
    }
    var actor = new Members(object(members.byName().get("actor")));
    var subjects = new ArrayList<Subject>();
    for (Object subject : members.list("subject")) {
      var thing = new Members(object(subject));
      subjects.add(new Subject(thing.text("type"), thing.text("id")));
    }
    var evidence = new ArrayList<Digest>();
    for (Object digest : members.list("evidence")) {
      evidence.add(new Digest(text("evidence", digest)));
    }
    return new Entry(
        EntryType.of(members.text("type")),
        Instant.from(TIME.parse(members.text("time"))),
        new Actor(Actor.Kind.of(actor.text("kind")), actor.text("id")),
        members.text("action"),
        subjects,
        members.text("outcome"),
        members.digest("policy"),
        evidence,
        members.digest("request"),
        members.digest("retry"),
        members.digest("body"));
  }

  private static Map<?, ?> object(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException("entry has another shape");
  }

  private static String text(String name, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("entry has no text `" + name + "`");
  }

  private record Members(Map<?, ?> byName) {
    String text(String name) {
      return Entry.text(name, byName.get(name));
    }

    @Nullable Digest digest(String name) {
      return byName.containsKey(name) ? new Digest(text(name)) : null;
    }

    List<?> list(String name) {
      if (byName.get(name) instanceof List<?> list) {
        return list;
      }
      throw new IllegalArgumentException("entry has no list `" + name + "`");
    }
  }
}
