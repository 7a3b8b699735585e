package dev.sallyport.gate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// Policy as it stood at one moment: its texts, parsed, and the digest that rulings name.
///
/// Immutable; a new policy is a new snapshot.
public final class PolicySnapshot {
  private final String name;
  private final List<Source> sources;
  private final String digest;

  private PolicySnapshot(String name, List<Source> sources) {
    this.name = name;
    this.sources = sources.stream().sorted(Comparator.comparing(Source::name)).toList();
    this.digest = digest(this.sources);
  }

  /// A profile of the house.
  public static PolicySnapshot builtIn(Profile profile) {
    String file = profile.word() + ".cedar";
    try (InputStream stream = PolicySnapshot.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException("profile `" + file + "` is not in the jar");
      }
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return new PolicySnapshot(profile.word(), List.of(new Source(file, text)));
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't read profile `" + file + "`", e);
    }
  }

  /// The policy in `sources`; every error in any of them is named by file, line and column.
  ///
  /// @throws PolicyRefused when anything is wrong; nothing is used then
  public static PolicySnapshot read(List<Source> sources) {
    return new PolicySnapshot("custom", sources);
  }

  /// The profile's name, or `custom`.
  public String name() {
    return name;
  }

  /// The texts, sorted by name.
  public List<Source> sources() {
    return sources;
  }

  /// `sha256:<hex>` over the names and texts.
  public String digest() {
    return digest;
  }

  @Override
  public String toString() {
    return name + " " + digest;
  }

  /// Length-prefixed, so that no two lists of files have the same bytes.
  private static String digest(List<Source> sources) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Source source : sources) {
        for (String part : List.of(source.name(), source.text())) {
          byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
          sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
          sha256.update(bytes);
        }
      }
      return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
