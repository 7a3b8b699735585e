package dev.sallyport.server.decisions;

import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Which policies decide, how often and when last; and which never did. The log is read on when
/// somebody looks, never in the way of an answer.
///
/// A policy decides when it held and the ruling was its: the permits of an allow, the forbids of a
/// refusal, whatever could not be evaluated. A permit that did not hold decides nothing.
@Component
public final class Hits {
  private static final JsonMapper JSON = new JsonMapper();

  /// Most entries read for one look, in pages of the ledger; a log that is further ahead is caught
  /// up with look by look.
  private static final int PAGES = 64;

  private static final int MAX_ID = 512;
  private static final int MOST = 50_000;

  private final HitStore store;
  private final Ledger ledger;

  Hits(HitStore store, Ledger ledger) {
    this.store = store;
    this.ledger = ledger;
  }

  /// What a policy did in a decision.
  enum Verdict {
    ALLOWED("allowed"),
    REFUSED("refused"),
    UNCLEAR("unclear"),
    SHADOW("shadow");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }

    static Verdict of(String word) {
      for (Verdict verdict : values()) {
        if (verdict.word.equals(word)) {
          return verdict;
        }
      }
      throw new IllegalStateException("no verdict `" + word + "`");
    }
  }

  /// What one policy did with the text that it has, and with other texts before.
  ///
  /// @param allowed how often it let through
  /// @param refused how often it refused
  /// @param unclear how often it could not be evaluated, or hung on what nobody checked
  /// @param shadow how often it would have taken part, had it counted
  /// @param before how often it did anything with another text
  /// @param last when it did anything last with this text; null where never
  /// @param lastEntry that entry; -1 where never
  public record Hit(
      String id,
      boolean forbids,
      long allowed,
      long refused,
      long unclear,
      long shadow,
      long before,
      @Nullable Instant last,
      long lastEntry) {
    /// Whether it never did anything with this text.
    public boolean never() {
      return last == null;
    }

    private Hit and(HitStore.Count count, boolean sameText) {
      if (!sameText) {
        return new Hit(
            id, forbids, allowed, refused, unclear, shadow, before + count.hits(), last, lastEntry);
      }
      boolean newer = count.lastEntry() > lastEntry;
      return new Hit(
          id,
          forbids,
          allowed + (count.verdict() == Verdict.ALLOWED ? count.hits() : 0),
          refused + (count.verdict() == Verdict.REFUSED ? count.hits() : 0),
          unclear + (count.verdict() == Verdict.UNCLEAR ? count.hits() : 0),
          shadow + (count.verdict() == Verdict.SHADOW ? count.hits() : 0),
          before,
          newer ? count.last() : last,
          newer ? count.lastEntry() : lastEntry);
    }
  }

  /// What all policies did.
  ///
  /// @param readTo the first entry that was not read yet
  /// @param treeSize how many there are
  public record Seen(List<Hit> policies, long readTo, long treeSize) {
    public Seen {
      policies = List.copyOf(policies);
    }
  }

  /// Reads on, and says what the policies of `policy` did.
  public Seen of(PolicySnapshot policy) {
    long readTo = catchUp();
    var hits = new TreeMap<String, Hit>();
    policy
        .policies()
        .forEach(
            one -> hits.put(one.id(), new Hit(one.id(), one.forbids(), 0, 0, 0, 0, 0, null, -1)));
    var texts = new TreeMap<String, String>();
    policy.policies().forEach(one -> texts.put(one.id(), one.digest()));
    for (HitStore.Count count : store.all(MOST)) {
      hits.computeIfPresent(
          count.policy(), (id, hit) -> hit.and(count, count.text().equals(texts.get(id))));
    }
    return new Seen(List.copyOf(hits.values()), readTo, ledger.head().size());
  }

  private long catchUp() {
    long next = store.next();
    for (int page = 0; page < PAGES; page++) {
      List<Ledger.Recorded> read = ledger.entries(next, Ledger.MAX_PAGE);
      if (read.isEmpty()) {
        return next;
      }
      long to = read.getLast().index() + 1;
      store.add(next, to, read.stream().flatMap(one -> seen(one).stream()).toList());
      next = store.next();
    }
    return next;
  }

  private List<HitStore.Seen> seen(Ledger.Recorded recorded) {
    Digest body = recorded.entry().body();
    boolean ruling =
        switch (recorded.entry().type()) {
          case DECISION, EVIDENCE -> true;
          default -> false;
        };
    if (!ruling || body == null) {
      return List.of();
    }
    return ledger
        .body(body)
        .map(bytes ->
            seen(recorded, JSON.readValue(bytes, new TypeReference<Map<String, Object>>() {})))
        .orElse(List.of());
  }

  private static List<HitStore.Seen> seen(Ledger.Recorded recorded, Map<String, Object> body) {
    var seen = new ArrayList<HitStore.Seen>();
    String outcome = recorded.entry().outcome();
    for (Map<?, ?> policy : objects(body.get("policies"))) {
      boolean forbids = "forbid".equals(policy.get("effect"));
      Verdict verdict =
          outcome.equals(Ruling.Outcome.ALLOWED.word())
              ? Verdict.ALLOWED
              : outcome.equals(Ruling.Outcome.FORBIDDEN.word()) && forbids
                  ? Verdict.REFUSED
                  : outcome.equals(Ruling.Outcome.COULD_NOT_EVALUATE.word()) && forbids
                      ? Verdict.UNCLEAR
                      : null;
      add(seen, policy, verdict, recorded);
    }
    for (Map<?, ?> policy : objects(body.get("shadow"))) {
      add(seen, policy, Verdict.SHADOW, recorded);
    }
    return seen;
  }

  private static void add(
      List<HitStore.Seen> seen,
      Map<?, ?> policy,
      @Nullable Verdict verdict,
      Ledger.Recorded recorded) {
    if (verdict != null && policy.get("id") instanceof String id && id.length() <= MAX_ID) {
      String text = policy.get("digest") instanceof String digest ? digest : "";
      seen.add(new HitStore.Seen(id, text, verdict, recorded.entry().time(), recorded.index()));
    }
  }

  private static List<Map<?, ?>> objects(@Nullable Object value) {
    var objects = new ArrayList<Map<?, ?>>();
    if (value instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof Map<?, ?> map) {
          objects.add(map);
        }
      }
    }
    return objects;
  }
}
