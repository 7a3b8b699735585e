package dev.sallyport.server.tokens;

import dev.sallyport.credential.BoundTokens;
import dev.sallyport.credential.Checked;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.credential.CiToken;
import dev.sallyport.credential.Dpop;
import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.identity.Callers;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.ServerAddress;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.StandingUnknownException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
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
  private static final int MOST_LIVING = 1000;

  private final Callers callers;
  private final BoundTokens tokens;
  private final UsedStore used;
  private final MintedStore minted;
  private final OperatorKey operator;
  private final Standing standing;
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
      MintedStore minted,
      OperatorKey operator,
      Standing standing,
      Ledger ledger,
      ServerAddress address,
      Clock clock,
      SecureRandom random) {
    this.callers = callers;
    this.tokens = tokens;
    this.used = used;
    this.minted = minted;
    this.operator = operator;
    this.standing = standing;
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
                .then(holding -> free(token, holding))
                .then(holding -> mint(token, holding, now)));
    if (minted instanceof Checked.Refused<BoundTokens.Minted> refused) {
      recordRefusal(refusedActor(verified), refused, now);
    }
    return minted;
  }

  /// Mints a token for the owner of the server's folder, with a proof made for this request, and
  /// records it either way.
  public Checked<BoundTokens.Minted> exchangeOwner(String assertion, String proof, String path) {
    Instant now = clock.instant();
    Checked<OwnerAssertion.Holds> verified =
        OwnerAssertion.verify(assertion, operator.key(), address.of(path), now);
    Checked<BoundTokens.Minted> minted =
        verified.then(owner ->
            fresh(proof, path, now)
                .then(holding ->
                    firstUse(owner.replayId(), owner.expires().plus(MARGIN))
                        ? new Checked.Accepted<>(holding)
                        : Checked.refused(Reason.REPLAYED, "assertion was used before"))
                .then(holding -> mint(owner, holding, now)));
    if (minted instanceof Checked.Refused<BoundTokens.Minted> refused) {
      recordRefusal(refusedActor(Actor.UNKNOWN, verified), refused, now);
    }
    return minted;
  }

  private static Actor refusedActor(Actor otherwise, Checked<OwnerAssertion.Holds> verified) {
    return verified instanceof Checked.Accepted<OwnerAssertion.Holds>(OwnerAssertion.Holds owner)
        ? new Actor(Actor.Kind.PERSON, owner.person())
        : otherwise;
  }

  private Checked<BoundTokens.Minted> mint(
      OwnerAssertion.Holds owner, Dpop.Proof holding, Instant now) {
    var holder =
        new BoundTokens.Holder(owner.person(), "", BoundTokens.PERSON, Map.of("owner", "true"));
    return mint(holder, new Actor(Actor.Kind.PERSON, owner.person()), null, Map.of(), holding, now);
  }

  /// Checks a proof made for this very `POST`, without a token: whoever made it holds the key of
  /// this thumbprint. For what the key alone may do, when its token is over.
  public Checked<String> holds(String proof, String path) {
    return fresh(proof, path, clock.instant())
        .then(holding -> new Checked.Accepted<>(holding.thumbprint()));
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

  /// A run on hold gets no new token for those that were revoked.
  private Checked<Dpop.Proof> free(CiToken token, Dpop.Proof holding) {
    var caller =
        new Caller.Workload(
            token.workload(),
            token.repository(),
            token.claims(),
            new Caller.Seen(holding.thumbprint(), null, null));
    var things = new ArrayList<EntityRef>();
    things.add(new EntityRef("Workload", caller.id()));
    things.add(new EntityRef("Repository", caller.repository()));
    things.add(new EntityRef("Key", holding.thumbprint()));
    caller.run().ifPresent(run -> things.add(new EntityRef("Run", run)));
    caller.runner().ifPresent(runner -> things.add(new EntityRef("Runner", runner)));
    caller.startedBy().ifPresent(person -> things.add(new EntityRef("Person", person)));
    try {
      return standing.on(things).stream()
          .findFirst()
          .<Checked<Dpop.Proof>>map(hold ->
              Checked.refused(
                  Reason.HELD, hold.on().type().toLowerCase(Locale.ROOT) + " is on hold"))
          .orElseGet(() -> new Checked.Accepted<>(holding));
    } catch (StandingUnknownException e) {
      return Checked.refused(Reason.HELD, "how things stand is not known now");
    }
  }

  private boolean firstUse(String replayId, Instant until) {
    if (uses.incrementAndGet() % FORGET_EVERY == 0) {
      used.forget(clock.instant());
      minted.forget(clock.instant());
    }
    return used.first(replayId, until);
  }

  private Checked<BoundTokens.Minted> mint(CiToken token, Dpop.Proof holding, Instant now) {
    var holder =
        new BoundTokens.Holder(
            token.workload(), token.repository(), token.kind().word(), token.claims());
    String number = token.claims().get("run");
    var claims = new TreeMap<String, String>(token.claims());
    claims.put("issuer", token.issuer());
    return mint(
        holder,
        new Actor(Actor.Kind.WORKLOAD, token.workload()),
        number == null ? null : token.repository() + "/" + number,
        claims,
        holding,
        now);
  }

  /// In the ledger first, then noted, then handed out.
  private Checked<BoundTokens.Minted> mint(
      BoundTokens.Holder holder,
      Actor actor,
      @Nullable String run,
      Map<String, String> claims,
      Dpop.Proof holding,
      Instant now) {
    String id = randomHex();
    BoundTokens.Minted fresh = tokens.mint(id, holder, holding.thumbprint(), now);
    var body = new TreeMap<String, Object>(claims);
    body.put("key", holding.thumbprint());
    body.put("salt", randomHex());
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Token", id));
    if (run != null) {
      subjects.add(new Subject("Run", run));
    }
    subjects.add(new Subject("Key", holding.thumbprint()));
    ledger.append(
        new Ledger.Draft(
            EntryType.TOKEN,
            actor,
            "mint",
            subjects,
            "minted",
            null,
            List.of(),
            null,
            null,
            CanonicalJson.bytes(body)));
    minted.minted(id, holder.workload(), run, holding.thumbprint(), fresh.expires());
    return new Checked.Accepted<>(fresh);
  }

  private static Actor refusedActor(Checked<CiToken> verified) {
    return switch (verified) {
      case Checked.Accepted<CiToken>(CiToken token) ->
          new Actor(Actor.Kind.WORKLOAD, token.workload());
      case Checked.Refused<CiToken> _ -> Actor.UNKNOWN;
    };
  }

  private void recordRefusal(Actor actor, Checked.Refused<?> refused, Instant now) {
    RefusalWindow.Verdict verdict = refusals.refusalAt(now);
    if (verdict.counted() > 0) {
      record(Actor.UNKNOWN, "several", verdict.counted() + " more refusals before this one");
    }
    if (verdict.recorded()) {
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
  /// @param remote where it came from, as our own socket sees it
  public Checked<Caller> present(
      String token, String proof, String method, String path, String remote) {
    Instant now = clock.instant();
    return Dpop.verify(proof, method, address.of(path), token, now)
        .then(checked -> tokens.verify(token, checked, now).then(one -> unseen(checked, one)))
        .then(this::unrevoked)
        .then(one -> caller(one, remote));
  }

  /// The proof is noted last: only a proof that comes with its token takes room in the database.
  private Checked<BoundTokens.Presented> unseen(Dpop.Proof proof, BoundTokens.Presented one) {
    return unseen(proof).then(_ -> new Checked.Accepted<>(one));
  }

  private Checked<BoundTokens.Presented> unrevoked(BoundTokens.Presented one) {
    return minted.counts(one.id())
        ? new Checked.Accepted<>(one)
        : Checked.refused(Reason.REVOKED, "token was revoked");
  }

  private static Checked<Caller> caller(BoundTokens.Presented presented, String remote) {
    BoundTokens.Holder holder = presented.holder();
    var seen = new Caller.Seen(presented.thumbprint(), presented.id(), remote);
    return new Checked.Accepted<>(
        holder.kind().equals(BoundTokens.PERSON)
            ? new Caller.Person(
                holder.workload(), "true".equals(holder.claims().get("owner")), null, seen)
            : new Caller.Workload(holder.workload(), holder.repository(), holder.claims(), seen));
  }

  /// Tokens of a run, or of the key of this thumbprint, that have not ended.
  public List<String> living(@Nullable String run, @Nullable String thumbprint) {
    return minted.living(
        run == null ? "" : run, thumbprint == null ? "" : thumbprint, clock.instant(), MOST_LIVING);
  }

  /// Revokes a token: from now on it is refused wherever it is shown.
  public void revoke(Ruling.Allow allow, Actor by, String id) {
    ledger.append(
        new Ledger.Draft(
            EntryType.TOKEN,
            by,
            "revoke",
            List.of(new Subject("Token", id)),
            "revoked",
            new Digest(allow.policyDigest()),
            List.of(),
            null,
            Digest.of("revoke token\n" + id),
            null));
    minted.revoke(id);
  }

  /// Whether a token would still be taken, by the same look that every request goes through: for
  /// whoever revoked it and wants to see it dead.
  public boolean isTaken(String id) {
    return minted.counts(id);
  }

  private String randomHex() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
