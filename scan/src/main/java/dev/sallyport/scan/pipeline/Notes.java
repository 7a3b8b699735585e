package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Fingerprint;
import dev.sallyport.scan.Kind;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Severity;
import dev.sallyport.scan.TextFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Collects what is found in one file and gives each finding its identity: the rule, the file, the
/// place by name (`job.step`), the statement without its blanks, and a number among equals. No line
/// number enters.
final class Notes {
  private static final int MOST = 2000;

  private final TextFile file;
  private final String[] lines;
  private final List<Finding> findings = new ArrayList<>();
  private final List<NotChecked> gaps = new ArrayList<>();
  private final Map<String, Integer> equals = new HashMap<>();

  Notes(TextFile file) {
    this.file = file;
    this.lines = new String(file.bytes(), StandardCharsets.UTF_8).split("\n", -1);
  }

  /// What a rule says wherever it applies.
  record Rule(String name, String fix, List<String> controls) {
    Rule {
      controls = List.copyOf(controls);
    }

    static Rule of(String name, String fix, String... controls) {
      return new Rule("pipeline/" + name, fix, List.of(controls));
    }
  }

  void add(Rule rule, Severity severity, int line, String place, String statement, String message) {
    add(rule, severity, line, place, statement, message, rule.fix);
  }

  void add(
      Rule rule,
      Severity severity,
      int line,
      String place,
      String statement,
      String message,
      String fix) {
    if (findings.size() >= MOST) {
      gap("the reading stopped after " + MOST + " findings");
      return;
    }
    String identity =
        Fingerprint.of(rule.name, file.path(), place, statement.replaceAll("\\s+", " ").strip());
    int ordinal = equals.merge(identity, 1, Integer::sum);
    String fingerprint =
        ordinal == 1 ? identity : Fingerprint.of(rule.name, identity, Integer.toString(ordinal));
    findings.add(
        new Finding(
            rule.name,
            Kind.PIPELINE,
            severity,
            file.path(),
            Math.max(1, line),
            message,
            fingerprint,
            fix,
            file.commit(),
            rule.controls));
  }

  void gap(String why) {
    gaps.add(new NotChecked(file.path(), why));
  }

  /// The line at or after `from` that holds `text`, whatever style its scalar is written in; `from`
  /// where none does.
  int lineHolding(String text, int from) {
    String first = text.lines().findFirst().orElse("").strip();
    if (!first.isEmpty()) {
      for (int i = Math.max(0, from - 1); i < Math.min(lines.length, from + 500); i++) {
        if (lines[i].contains(first)) {
          return i + 1;
        }
      }
    }
    return from;
  }

  Report report() {
    return new Report(findings, List.of(), gaps);
  }
}
