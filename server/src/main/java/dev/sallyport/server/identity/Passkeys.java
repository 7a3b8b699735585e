package dev.sallyport.server.identity;

import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.attestation.statement.NoneAttestationStatement;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.Challenge;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import com.webauthn4j.verifier.exception.MaliciousCounterValueException;
import com.webauthn4j.verifier.exception.VerificationException;
import dev.sallyport.credential.Checked;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.ServerAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Passkeys (W3C Web Authentication, level 3): enrolled once, shown for one purpose at a time.
///
/// A challenge is the hash of a fresh random text, the person and the **purpose**, so that what the
/// authenticator signs says what it was shown for; it counts once, for five minutes, in the session
/// that asked. User verification is demanded always: a touch alone is no second factor. A counter
/// that does not grow is refused, but for synced passkeys, which always say 0.
@Component
public final class Passkeys {
  /// How long a challenge counts.
  public static final Duration CHALLENGE_LIFETIME = Duration.ofMinutes(5);

  private static final int MOST = 20;
  private static final int MAX_JSON_CHARS = 32 * 1024;
  private static final List<PublicKeyCredentialParameters> ALGORITHMS =
      List.of(
          new PublicKeyCredentialParameters(
              PublicKeyCredentialType.PUBLIC_KEY, COSEAlgorithmIdentifier.ES256),
          new PublicKeyCredentialParameters(
              PublicKeyCredentialType.PUBLIC_KEY, COSEAlgorithmIdentifier.EdDSA),
          new PublicKeyCredentialParameters(
              PublicKeyCredentialType.PUBLIC_KEY, COSEAlgorithmIdentifier.RS256));

  private final PasskeyStore store;
  private final ServerAddress address;
  private final Clock clock;
  private final SecureRandom random;
  private final WebAuthnManager manager;
  private final AttestedCredentialDataConverter attested;

  Passkeys(PasskeyStore store, ServerAddress address, Clock clock, SecureRandom random) {
    this.store = store;
    this.address = address;
    this.clock = clock;
    this.random = random;
    var converter = new ObjectConverter();
    this.manager = WebAuthnManager.createNonStrictWebAuthnManager(converter);
    this.attested = new AttestedCredentialDataConverter(converter);
  }

  /// The relying party's id for a page at this `Host`: a name of ours, never an address of the
  /// network, which authenticators refuse.
  public Optional<String> relyingParty(String host) {
    if (!address.isOurs("https://" + host)) {
      return Optional.empty();
    }
    String name = URI.create("https://" + host).getHost();
    return name == null || name.startsWith("[") || name.matches("[0-9.]+")
        ? Optional.empty()
        : Optional.of(name);
  }

  /// Gives a challenge for one purpose, base64url.
  ///
  /// @param session of the person, by an id that is no secret
  public String challenge(String person, String session, String purpose) {
    store.forget(clock.instant());
    byte[] nonce = new byte[32];
    random.nextBytes(nonce);
    String challenge = encoded(sha256(encoded(nonce) + "\n" + person + "\n" + purpose));
    store.challenge(
        challenge,
        person,
        session,
        Digest.of(purpose).text(),
        clock.instant().plus(CHALLENGE_LIFETIME));
    return challenge;
  }

  /// A person's passkeys.
  public List<Passkey> of(String person) {
    return store.of(person, MOST);
  }

  /// Enrols a passkey for a challenge that was given for `purpose`.
  ///
  /// @param json what the browser's `PublicKeyCredential.toJSON()` gave
  public Checked<Passkey> enrol(
      String person, String session, String purpose, String json, String relyingParty) {
    if (json.length() > MAX_JSON_CHARS) {
      return Checked.refused(Reason.MALFORMED, "what the browser sent is too large");
    }
    if (store.of(person, MOST).size() >= MOST) {
      return Checked.refused(Reason.CLAIMS, "there are " + MOST + " passkeys already");
    }
    try {
      RegistrationData data = parsed(json, manager::parseRegistrationResponseJSON);
      if (data == null
          || data.getCollectedClientData() == null
          || data.getAttestationObject() == null) {
        return Checked.refused(Reason.MALFORMED, "what the browser sent is no passkey");
      }
      Challenge answered = data.getCollectedClientData().getChallenge();
      if (!use(answered, person, session, purpose)) {
        return Checked.refused(Reason.REPLAYED, "the challenge is not one given for this now");
      }
      manager.verify(
          data, new RegistrationParameters(server(answered, relyingParty), ALGORITHMS, true, true));
      var authenticator = data.getAttestationObject().getAuthenticatorData();
      AttestedCredentialData credential = authenticator.getAttestedCredentialData();
      if (credential == null) {
        return Checked.refused(Reason.MALFORMED, "what the browser sent has no key");
      }
      var passkey =
          new Passkey(
              encoded(credential.getCredentialId()),
              person,
              attested.convert(credential),
              authenticator.getSignCount(),
              authenticator.isFlagBE(),
              Instant.ofEpochSecond(clock.instant().getEpochSecond()));
      return store.add(passkey)
          ? new Checked.Accepted<>(passkey)
          : Checked.refused(Reason.REPLAYED, "this passkey is enrolled already");
    } catch (VerificationException e) {
      return refused(e);
    }
  }

  /// What the library reads; null for whatever it stumbles over, which shows itself in many ways.
  private static <T> @Nullable T parsed(String json, Function<String, T> parser) {
    try {
      return parser.apply(json);
    } catch (RuntimeException e) {
      return null;
    }
  }

  /// Checks a passkey that was shown for a challenge given for `purpose`; when it was.
  ///
  /// @param json what the browser's `PublicKeyCredential.toJSON()` gave
  public Checked<Instant> show(
      String person, String session, String purpose, String json, String relyingParty) {
    if (json.length() > MAX_JSON_CHARS) {
      return Checked.refused(Reason.MALFORMED, "what the browser sent is too large");
    }
    try {
      AuthenticationData data = parsed(json, manager::parseAuthenticationResponseJSON);
      if (data == null
          || data.getCredentialId() == null
          || data.getCollectedClientData() == null
          || data.getAuthenticatorData() == null) {
        return Checked.refused(Reason.MALFORMED, "what the browser sent shows no passkey");
      }
      Challenge answered = data.getCollectedClientData().getChallenge();
      if (!use(answered, person, session, purpose)) {
        return Checked.refused(Reason.REPLAYED, "the challenge is not one given for this now");
      }
      Optional<Passkey> known =
          store.find(credentialId(data)).filter(one -> one.person().equals(person));
      if (known.isEmpty()) {
        return Checked.refused(Reason.UNKNOWN_KEY, "this passkey is not enrolled");
      }
      Passkey passkey = known.get();
      manager.verify(
          data,
          new AuthenticationParameters(
              server(answered, relyingParty),
              record(passkey),
              List.of(Base64.getUrlDecoder().decode(passkey.id())),
              true,
              true));
      long count = data.getAuthenticatorData().getSignCount();
      boolean counts = count != 0 || passkey.signCount() != 0;
      if (counts
          && (count <= passkey.signCount()
              || !store.count(passkey.id(), passkey.signCount(), count))) {
        return Checked.refused(
            Reason.REPLAYED, "the passkey's counter did not grow: it may have been copied");
      }
      return new Checked.Accepted<>(clock.instant());
    } catch (VerificationException e) {
      return refused(e);
    }
  }

  /// The library marks absence with annotations of another maker, which read as if each byte could
  /// be absent.
  @SuppressWarnings("NullAway")
  private static String credentialId(AuthenticationData data) {
    return encoded(data.getCredentialId());
  }

  private static <T> Checked<T> refused(VerificationException e) {
    if (e instanceof MaliciousCounterValueException) {
      return Checked.refused(
          Reason.REPLAYED, "the passkey's counter did not grow: it may have been copied");
    }
    String why = e.getClass().getSimpleName().replace("Exception", "");
    return Checked.refused(Reason.SIGNATURE, "the passkey does not hold: " + why);
  }

  private boolean use(Challenge challenge, String person, String session, String purpose) {
    return store.use(
        encoded(challenge.getValue()), person, session, Digest.of(purpose).text(), clock.instant());
  }

  private ServerProperty server(Challenge challenge, String relyingParty) {
    Set<Origin> origins =
        address.of("").stream()
            .filter(base -> relyingParty.equals(base.getHost()))
            .map(base -> new Origin(base.toString()))
            .collect(Collectors.toUnmodifiableSet());
    return ServerProperty.builder()
        .origins(origins)
        .rpId(relyingParty)
        .challenge(new DefaultChallenge(challenge.getValue()))
        .build();
  }

  private CredentialRecordImpl record(Passkey passkey) {
    return new CredentialRecordImpl(
        new NoneAttestationStatement(),
        true,
        passkey.backupEligible(),
        passkey.backupEligible(),
        passkey.signCount(),
        attested.convert(passkey.attested()),
        null,
        null,
        null,
        null);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
