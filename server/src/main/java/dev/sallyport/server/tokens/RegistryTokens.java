package dev.sallyport.server.tokens;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Tokens for the door in front of a registry. Registry clients can show a password and nothing
/// else, so that these are bearer tokens: the exception (architecture, section 5) that is scoped to
/// one repository, lives five minutes, and says `bearer` in its entry.
@Component
public final class RegistryTokens {
  /// How long one lives.
  public static final Duration LIFETIME = Duration.ofMinutes(5);

  /// What one may be for.
  public static final Set<String> ACTIONS = Set.of("pull", "push");

  private static final JsonMapper JSON = new JsonMapper();
  private static final int TOKEN_BYTES = 32;
  private static final int MAX_TOKEN_CHARS = 64;

  private final RegistryTokenStore store;
  private final MintedStore minted;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;

  RegistryTokens(
      RegistryTokenStore store,
      MintedStore minted,
      Ledger ledger,
      Clock clock,
      SecureRandom random) {
    this.store = store;
    this.minted = minted;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
  }

  /// A fresh token. Never in a text but where it is handed out.
  public record Fresh(String token, Instant expires) {
    /// When it ends; never the token.
    @Override
    public String toString() {
      return "registry token until " + expires;
    }
  }

  /// Whose token was shown, and for what it is good.
  ///
  /// @param repository the OCI repository
  /// @param actions `pull`, `push` or both
  public record Held(String id, String repository, Set<String> actions, Caller.Workload caller) {
    /// Copies the set.
    public Held {
      actions = Set.copyOf(actions);
    }
  }

  /// Mints one for a run: in the ledger first, then noted, then handed out.
  ///
  /// @param warrant to mint for the run's own repository
  /// @param repository the OCI repository
  /// @throws IllegalArgumentException if the caller is no run with a key of its own
  public Fresh mint(Warrant warrant, String repository, Set<String> actions) {
    if (!(warrant.caller() instanceof Caller.Workload workload)) {
      throw new IllegalArgumentException("only a run is given a registry token");
    }
    warrant.require(Action.MINT, new EntityRef("Repository", workload.repository()));
    String key = workload.seen().key();
    if (key == null || actions.isEmpty() || !ACTIONS.containsAll(actions)) {
      throw new IllegalArgumentException("wanted a bound token, and `pull` or `push` or both");
    }
    Instant expires = Instant.ofEpochSecond(clock.instant().plus(LIFETIME).getEpochSecond());
    String id = HexFormat.of().formatHex(bytes(16));
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(TOKEN_BYTES));
    String words = String.join(",", new TreeSet<>(actions));
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Token", id));
    workload.run().ifPresent(run -> subjects.add(new Subject("Run", run)));
    subjects.add(new Subject("Key", key));
    var body = new TreeMap<String, Object>();
    body.put("bearer", true);
    body.put("registry", repository);
    body.put("actions", words);
    body.put("ruling", warrant.recorded().index());
    body.put("salt", HexFormat.of().formatHex(bytes(16)));
    ledger.append(
        new Ledger.Draft(
            EntryType.TOKEN,
            workload.actor(),
            "mint",
            subjects,
            "minted",
            new Digest(warrant.allow().policyDigest()),
            List.of(),
            null,
            null,
            CanonicalJson.bytes(body)));
    store.forget(clock.instant());
    minted.minted(id, workload.id(), workload.run().orElse(null), key, expires);
    store.minted(
        Digest.of(token),
        new RegistryTokenStore.Row(
            id,
            repository,
            words,
            workload.id(),
            workload.repository(),
            new String(CanonicalJson.bytes(workload.claims()), StandardCharsets.UTF_8),
            key),
        expires);
    return new Fresh(token, expires);
  }

  /// Whose a token is; empty where it is none of ours, over, or revoked.
  ///
  /// @param remote where it came from, as our own socket sees it
  public Optional<Held> present(String token, String remote) {
    if (token.isEmpty() || token.length() > MAX_TOKEN_CHARS) {
      return Optional.empty();
    }
    // Looked up by its digest: how long that takes says nothing of the token.
    return store
        .find(Digest.of(token), clock.instant())
        .filter(row -> minted.counts(row.id()))
        .map(row -> held(row, remote));
  }

  private static Held held(RegistryTokenStore.Row row, String remote) {
    Map<String, String> claims = JSON.readValue(row.claims(), new TypeReference<>() {});
    return new Held(
        row.id(),
        row.repository(),
        Set.of(row.actions().split(",")),
        new Caller.Workload(
            row.workload(),
            row.source(),
            claims,
            new Caller.Seen(row.thumbprint(), row.id(), remote)));
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
