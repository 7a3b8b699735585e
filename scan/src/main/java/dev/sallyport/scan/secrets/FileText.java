package dev.sallyport.scan.secrets;

import dev.sallyport.scan.TextFile;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One file under examination: its bytes seen as Latin-1, so that offsets are exact in any
/// encoding, and what its name tells about unquoted values. Used by one thread.
final class FileText implements CharSequence {
  private static final Pattern EXPRESSIONS =
      Pattern.compile(
          "(?i).*\\.(java|kt|kts|scala|groovy|gradle|py|js|jsx|mjs|cjs|ts|tsx|vue|go|rs|c|cc|cpp|cxx"
              + "|h|hpp|cs|vb|fs|rb|erb|php|swift|m|mm|dart|lua|pl|pm|r|jl|ex|exs|erl|hs|clj|cljs|sol"
              + "|html?|svg|css|scss|less|map|proto|thrift|graphql|j2|jinja|tf|bicep|nix|ipynb)");
  private static final Pattern LOCKS =
      Pattern.compile(
          "(?i)(.*/)?(package-lock\\.json|npm-shrinkwrap\\.json|yarn\\.lock|pnpm-lock\\.yaml|bun\\.lock"
              + "|go\\.sum|go\\.work\\.sum|cargo\\.lock|poetry\\.lock|uv\\.lock|pipfile\\.lock"
              + "|composer\\.lock|gemfile\\.lock|packages\\.lock\\.json|gradle\\.lockfile|mix\\.lock"
              + "|flake\\.lock|pubspec\\.lock|podfile\\.lock|package\\.resolved)");
  private static final Pattern TEMPLATES =
      Pattern.compile(
          "(?i).*[._-](example|sample|template|tmpl|tpl|dist|default)s?(\\.[a-z0-9]+)?");
  private static final Pattern TESTS =
      Pattern.compile(
          "(?i)(.*/)?(tests?|testing|specs?|__tests__|testdata|test-data|fixtures?|examples?|samples?"
              + "|demo|docs?|e2e|mocks?)/.*|.*([._-](test|spec)s?\\.[a-z]+|Tests?\\.(java|kt|cs|scala))");

  private final byte[] bytes;
  private final int length;
  private final IdentityHashMap<Pattern, Matcher> matchers = new IdentityHashMap<>();

  /// An unquoted right-hand side is an expression here, not a value.
  final boolean expressions;

  /// Hashes fill this file; only formats with a prefix of their own count.
  final boolean lockFile;

  /// Made to be copied and filled in.
  final boolean template;

  /// What it holds serves a test or an explanation more often than a service.
  final boolean test;

  final String path;

  FileText(TextFile file, byte[] utf8) {
    this.path = file.path();
    this.bytes = utf8;
    this.length = utf8.length;
    expressions = EXPRESSIONS.matcher(path).matches();
    lockFile = LOCKS.matcher(path).matches();
    template = TEMPLATES.matcher(file.name()).matches();
    test = TESTS.matcher(path).matches();
  }

  /// The file as bytes of an ASCII superset: UTF-16 with a byte order mark is turned into UTF-8, so
  /// that the wider encoding hides nothing.
  static byte[] asciiSuperset(byte[] bytes) {
    if (bytes.length >= 2 && (bytes[0] & 0xFF) == 0xFF && (bytes[1] & 0xFF) == 0xFE) {
      return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16LE)
          .getBytes(StandardCharsets.UTF_8);
    }
    if (bytes.length >= 2 && (bytes[0] & 0xFF) == 0xFE && (bytes[1] & 0xFF) == 0xFF) {
      return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16BE)
          .getBytes(StandardCharsets.UTF_8);
    }
    return bytes;
  }

  /// A NUL near the beginning, the test that git itself makes.
  static boolean isBinary(byte[] bytes) {
    int limit = Math.min(bytes.length, 8000);
    for (int i = 0; i < limit; i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public char charAt(int index) {
    return (char) (bytes[index] & 0xFF);
  }

  /// The character there, or a line feed outside the text, so that a look around needs no guard.
  char peek(int index) {
    return index < 0 || index >= length ? '\n' : (char) (bytes[index] & 0xFF);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return slice(start, end);
  }

  /// That part of the text, one character a byte.
  String slice(int start, int end) {
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  /// That part in lower case.
  String lower(int start, int end) {
    return slice(start, end).toLowerCase(Locale.ROOT);
  }

  /// Matches `pattern` at exactly `start`, looking at no more than `span` characters after it but
  /// freely before it; null where it does not match.
  @Nullable Matcher matchAt(Pattern pattern, int start, int span) {
    Matcher matcher =
        matchers.computeIfAbsent(
            pattern, p -> p.matcher(this).useTransparentBounds(true).useAnchoringBounds(false));
    matcher.region(start, (int) Math.min(length, (long) start + span));
    return matcher.lookingAt() ? matcher : null;
  }

  /// Where the line that holds `index` begins.
  int lineStart(int index) {
    int at = index;
    while (at > 0 && bytes[at - 1] != '\n') {
      at--;
    }
    return at;
  }

  /// Where the line that holds `index` ends, its line feed not counted.
  int lineEnd(int index) {
    int at = index;
    while (at < length && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  @Override
  public String toString() {
    return path;
  }
}
