package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Deploy tickets: what a ruling to deploy is worth to the agent of a host.
///
/// A ticket is a JWT of a type of its own (RFC 8725 section 3.11), ES256, good for five minutes,
/// for one artifact by digest, one service, one environment, and started only by the key in
/// `cnf.jkt` (RFC 7800). That it counts once is for whoever redeems it to keep: [Ticket#id].
public final class BoundTickets {
  /// How long a ticket lives.
  public static final Duration LIFETIME = Duration.ofMinutes(5);

  private static final String TYPE = "sallyport-ticket+jwt";
  private static final String AUDIENCE = "sallyport:agents";
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Pattern THUMBPRINT = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Set<String> CLAIMS =
      Set.of(
          "iss",
          "aud",
          "sub",
          "jti",
          "iat",
          "exp",
          "cnf",
          "kind",
          "artifact",
          "service",
          "environment",
          "ruling");
  private static final int MAX_TEXT = 256;

  private final SigningKey key;
  private final ECKey publicKey;
  private final String issuer;

  /// Issues and checks as `issuer`.
  public BoundTickets(SigningKey key, String issuer) {
    this.key = key;
    this.publicKey = Dpop.publicKey(key);
    this.issuer = issuer;
  }

  /// What a ticket lets happen.
  public enum Kind {
    /// A release goes out.
    DEPLOY("deploy"),
    /// An earlier release comes back.
    ROLLBACK("rollback");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /// How it is spelt in tickets, entries and answers.
    public String word() {
      return word;
    }

    /// The kind of this word.
    public static Optional<Kind> of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  /// One ticket.
  ///
  /// @param id unique, random: counts once
  /// @param caller who asked for it
  /// @param thumbprint of the key that may start it (RFC 7638)
  /// @param artifact `sha256:` and 64 hex digits, never a tag
  /// @param ruling the index of the ledger's entry that allowed it
  /// @param expires in whole seconds
  public record Ticket(
      String id,
      String caller,
      String thumbprint,
      Kind kind,
      String artifact,
      String service,
      String environment,
      long ruling,
      Instant expires) {
    public Ticket {
      if (!DIGEST.matcher(artifact).matches()) {
        throw new IllegalArgumentException("a ticket is for a digest, never for a tag");
      }
      if (!THUMBPRINT.matcher(thumbprint).matches()) {
        throw new IllegalArgumentException("a ticket is bound to a key by its thumbprint");
      }
      if (ruling < 0 || !expires.equals(expires.truncatedTo(ChronoUnit.SECONDS))) {
        throw new IllegalArgumentException("a ticket names its ruling and a whole second");
      }
      checkText(id);
      checkText(caller);
      checkText(service);
      checkText(environment);
    }

    private static void checkText(String text) {
      if (text.isEmpty() || text.length() > MAX_TEXT) {
        throw new IllegalArgumentException(
            "a ticket's claims have 1 to " + MAX_TEXT + " characters");
      }
    }
  }

  /// When a ticket issued now ends.
  public static Instant endOf(Instant now) {
    return Instant.ofEpochSecond(now.plus(LIFETIME).getEpochSecond());
  }

  /// Writes a ticket; equal tickets carry equal claims, so that it can be written again after a
  /// crash.
  public String sign(Ticket ticket) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", TYPE);
    header.put("alg", "ES256");
    header.put("kid", Dpop.thumbprint(publicKey));
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", issuer);
    claims.put("aud", AUDIENCE);
    claims.put("sub", ticket.caller());
    claims.put("jti", ticket.id());
    claims.put("iat", ticket.expires().minus(LIFETIME).getEpochSecond());
    claims.put("exp", ticket.expires().getEpochSecond());
    claims.put("cnf", Map.of("jkt", ticket.thumbprint()));
    claims.put("kind", ticket.kind().word());
    claims.put("artifact", ticket.artifact());
    claims.put("service", ticket.service());
    claims.put("environment", ticket.environment());
    claims.put("ruling", ticket.ruling());
    return Dpop.sign(header, claims, key);
  }

  /// Checks a ticket that somebody presents: ours, unchanged, in time. Whether it was used, taken
  /// back or is for this machine is for the caller to say.
  public Checked<Ticket> verify(String text, Instant now) {
    return authentic(text).then(ticket -> inTime(ticket, now));
  }

  /// The thumbprint of our own key, for tickets that we start ourselves.
  public String ownThumbprint() {
    return Dpop.thumbprint(publicKey);
  }

  private static Checked<Ticket> inTime(Ticket ticket, Instant now) {
    if (!now.isBefore(ticket.expires())) {
      return Checked.refused(Reason.EXPIRED, "ticket has expired");
    }
    if (ticket.expires().isAfter(now.plus(LIFETIME).plus(TokenVerifier.SKEW))) {
      return Checked.refused(Reason.NOT_YET_VALID, "ticket was issued in the future");
    }
    return new Checked.Accepted<>(ticket);
  }

  /// Checks all of a ticket but its time: for one that was taken in time and is shown again.
  public Checked<Ticket> authentic(String text) {
    Optional<Jws> parsed = Jws.parse(text);
    if (parsed.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "ticket is not a signed JWT");
    }
    Jws jws = parsed.get();
    if (!jws.headerText("typ").equals(Optional.of(TYPE))
        || !jws.headerText("alg").equals(Optional.of("ES256"))
        || !Set.of("typ", "alg", "kid").containsAll(jws.header().keySet())) {
      return Checked.refused(Reason.ALGORITHM, "this is not one of our tickets");
    }
    if (!isSignedByUs(jws)) {
      return Checked.refused(Reason.SIGNATURE, "ticket is not signed by us");
    }
    if (!issuer.equals(jws.payload().get("iss")) || !AUDIENCE.equals(jws.payload().get("aud"))) {
      return Checked.refused(Reason.AUDIENCE, "ticket is not for agents of this server");
    }
    Optional<Ticket> ticket = ticket(jws);
    if (ticket.isEmpty()) {
      return Checked.refused(Reason.CLAIMS, "ticket's claims are not those of a ticket");
    }
    return new Checked.Accepted<>(ticket.get());
  }

  private static Optional<Ticket> ticket(Jws jws) {
    if (!jws.payload().keySet().equals(CLAIMS)
        || !(jws.payload().get("cnf") instanceof Map<?, ?> confirmation)
        || !(confirmation.get("jkt") instanceof String thumbprint)
        || confirmation.size() != 1) {
      return Optional.empty();
    }
    Optional<Long> issued = jws.seconds("iat");
    Optional<Long> expires = jws.seconds("exp");
    Optional<Long> ruling = jws.seconds("ruling");
    Optional<Kind> kind = jws.text("kind").flatMap(Kind::of);
    if (issued.isEmpty()
        || expires.isEmpty()
        || ruling.isEmpty()
        || kind.isEmpty()
        || expires.get() - issued.get() != LIFETIME.toSeconds()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Ticket(
              jws.text("jti").orElse(""),
              jws.text("sub").orElse(""),
              thumbprint,
              kind.get(),
              jws.text("artifact").orElse(""),
              jws.text("service").orElse(""),
              jws.text("environment").orElse(""),
              ruling.get(),
              Instant.ofEpochSecond(expires.get())));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isSignedByUs(Jws jws) {
    try {
      return jws.isSignedBy(publicKey.toECPublicKey(), JWSAlgorithm.ES256);
    } catch (JOSEException e) {
      return false;
    }
  }
}
