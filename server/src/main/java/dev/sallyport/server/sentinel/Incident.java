package dev.sallyport.server.sentinel;

import dev.sallyport.detect.Severity;
import dev.sallyport.gate.EntityRef;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Findings about one matter, from the first until a person closes it.
///
/// @param matter what it is about: a run where there is one, else a principal, host or key
/// @param title what the first finding says
/// @param entry the entry that opened it
/// @param closed null while it is open
public record Incident(
    String id,
    EntityRef matter,
    Severity severity,
    String title,
    Instant opened,
    long entry,
    Instant grown,
    @Nullable Instant closed,
    @Nullable String closedBy) {

  /// A finding as it stands in the ledger.
  ///
  /// @param evidence indices of the entries that show it
  public record Found(
      String id,
      long entry,
      String rule,
      Severity severity,
      Instant time,
      String text,
      List<Long> evidence) {
    public Found {
      evidence = List.copyOf(evidence);
    }
  }

  /// An incident with everything that belongs to it.
  public record Whole(Incident incident, List<Found> findings, List<EntityRef> things) {
    public Whole {
      findings = List.copyOf(findings);
      things = List.copyOf(things);
    }
  }
}
