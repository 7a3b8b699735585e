package dev.sallyport.gate;

import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The vocabulary: the one schema that questions, facts and policies are written in.
public final class Vocabulary {
  /// The namespace of everything in it.
  public static final String NAMESPACE = "Sallyport";

  /// Its version; `v0` until the evidence issue is done, after that it only grows.
  public static final String VERSION = "v0";

  private static final String TEXT = resource("vocabulary.cedarschema");
  private static final Schema SCHEMA = Schema.parse(TEXT);

  private Vocabulary() {}

  /// The schema as text, for people and for validators.
  public static String text() {
    return TEXT;
  }

  /// `sha256:<hex>` of the text.
  public static String digest() {
    return sha256(List.of(TEXT));
  }

  static Schema schema() {
    return SCHEMA;
  }

  static EntityUid uid(EntityRef ref) {
    return new EntityUid(NAMESPACE + "::" + ref.type(), ref.id());
  }

  /// The thing that an entity of the vocabulary is.
  static EntityRef ref(EntityUid uid) {
    return new EntityRef(shortName(uid.type()), uid.id());
  }

  /// A name without the namespace.
  static String shortName(String name) {
    return name.substring(name.lastIndexOf(':') + 1);
  }

  static EntityUid uid(Action action) {
    return new EntityUid(NAMESPACE + "::Action", action.word());
  }

  static String resource(String name) {
    try (InputStream stream = Vocabulary.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("`" + name + "` is not in the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't read `" + name + "`", e);
    }
  }

  /// `sha256:<hex>` over the parts, each with its length, so that no two lists share their bytes.
  static String sha256(List<String> parts) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        sha256.update(bytes);
      }
      return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
