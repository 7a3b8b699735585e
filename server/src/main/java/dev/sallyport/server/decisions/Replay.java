package dev.sallyport.server.decisions;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Asks a candidate policy what was asked before, and says where it answers otherwise.
///
/// It reads recorded decisions, newest first, and tries the candidate on each case as it was kept:
/// with the facts of then, not of today. Whatever refused besides policy (a hold, or that nobody
/// could say how things stood) refuses here too. A decision whose case was not kept is counted,
/// never guessed; one that stood on a waiver is counted apart, since no policy allowed it.
@Component
public final class Replay {
  /// Most decisions that one play reads.
  public static final int MOST = 100_000;

  /// Most flips that a report lists; it counts all.
  public static final int MOST_FLIPS = 1000;

  /// Most entries that one play looks at for decisions.
  private static final int MOST_ENTRIES = 1_000_000;

  private static final String ALLOWED = Ruling.Outcome.ALLOWED.word();

  private final Ledger ledger;
  private final Clock clock;

  Replay(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /// Which decisions: the newest `last` of those before entry `before` and not older than `since`.
  ///
  /// @param before null for all
  public record Bounds(@Nullable Long before, int last, @Nullable Instant since) {
    public Bounds {
      if (last < 1 || last > MOST) {
        throw new IllegalArgumentException("a replay reads 1 to " + MOST + " decisions");
      }
    }

    /// The newest `last`.
    public static Bounds newest(int last) {
      return new Bounds(null, last, null);
    }
  }

  /// A decision that the candidate takes otherwise.
  ///
  /// @param run the run that asked, where one did
  /// @param opened whether it was a deny and would be an allow; else the other way round
  /// @param was the recorded outcome's word
  /// @param verdict what the candidate says
  /// @param causes the policies that make the difference: those that refuse now, or refused then
  ///   and do not now, or permit what nothing permitted
  public record Flip(
      long index,
      Instant time,
      @Nullable String run,
      boolean opened,
      String was,
      Case asked,
      Rehearsal.Verdict verdict,
      List<String> causes) {
    public Flip {
      causes = List.copyOf(causes);
    }
  }

  /// What came of a play.
  ///
  /// @param candidate the digest of the policy that was tried
  /// @param decisions how many were read
  /// @param notReplayable those of which too little was kept
  /// @param waived those that stood on a waiver
  /// @param opened how many denies would be allows
  /// @param closed how many allows would be denies
  /// @param opens of the opened, how many each policy causes
  /// @param closes the same of the closed
  /// @param flips the newest of them, at most [#MOST_FLIPS]
  /// @param next where to go on with [Bounds#before], where older decisions may be left; else null
  public record Report(
      String candidate,
      long decisions,
      long notReplayable,
      long waived,
      long opened,
      long closed,
      Map<String, Long> opens,
      Map<String, Long> closes,
      List<Flip> flips,
      @Nullable Long next) {
    public Report {
      opens = Map.copyOf(opens);
      closes = Map.copyOf(closes);
      flips = List.copyOf(flips);
    }
  }

  /// Plays `candidate` as it stands today: what is in shadow today does not count.
  public Report play(PolicySnapshot candidate, Bounds bounds) {
    var played = new Played(candidate.at(clock.instant()));
    long size = ledger.head().size();
    Long before = bounds.before();
    long end = before == null ? size : Math.clamp(before, 0, size);
    long floor = Math.max(0, end - MOST_ENTRIES);
    while (end > floor) {
      long from = Math.max(floor, end - Ledger.MAX_PAGE);
      for (Ledger.Recorded recorded : ledger.entries(from, (int) (end - from)).reversed()) {
        if (bounds.since() != null && recorded.entry().time().isBefore(bounds.since())) {
          return played.report(null);
        }
        if (recorded.entry().type() == EntryType.DECISION) {
          played.play(recorded, kept(recorded));
          if (played.decisions == bounds.last()) {
            return played.report(recorded.index() == 0 ? null : recorded.index());
          }
        }
      }
      end = from;
    }
    return played.report(floor == 0 ? null : floor);
  }

  private Optional<Bodies.Kept> kept(Ledger.Recorded recorded) {
    var body = recorded.entry().body();
    return body == null ? Optional.empty() : ledger.body(body).flatMap(Bodies::kept);
  }

  /// One play as it goes on; used by one thread.
  private static final class Played {
    private final PolicySnapshot candidate;
    private final List<Flip> flips = new ArrayList<>();
    private final Map<String, Long> opens = new TreeMap<>();
    private final Map<String, Long> closes = new TreeMap<>();
    private long decisions;
    private long notReplayable;
    private long waived;
    private long opened;
    private long closed;

    Played(PolicySnapshot candidate) {
      this.candidate = candidate;
    }

    void play(Ledger.Recorded recorded, Optional<Bodies.Kept> found) {
      decisions++;
      if (found.isEmpty()) {
        notReplayable++;
        return;
      }
      Bodies.Kept kept = found.get();
      if (kept.waived()) {
        waived++;
        return;
      }
      if (kept.stood()) {
        return;
      }
      String was = recorded.entry().outcome();
      Rehearsal.Verdict verdict = Rehearsal.ask(kept.asked(), candidate);
      if (verdict.allowed() == was.equals(ALLOWED)) {
        return;
      }
      List<String> causes = causes(kept, was, verdict);
      if (verdict.allowed()) {
        opened++;
        causes.forEach(id -> opens.merge(id, 1L, Long::sum));
      } else {
        closed++;
        causes.forEach(id -> closes.merge(id, 1L, Long::sum));
      }
      if (flips.size() < MOST_FLIPS) {
        flips.add(
            new Flip(
                recorded.index(),
                recorded.entry().time(),
                recorded.entry().subject().stream()
                    .filter(thing -> thing.type().equals("Run"))
                    .map(Subject::id)
                    .findFirst()
                    .orElse(null),
                verdict.allowed(),
                was,
                kept.asked(),
                verdict,
                causes));
      }
    }

    /// Of an opening by a forbid that is gone, the forbid is the cause, not the permit that held
    /// all along.
    private static List<String> causes(Bodies.Kept kept, String was, Rehearsal.Verdict verdict) {
      if (!verdict.allowed()) {
        return verdict.policies();
      }
      List<String> forbids =
          kept.policies().stream()
              .filter(policy -> "forbid".equals(policy.get("effect")))
              .map(policy -> String.valueOf(policy.get("id")))
              .toList();
      return was.equals(Ruling.Outcome.NOT_PERMITTED.word()) || forbids.isEmpty()
          ? verdict.policies()
          : forbids;
    }

    Report report(@Nullable Long next) {
      return new Report(
          candidate.digest(),
          decisions,
          notReplayable,
          waived,
          opened,
          closed,
          opens,
          closes,
          flips,
          next);
    }
  }
}
