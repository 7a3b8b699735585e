package dev.sallyport.scan.dependencies;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The order of Python versions (PEP 440). What doesn't follow it sorts before all that does, piece
/// by piece, as the older tools ordered it.
final class PythonVersion {
  // PEP 440, appendix B, in our own grouping.
  private static final Pattern SHAPE =
      Pattern.compile(
          "v?(?:(\\d{1,40})!)?(\\d{1,40}(?:\\.\\d{1,40})*)"
              + "(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\\d{0,40}))?"
              + "(?:-(\\d{1,40})|[-_.]?(post|rev|r)[-_.]?(\\d{0,40}))?"
              + "(?:[-_.]?(dev)[-_.]?(\\d{0,40}))?"
              + "(?:\\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?");
  private static final Pattern PIECE = Pattern.compile("\\d+|[a-z]+|\\.|-");
  private static final BigInteger NEVER = BigInteger.valueOf(-1);

  private PythonVersion() {}

  static int compare(String left, String right) {
    Matcher first = SHAPE.matcher(clean(left));
    Matcher second = SHAPE.matcher(clean(right));
    boolean firstHolds = first.matches();
    boolean secondHolds = second.matches();
    if (firstHolds && secondHolds) {
      return compare(first, second);
    }
    if (firstHolds != secondHolds) {
      return firstHolds ? 1 : -1;
    }
    return legacy(clean(left), clean(right));
  }

  private static String clean(String version) {
    String clean = version.strip().toLowerCase(Locale.ROOT);
    if (clean.isEmpty() || clean.length() > 400) {
      throw new IllegalArgumentException("no Python version: `" + version + "`");
    }
    return clean;
  }

  private static int compare(Matcher left, Matcher right) {
    int order = number(left.group(1), "0").compareTo(number(right.group(1), "0"));
    order = order != 0 ? order : release(left.group(2), right.group(2));
    order = order != 0 ? order : Integer.compare(phase(left), phase(right));
    order = order != 0 ? order : number(left.group(4), "0").compareTo(number(right.group(4), "0"));
    order = order != 0 ? order : post(left).compareTo(post(right));
    order = order != 0 ? order : dev(left, right);
    return order != 0 ? order : local(left.group(10), right.group(10));
  }

  private static BigInteger number(@Nullable String digits, String absent) {
    return new BigInteger(digits == null || digits.isEmpty() ? absent : digits);
  }

  private static int release(String left, String right) {
    String[] first = left.split("\\.");
    String[] second = right.split("\\.");
    for (int i = 0; i < Math.max(first.length, second.length); i++) {
      BigInteger one = i < first.length ? new BigInteger(first[i]) : BigInteger.ZERO;
      BigInteger two = i < second.length ? new BigInteger(second[i]) : BigInteger.ZERO;
      int order = one.compareTo(two);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  // dev alone < alpha < beta < candidate < release.
  private static int phase(Matcher version) {
    String name = version.group(3);
    if (name == null) {
      boolean onlyDev = version.group(8) != null && post(version).equals(NEVER);
      return onlyDev ? 0 : 4;
    }
    return switch (name.charAt(0)) {
      case 'a' -> 1;
      case 'b' -> 2;
      default -> 3;
    };
  }

  private static BigInteger post(Matcher version) {
    if (version.group(5) != null) {
      return new BigInteger(version.group(5));
    }
    return version.group(6) == null ? NEVER : number(version.group(7), "0");
  }

  private static int dev(Matcher left, Matcher right) {
    boolean first = left.group(8) != null;
    boolean second = right.group(8) != null;
    if (first != second) {
      return first ? -1 : 1;
    }
    return number(left.group(9), "0").compareTo(number(right.group(9), "0"));
  }

  private static int local(@Nullable String left, @Nullable String right) {
    if (left == null || right == null) {
      return left == null ? (right == null ? 0 : -1) : 1;
    }
    String[] first = left.split("[-_.]");
    String[] second = right.split("[-_.]");
    for (int i = 0; i < Math.min(first.length, second.length); i++) {
      int order = segment(first[i], second[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(first.length, second.length);
  }

  private static int segment(String left, String right) {
    boolean first = left.chars().allMatch(c -> c >= '0' && c <= '9');
    boolean second = right.chars().allMatch(c -> c >= '0' && c <= '9');
    if (first && second) {
      return new BigInteger(left).compareTo(new BigInteger(right));
    }
    if (first != second) {
      return first ? 1 : -1;
    }
    return left.compareTo(right);
  }

  // setuptools before PEP 440: numbers padded, `*` before words so that they sort below `final`.
  private static int legacy(String left, String right) {
    List<String> first = pieces(left);
    List<String> second = pieces(right);
    for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
      int order = first.get(i).compareTo(second.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(first.size(), second.size());
  }

  private static List<String> pieces(String version) {
    var pieces = new ArrayList<String>();
    Matcher matcher = PIECE.matcher(version);
    while (matcher.find()) {
      String piece =
          switch (matcher.group()) {
            case "pre", "preview", "rc" -> "c";
            case "-" -> "final-";
            case "dev" -> "@";
            default -> matcher.group();
          };
      if (piece.equals(".")) {
        continue;
      }
      boolean digits = Character.isDigit(piece.charAt(0));
      String padded = digits ? "0".repeat(Math.max(0, 40 - piece.length())) + piece : "*" + piece;
      if (padded.startsWith("*") && padded.compareTo("*final") < 0) {
        while (!pieces.isEmpty() && pieces.getLast().equals("*final-")) {
          pieces.removeLast();
        }
      }
      if (padded.startsWith("*")) {
        while (!pieces.isEmpty() && pieces.getLast().matches("0{40}")) {
          pieces.removeLast();
        }
      }
      pieces.add(padded);
    }
    pieces.add("*final");
    return pieces;
  }
}
