package dev.sallyport.attest;

import java.util.List;

/// OpenSSH's pattern lists (ssh_config(5), PATTERNS): `*`, `?`, and `!` for a pattern that takes a
/// name out again.
final class SshPattern {
  private SshPattern() {}

  /// Whether `name` is in the list: one pattern matches and no negated one does.
  static boolean matches(List<String> patterns, String name) {
    boolean found = false;
    for (String pattern : patterns) {
      if (pattern.startsWith("!")) {
        if (glob(pattern.substring(1), name)) {
          return false;
        }
      } else if (glob(pattern, name)) {
        found = true;
      }
    }
    return found;
  }

  /// Linear in the product of the lengths: the last star alone is tried again.
  private static boolean glob(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int mark = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        mark = n;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
