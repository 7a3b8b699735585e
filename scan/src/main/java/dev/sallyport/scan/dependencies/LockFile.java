package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.TextFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.toml.TomlFactory;
import tools.jackson.dataformat.toml.TomlMapper;

/// One lock file while it is read: what was found and what was passed over, and the strict readers
/// that its forms share.
final class LockFile {
  private static final int MOST_COMPONENTS = 100_000;
  private static final StreamReadConstraints BOUNDS =
      StreamReadConstraints.builder()
          .maxNestingDepth(200)
          .maxDocumentLength(TextFile.LARGEST_BYTES)
          .maxStringLength(4 << 20)
          .maxNameLength(4096)
          .maxNumberLength(100)
          .build();
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(BOUNDS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final TomlMapper TOML =
      TomlMapper.builder(TomlFactory.builder().streamReadConstraints(BOUNDS).build()).build();

  private final TextFile file;
  private final List<Component> components = new ArrayList<>();
  private final List<NotChecked> gaps = new ArrayList<>();

  LockFile(TextFile file) {
    this.file = file;
  }

  /// It isn't the form that its name says, or more of it than we read.
  static final class Unreadable extends RuntimeException {
    Unreadable(String message) {
      super(message);
    }
  }

  String path() {
    return file.path();
  }

  String text() {
    return new String(file.bytes(), StandardCharsets.UTF_8);
  }

  JsonNode json() {
    return tree(JSON);
  }

  JsonNode toml() {
    return tree(TOML);
  }

  private JsonNode tree(ObjectMapper mapper) {
    try {
      JsonNode tree = mapper.readTree(file.bytes());
      if (tree == null || !tree.isObject()) {
        throw new Unreadable("it isn't an object");
      }
      return tree;
    } catch (JacksonException e) {
      throw new Unreadable(place(e) + firstLine(e.getOriginalMessage()));
    }
  }

  private static String place(JacksonException e) {
    var location = e.getLocation();
    return location == null || location.getLineNr() < 1
        ? ""
        : "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
  }

  private static String firstLine(@Nullable String message) {
    String first = message == null ? "broken" : message.lines().findFirst().orElse("broken");
    return first.length() <= 200 ? first : first.substring(0, 200);
  }

  void add(
      Ecosystem ecosystem,
      String name,
      String version,
      Map<String, String> hashes,
      int line,
      boolean development) {
    if (components.size() >= MOST_COMPONENTS) {
      throw new Unreadable("more than " + MOST_COMPONENTS + " components");
    }
    if (name.isBlank() || version.isBlank() || name.length() > 500 || version.length() > 200) {
      gap("an entry without a sound name and version: `" + shortened(name) + "`");
      return;
    }
    components.add(Component.of(ecosystem, name, version, hashes, path(), line, development));
  }

  void gap(String why) {
    gaps.add(new NotChecked(path(), why));
  }

  Inventory inventory() {
    return new Inventory(components, List.of(path()), gaps);
  }

  static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }

  /// `alg:hex` or `alg-base64` (Subresource Integrity) as CycloneDX spells it; others fall away.
  static Map<String, String> hashes(Iterable<String> written) {
    var hashes = new TreeMap<String, String>();
    for (String hash : written) {
      for (String one : hash.strip().split("\\s+")) {
        int split = one.indexOf(':') > 0 ? one.indexOf(':') : one.indexOf('-');
        if (split > 0) {
          String algorithm = algorithm(one.substring(0, split));
          String value = one.substring(split + 1);
          String hex = one.charAt(split) == '-' ? hexOf(value) : value.toLowerCase(Locale.ROOT);
          if (!algorithm.isEmpty() && hex.matches("[0-9a-f]{32,128}")) {
            hashes.putIfAbsent(algorithm, hex);
          }
        }
      }
    }
    return hashes;
  }

  private static String algorithm(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "sha1" -> "SHA-1";
      case "sha256" -> "SHA-256";
      case "sha384" -> "SHA-384";
      case "sha512" -> "SHA-512";
      case "md5" -> "MD5";
      default -> "";
    };
  }

  private static String hexOf(String base64) {
    try {
      return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException notBase64) {
      return "";
    }
  }
}
