package dev.sallyport.server.ledger;

import java.util.List;
import java.util.stream.Collectors;

/// What is stored is not what was recorded: the ledger does not open.
public final class LedgerTamperedException extends LedgerException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 10;

  private final transient List<Finding> findings;

  LedgerTamperedException(List<Finding> findings) {
    super(
        "the ledger was changed behind our back: "
            + findings.stream()
                .limit(SHOWN)
                .map(Finding::toString)
                .collect(Collectors.joining("; ")));
    this.findings = List.copyOf(findings);
  }

  /// Every place that is wrong.
  public List<Finding> findings() {
    return findings;
  }
}
