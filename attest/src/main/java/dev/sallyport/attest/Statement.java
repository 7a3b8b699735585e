package dev.sallyport.attest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// An in-toto statement (in-toto/attestation, spec/v1/statement.md; v0.1 is read too).
///
/// @param subjects what it is about, by digest
/// @param predicateType the type URI of the predicate
/// @param predicate what it says
public record Statement(List<Subject> subjects, String predicateType, JsonNode predicate) {
  /// The type this house writes.
  public static final String V1 = "https://in-toto.io/Statement/v1";

  private static final String V01 = "https://in-toto.io/Statement/v0.1";
  private static final int MAX_SUBJECTS = 10_000;

  /// One subject.
  ///
  /// @param name a label that proves nothing, may be empty
  /// @param digests algorithm to lower-case hex, such as `sha256`
  public record Subject(String name, Map<String, String> digests) {
    /// Copies the map, in order; a subject without digest would match anything.
    public Subject {
      if (digests.isEmpty()) {
        throw new EvidenceException("subject `" + name + "` has no digest");
      }
      digests = Collections.unmodifiableMap(new TreeMap<>(digests));
    }

    /// A subject known by its SHA-256.
    public static Subject sha256(String name, String hex) {
      return new Subject(name, Map.of("sha256", hex));
    }
  }

  /// Copies the subjects.
  public Statement {
    subjects = List.copyOf(subjects);
    if (subjects.isEmpty() || subjects.size() > MAX_SUBJECTS) {
      throw new EvidenceException("statement wants 1 to " + MAX_SUBJECTS + " subjects");
    }
  }

  /// Reads a payload whose signature was checked before.
  ///
  /// @throws EvidenceException if it is no statement
  public static Statement parse(byte[] payload) {
    try {
      JsonNode root = StrictJson.MAPPER.readTree(payload);
      String type = stringOf(root, "_type");
      if (type == null || !(type.equals(V1) || type.equals(V01))) {
        throw new EvidenceException("unknown statement type `" + type + "`");
      }
      String predicateType = stringOf(root, "predicateType");
      if (predicateType == null || predicateType.isEmpty()) {
        throw new EvidenceException("statement has no predicateType");
      }
      List<Subject> subjects = new ArrayList<>();
      for (JsonNode subject : root.path("subject")) {
        if (subjects.size() > MAX_SUBJECTS) {
          break;
        }
        subjects.add(subject(subject));
      }
      return new Statement(subjects, predicateType, root.path("predicate"));
    } catch (JacksonException e) {
      throw new EvidenceException("statement is not strict JSON: " + e.getOriginalMessage());
    }
  }

  private static Subject subject(JsonNode node) {
    Map<String, String> digests = new TreeMap<>();
    for (Map.Entry<String, JsonNode> digest : node.path("digest").properties()) {
      if (!digest.getValue().isString()) {
        throw new EvidenceException("subject digest is not text");
      }
      digests.put(digest.getKey(), digest.getValue().stringValue());
    }
    String name = stringOf(node, "name");
    return new Subject(name == null ? "" : name, digests);
  }

  private static @Nullable String stringOf(JsonNode node, String name) {
    JsonNode value = node.path(name);
    return value.isString() ? value.stringValue() : null;
  }

  /// Reads the statement inside an envelope, whose payload type must say that it is one.
  ///
  /// @throws EvidenceException if it is another type or malformed
  public static Statement of(Envelope envelope) {
    if (!envelope.payloadType().equals(Envelope.IN_TOTO)) {
      throw new EvidenceException(
          "payload type is `" + envelope.payloadType() + "`, wanted `" + Envelope.IN_TOTO + "`");
    }
    return parse(envelope.payload());
  }

  /// Whether one subject has this SHA-256, in hex of any case.
  public boolean isAboutSha256(String hex) {
    return subjects.stream()
        .anyMatch(subject -> hex.equalsIgnoreCase(subject.digests().getOrDefault("sha256", "")));
  }

  /// The v1 JSON form, ready to be signed.
  public byte[] toJson() {
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    root.put("_type", V1);
    ArrayNode list = root.putArray("subject");
    for (Subject subject : subjects) {
      ObjectNode node = list.addObject();
      node.put("name", subject.name());
      ObjectNode digests = node.putObject("digest");
      subject.digests().forEach(digests::put);
    }
    root.put("predicateType", predicateType);
    root.set("predicate", predicate);
    return StrictJson.MAPPER.writeValueAsBytes(root);
  }
}
