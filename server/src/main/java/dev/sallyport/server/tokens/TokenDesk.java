package dev.sallyport.server.tokens;

import dev.sallyport.credential.BoundTokens;
import dev.sallyport.credential.Checked;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.credential.CiToken;
import dev.sallyport.credential.Dpop;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.identity.Callers;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.ServerAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/// Exchanges the token of a CI job, once, for a five-minute token bound to the job's own key (RFC
/// 8693, RFC 9449), and checks such tokens when they are presented.
///
/// Both halves keep what was used in the database, so that a copy is refused by every process. A
/// used token is noted before ours is minted: a crash in between costs the job a token, never us a
/// second use.
@Component
public final class TokenDesk {
  private static final Duration MARGIN = Duration.ofMinutes(2);
  private static final int FORGET_EVERY = 256;

  private final Callers callers;
  private final BoundTokens tokens;
  private final UsedStore used;
  private final Ledger ledger;
  private final ServerAddress address;
  private final Clock clock;
  private final SecureRandom random;
  private final AtomicInteger uses = new AtomicInteger();
  private final RefusalWindow refusals = new RefusalWindow();

  TokenDesk(
      Callers callers,
      BoundTokens tokens,
      UsedStore used,
      Ledger ledger,
      ServerAddress address,
      Clock clock,
      SecureRandom random) {
    this.callers = callers;
    this.tokens = tokens;
    this.used = used;
    this.ledger = ledger;
    this.address = address;
    this.clock = clock;
    this.random = random;
  }

  /// Exchanges a CI token, with a proof made for this request, and records it either way.
  public Checked<BoundTokens.Minted> exchange(String ciToken, String proof, String path) {
    Instant now = clock.instant();
    Checked<CiToken> verified = callers.verify(ciToken);
    Checked<BoundTokens.Minted> minted =
        verified.then(token ->
            fresh(proof, path, now)
                .then(holding -> firstUse(token, holding))
                .then(holding -> mint(token, holding, now)));
    if (minted instanceof Checked.Refused<BoundTokens.Minted> refused) {
      recordRefusal(verified, refused, now);
    }
    return minted;
  }

  private Checked<Dpop.Proof> fresh(String proof, String path, Instant now) {
    return Dpop.verify(proof, "POST", address.of(path), null, now).then(this::unseen);
  }

  private Checked<Dpop.Proof> unseen(Dpop.Proof proof) {
    return firstUse(proof.replayId(), proof.freshUntil().plus(MARGIN))
        ? new Checked.Accepted<>(proof)
        : Checked.refused(Reason.REPLAYED, "proof was used before");
  }

  private Checked<Dpop.Proof> firstUse(CiToken token, Dpop.Proof holding) {
    return firstUse(token.replayId(), token.expires().plus(MARGIN))
        ? new Checked.Accepted<>(holding)
        : Checked.refused(Reason.REPLAYED, "token was exchanged before");
  }

  private boolean firstUse(String replayId, Instant until) {
    if (uses.incrementAndGet() % FORGET_EVERY == 0) {
      used.forget(clock.instant());
    }
    return used.first(replayId, until);
  }

  private Checked<BoundTokens.Minted> mint(CiToken token, Dpop.Proof holding, Instant now) {
    String id = randomHex();
    var holder =
        new BoundTokens.Holder(
            token.workload(), token.repository(), token.kind().word(), token.claims());
    BoundTokens.Minted minted = tokens.mint(id, holder, holding.thumbprint(), now);
    var body = new TreeMap<String, Object>(token.claims());
    body.put("issuer", token.issuer());
    body.put("key", holding.thumbprint());
    body.put("salt", randomHex());
    ledger.append(
        new Ledger.Draft(
            EntryType.TOKEN,
            new Actor(Actor.Kind.WORKLOAD, token.workload()),
            "mint",
            new Subject("Token", id),
            "minted",
            CanonicalJson.bytes(body)));
    return new Checked.Accepted<>(minted);
  }

  private void recordRefusal(Checked<CiToken> verified, Checked.Refused<?> refused, Instant now) {
    RefusalWindow.Verdict verdict = refusals.refusalAt(now);
    if (verdict.counted() > 0) {
      record(Actor.UNKNOWN, "several", verdict.counted() + " more refusals before this one");
    }
    if (verdict.recorded()) {
      Actor actor =
          switch (verified) {
            case Checked.Accepted<CiToken>(CiToken token) ->
                new Actor(Actor.Kind.WORKLOAD, token.workload());
            case Checked.Refused<CiToken> _ -> Actor.UNKNOWN;
          };
      record(actor, refused.reason().word(), refused.detail());
    }
  }

  private void record(Actor actor, String word, String detail) {
    ledger.append(
        new Ledger.Draft(
            EntryType.TOKEN,
            actor,
            "mint",
            new Subject("Token", word),
            "refused",
            CanonicalJson.bytes(Map.of("reason", detail, "salt", randomHex()))));
  }

  /// Checks a token of ours with the proof made for this very request.
  ///
  /// @param path of the resource as we name it, not as the request spelt it
  public Checked<Caller> present(String token, String proof, String method, String path) {
    Instant now = clock.instant();
    return Dpop.verify(proof, method, address.of(path), token, now)
        .then(checked -> tokens.verify(token, checked, now).then(one -> unseen(checked, one)))
        .then(TokenDesk::caller);
  }

  /// The proof is noted last: only a proof that comes with its token takes room in the database.
  private Checked<BoundTokens.Presented> unseen(Dpop.Proof proof, BoundTokens.Presented one) {
    return unseen(proof).then(_ -> new Checked.Accepted<>(one));
  }

  private static Checked<Caller> caller(BoundTokens.Presented presented) {
    BoundTokens.Holder holder = presented.holder();
    return new Checked.Accepted<>(
        new Caller.Workload(holder.workload(), holder.repository(), holder.claims()));
  }

  private String randomHex() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
