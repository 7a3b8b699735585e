package dev.sallyport.scan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What a scan saw, what it was asked to allow, and what it did not look at; in a fixed order, so
/// that the same input gives the same report whatever the threads did.
public record Report(
    List<Finding> findings, List<Suppressed> suppressed, List<NotChecked> notChecked) {
  private static final Comparator<Finding> PLACE =
      Comparator.comparing(Finding::path)
          .thenComparingInt(Finding::line)
          .thenComparing(Finding::rule)
          .thenComparing(Finding::fingerprint)
          .thenComparing(finding -> finding.commit() == null ? "" : finding.commit());

  public Report {
    findings = findings.stream().distinct().sorted(PLACE).toList();
    suppressed =
        suppressed.stream()
            .distinct()
            .sorted(Comparator.comparing(Suppressed::finding, PLACE))
            .toList();
    notChecked =
        notChecked.stream()
            .distinct()
            .sorted(Comparator.comparing(NotChecked::what).thenComparing(NotChecked::why))
            .toList();
  }

  /// A report of nothing.
  public static Report empty() {
    return new Report(List.of(), List.of(), List.of());
  }

  /// Both reports as one.
  public Report and(Report other) {
    return new Report(
        joined(findings, other.findings),
        joined(suppressed, other.suppressed),
        joined(notChecked, other.notChecked));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    var all = new ArrayList<T>(first.size() + second.size());
    all.addAll(first);
    all.addAll(second);
    return all;
  }
}
