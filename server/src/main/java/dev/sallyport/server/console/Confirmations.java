package dev.sallyport.server.console;

import dev.sallyport.credential.Checked;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.identity.Passkey;
import dev.sallyport.server.identity.Passkeys;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Has a person confirm one act by his passkey, and has him enrol one.
///
/// What is to be confirmed is the purpose, in words that name all of it; the form that asks carries
/// the options for the browser, and what comes back counts for that purpose alone.
@Component
final class Confirmations {
  /// The form's member with what the authenticator answered.
  static final String CREDENTIAL = "credential";

  private static final String ENROL = "enrol a passkey";
  private static final Duration SOON = Duration.ofMinutes(10);

  private final Passkeys passkeys;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;

  Confirmations(Passkeys passkeys, Ledger ledger, Clock clock, SecureRandom random) {
    this.passkeys = passkeys;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
  }

  /// The person's passkeys.
  List<Passkey> of(Session session) {
    return passkeys.of(session.person());
  }

  /// Whether this page stands where a browser lets passkeys be used.
  boolean possible(HttpServletRequest request) {
    return party(request).isPresent();
  }

  private Optional<String> party(HttpServletRequest request) {
    String host = request.getHeader("Host");
    return host == null ? Optional.empty() : passkeys.relyingParty(host);
  }

  /// Options for `navigator.credentials.get`, as JSON; empty where the person has no passkey or the
  /// page stands in the wrong place.
  Optional<String> ask(Session session, HttpServletRequest request, String purpose) {
    List<Map<String, Object>> known =
        of(session).stream()
            .<Map<String, Object>>map(one -> Map.of("type", "public-key", "id", one.id()))
            .toList();
    return party(request)
        .filter(_ -> !known.isEmpty())
        .map(party ->
            json(
                Map.of(
                    "challenge",
                    passkeys.challenge(session.person(), session.id(), purpose),
                    "rpId",
                    party,
                    "allowCredentials",
                    known,
                    "userVerification",
                    "required",
                    "timeout",
                    Passkeys.CHALLENGE_LIFETIME.toMillis())));
  }

  /// The person as confirmed for `purpose` by what the form carries, or why not; recorded either
  /// way.
  Checked<Caller.Person> confirmed(Session session, HttpServletRequest request, String purpose) {
    String credential = request.getParameter(CREDENTIAL);
    Checked<Instant> shown =
        party(request)
            .filter(_ -> credential != null && !credential.isEmpty())
            .map(party ->
                passkeys.show(
                    session.person(), session.id(), purpose, String.valueOf(credential), party))
            .orElseGet(() -> Checked.refused(Reason.CLAIMS, "no passkey was shown"));
    record(session, "showPasskey", shown, "shown", purpose);
    return shown.then(at ->
        new Checked.Accepted<>(
            new Caller.Person(
                session.person(),
                false,
                at,
                new Caller.Seen(null, null, request.getRemoteAddr()))));
  }

  /// Whether a passkey may be enrolled in this session: soon after the one-time code.
  boolean mayEnrol(Session session) {
    return clock.instant().isBefore(session.since().plus(SOON));
  }

  /// Options for `navigator.credentials.create`, as JSON; empty where that cannot be now.
  Optional<String> askToEnrol(Session session, HttpServletRequest request) {
    List<Map<String, Object>> known =
        of(session).stream()
            .<Map<String, Object>>map(one -> Map.of("type", "public-key", "id", one.id()))
            .toList();
    String user =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(session.person().getBytes(StandardCharsets.UTF_8));
    return party(request)
        .filter(_ -> mayEnrol(session))
        .map(party ->
            json(
                Map.of(
                    "challenge",
                    passkeys.challenge(session.person(), session.id(), ENROL),
                    "rp",
                    Map.of("id", party, "name", "Sallyport"),
                    "user",
                    Map.of("id", user, "name", session.person(), "displayName", session.person()),
                    "pubKeyCredParams",
                    List.of(algorithm(-7), algorithm(-8), algorithm(-257)),
                    "excludeCredentials",
                    known,
                    "authenticatorSelection",
                    Map.of("userVerification", "required", "residentKey", "preferred"),
                    "attestation",
                    "none",
                    "timeout",
                    Passkeys.CHALLENGE_LIFETIME.toMillis())));
  }

  private static Map<String, Object> algorithm(int number) {
    return Map.of("type", "public-key", "alg", number);
  }

  /// Enrols what the form carries; recorded either way.
  Checked<Passkey> enrol(Session session, HttpServletRequest request) {
    String credential = request.getParameter(CREDENTIAL);
    Checked<Passkey> enrolled =
        mayEnrol(session)
            ? party(request)
                .filter(_ -> credential != null && !credential.isEmpty())
                .map(party ->
                    passkeys.enrol(
                        session.person(), session.id(), ENROL, String.valueOf(credential), party))
                .orElseGet(() -> Checked.refused(Reason.CLAIMS, "no passkey was made"))
            : Checked.refused(Reason.EXPIRED, "sign in by a new one-time code first");
    record(session, "enrolPasskey", enrolled, "enrolled", ENROL);
    return enrolled;
  }

  private void record(
      Session session, String action, Checked<?> checked, String outcome, String purpose) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    boolean good = checked instanceof Checked.Accepted<?>;
    String reason = checked instanceof Checked.Refused<?> refused ? refused.detail() : "";
    ledger.append(
        new Ledger.Draft(
            EntryType.SIGN_IN,
            new Actor(Actor.Kind.PERSON, session.person()),
            action,
            new Subject("Service", "console"),
            good ? outcome : "refused",
            CanonicalJson.bytes(
                Map.of(
                    "how",
                    "passkey",
                    "purpose",
                    purpose,
                    "reason",
                    reason,
                    "salt",
                    HexFormat.of().formatHex(salt)))));
  }

  private static String json(Map<String, Object> options) {
    return new String(CanonicalJson.bytes(options), StandardCharsets.UTF_8);
  }
}
