package dev.sallyport.attest;

import dev.sallyport.attest.SshKey.UnsupportedSshKey;
import dev.sallyport.attest.SshWire.Malformed;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The declared SSH signers: OpenSSH's `allowed_signers` (ssh-keygen(1), ALLOWED SIGNERS) with all
/// its options.
///
/// A line that cannot be read is a [Problem], never a silent loss: the other lines still count, and
/// the gap is named.
public final class AllowedSigners {
  private static final int MAX_CHARS = 4 * 1024 * 1024;
  private static final int MAX_LINES = 100_000;

  /// A line that was not understood.
  ///
  /// @param line its number, from 1
  /// @param message what is wrong with it, one clause
  public record Problem(int line, String message) {}

  /// One declared signer.
  record Signer(
      List<String> patterns,
      boolean certAuthority,
      @Nullable List<String> namespaces,
      @Nullable Instant validAfter,
      @Nullable Instant validBefore) {

    boolean names(String principal) {
      return SshPattern.matches(patterns, principal);
    }

    boolean allowsNamespace(String namespace) {
      return namespaces == null || SshPattern.matches(namespaces, namespace);
    }

    boolean validAt(Instant at) {
      return (validAfter == null || !at.isBefore(validAfter))
          && (validBefore == null || at.isBefore(validBefore));
    }
  }

  private final Map<String, List<Signer>> byKey = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private int count;

  private AllowedSigners() {}

  /// Nobody.
  public static AllowedSigners none() {
    return new AllowedSigners();
  }

  /// Reads a file's text.
  ///
  /// @param zone for times without `Z`, as OpenSSH reads them in the machine's zone
  public static AllowedSigners parse(String text, ZoneId zone) {
    AllowedSigners signers = new AllowedSigners();
    if (text.length() > MAX_CHARS) {
      signers.problems.add(new Problem(1, "file is larger than " + MAX_CHARS + " characters"));
      return signers;
    }
    int number = 0;
    // Only a newline ends a line, as for OpenSSH: a bare carriage return would let a line stand
    // within what a reviewer sees as a comment.
    for (String line : text.split("\n", -1)) {
      number++;
      if (number > MAX_LINES) {
        signers.problems.add(new Problem(number, "more than " + MAX_LINES + " lines"));
        break;
      }
      String stripped = line.strip();
      if (!stripped.isEmpty() && !stripped.startsWith("#")) {
        signers.addLine(number, stripped, zone);
      }
    }
    return signers;
  }

  /// The lines that were not understood.
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /// How many lines were understood.
  public int size() {
    return count;
  }

  List<Signer> of(SshKey key) {
    return byKey.getOrDefault(key.fingerprint(), List.of());
  }

  private void addLine(int number, String line, ZoneId zone) {
    try {
      Fields fields = new Fields(line);
      List<String> patterns = List.of(fields.next().split(","));
      List<String> rest = new ArrayList<>();
      while (fields.hasNext()) {
        rest.add(fields.next());
      }
      boolean certAuthority = false;
      List<String> namespaces = null;
      Instant after = null;
      Instant before = null;
      int at = 0;
      // OpenSSH has at most one options field, comma-separated; it stands where the key type would.
      if (!rest.isEmpty() && !isKeyType(rest.getFirst())) {
        for (Map.Entry<String, String> option : options(rest.getFirst()).entrySet()) {
          switch (option.getKey()) {
            case "cert-authority" -> certAuthority = true;
            case "namespaces" -> namespaces = List.of(option.getValue().split(","));
            case "valid-after" -> after = time(option.getValue(), zone);
            case "valid-before" -> before = time(option.getValue(), zone);
            default -> throw new Malformed("unknown option `" + option.getKey() + "`");
          }
        }
        at = 1;
      }
      if (rest.size() < at + 2 || !isKeyType(rest.get(at))) {
        throw new Malformed("expected `principals [options] key-type base64-key`");
      }
      byte[] blob = Base64.getDecoder().decode(rest.get(at + 1));
      if (!new SshWire(blob).text().equals(rest.get(at))) {
        throw new Malformed("key type does not match the key");
      }
      if (after != null && before != null && !after.isBefore(before)) {
        throw new Malformed("valid-after is not before valid-before");
      }
      SshKey key = SshKey.parse(blob);
      byKey
          .computeIfAbsent(key.fingerprint(), _ -> new ArrayList<>())
          .add(new Signer(patterns, certAuthority, namespaces, after, before));
      count++;
    } catch (Malformed | UnsupportedSshKey | IllegalArgumentException | DateTimeException e) {
      problems.add(new Problem(number, String.valueOf(e.getMessage())));
    }
  }

  private static boolean isKeyType(String word) {
    return word.startsWith("ssh-") || word.startsWith("ecdsa-sha2-") || word.startsWith("sk-");
  }

  /// `name`, `name="value"` and `name=value`, separated by commas outside quotes.
  private static Map<String, String> options(String field) {
    Map<String, String> options = new HashMap<>();
    int at = 0;
    while (at < field.length()) {
      int end = at;
      boolean quoted = false;
      while (end < field.length() && (quoted || field.charAt(end) != ',')) {
        if (field.charAt(end) == '"') {
          quoted = !quoted;
        }
        end++;
      }
      String option = field.substring(at, end);
      int equals = option.indexOf('=');
      String name = (equals < 0 ? option : option.substring(0, equals)).toLowerCase(Locale.ROOT);
      String value = equals < 0 ? "" : option.substring(equals + 1).replace("\"", "");
      if (quoted) {
        throw new Malformed("quote is not closed");
      }
      if (options.put(name, value) != null) {
        throw new Malformed("option `" + name + "` given twice");
      }
      at = end + 1;
    }
    return options;
  }

  /// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`.
  private static Instant time(String text, ZoneId zone) {
    boolean utc = text.endsWith("Z");
    String digits = utc ? text.substring(0, text.length() - 1) : text;
    String full =
        switch (digits.length()) {
          case 8 -> digits + "000000";
          case 12 -> digits + "00";
          case 14 -> digits;
          default -> throw new Malformed("time `" + text + "` is not YYYYMMDD[HHMM[SS]][Z]");
        };
    return LocalDateTime.parse(full, DateTimeFormatter.ofPattern("uuuuMMddHHmmss"))
        .atZone(utc ? ZoneOffset.UTC : zone)
        .toInstant();
  }

  /// Fields separated by white space outside double quotes; a quoted field loses its outer quotes.
  private static final class Fields {
    private final String line;
    private int at;

    Fields(String line) {
      this.line = line;
    }

    boolean hasNext() {
      return at < line.length();
    }

    String next() {
      if (!hasNext()) {
        throw new Malformed("line ends early");
      }
      int start = at;
      boolean quoted = false;
      while (at < line.length() && (quoted || !Character.isWhitespace(line.charAt(at)))) {
        if (line.charAt(at) == '"') {
          quoted = !quoted;
        }
        at++;
      }
      String field = line.substring(start, at);
      while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      boolean whole = field.length() > 1 && field.startsWith("\"") && field.endsWith("\"");
      return whole ? field.substring(1, field.length() - 1) : field;
    }
  }
}
