package dev.sallyport.scan;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One thing found in one place.
///
/// The fingerprint is the identity over time: it names the rule and what was found, never the line,
/// so that a finding survives edits above it. A finding never carries the value of a secret.
///
/// @param rule our own name, `subject/what-is-wrong`
/// @param line counted from 1; 0 where the whole file is meant
/// @param message one clause, lower case
/// @param fix what to write instead
/// @param commit the id of the commit that brought it; null in a working tree
/// @param controls what it offends, as `CICD-SEC-3` (OWASP Top 10 CI/CD) or `CWE-798`
public record Finding(
    String rule,
    Kind kind,
    Severity severity,
    String path,
    int line,
    String message,
    String fingerprint,
    String fix,
    @Nullable String commit,
    List<String> controls) {
  private static final Pattern RULE = Pattern.compile("[a-z]+/[a-z0-9-]+");

  public Finding {
    if (!RULE.matcher(rule).matches()) {
      throw new IllegalArgumentException(
          "a rule is named `subject/what-is-wrong`, not `" + rule + "`");
    }
    if (line < 0) {
      throw new IllegalArgumentException(
          "a line counts from 1, or is 0 for the whole file: " + line);
    }
    if (message.isBlank() || fingerprint.isBlank()) {
      throw new IllegalArgumentException("a finding of `" + rule + "` says nothing");
    }
    controls = List.copyOf(controls);
  }
}
