package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.attest.Envelope.EnvelopeSignature;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.keys.VerifyingKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {
  private final SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519, new SecureRandom());
  private final SigningKey other = SigningKey.generate(KeyAlgorithm.ECDSA_P256, new SecureRandom());

  private Envelope summary() {
    var vsa =
        new VerificationSummary(
            "https://sallyport.dev/verify",
            Map.of("sallyport", "0"),
            Instant.EPOCH,
            "git+https://example.org/a@0123",
            "sallyport:strict",
            "00",
            true,
            List.of());
    Statement statement = vsa.about(List.of(Statement.Subject.sha256("a", "AB".repeat(32))));
    return Envelope.sign(Envelope.IN_TOTO, statement.toJson(), key);
  }

  /// The example of the DSSE specification, protocol.md.
  @Test
  void pre_authentication_encoding_is_that_of_the_specification() {
    assertThat(
            new String(
                Envelope.preAuthenticationEncoding(
                    "http://example.com/HelloWorld", "hello world".getBytes(UTF_8)),
                UTF_8))
        .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  }

  @Test
  void an_envelope_survives_its_json_and_names_its_signer() {
    Envelope read = Envelope.parse(summary().toJson());
    assertThat(read.signers(List.of(other.publicKey(), key.publicKey())))
        .containsExactly(key.publicKey());
    Statement statement = Statement.of(read);
    assertThat(statement.predicateType()).isEqualTo(VerificationSummary.PREDICATE_TYPE);
    assertThat(statement.isAboutSha256("ab".repeat(32))).isTrue();
    assertThat(statement.isAboutSha256("ac".repeat(32))).isFalse();
    assertThat(statement.predicate().path("verificationResult").stringValue()).isEqualTo("PASSED");
  }

  @Test
  void payload_or_type_swapped_after_signing_has_no_signer() {
    Envelope signed = summary();
    byte[] bent = signed.payload().clone();
    bent[bent.length / 2] ^= 1;
    List<VerifyingKey> trusted = List.of(key.publicKey());
    assertThat(new Envelope(signed.payloadType(), bent, signed.signatures()).signers(trusted))
        .isEmpty();
    assertThat(new Envelope("text/plain", signed.payload(), signed.signatures()).signers(trusted))
        .isEmpty();
  }

  @Test
  void one_key_that_signed_twice_counts_once_and_a_borrowed_key_id_counts_nothing() {
    Envelope signed = summary();
    EnvelopeSignature one = signed.signatures().getFirst();
    Envelope twice =
        new Envelope(
            signed.payloadType(),
            signed.payload(),
            List.of(one, new EnvelopeSignature(other.publicKey().keyId(), one.signature())));
    assertThat(twice.signers(List.of(key.publicKey(), other.publicKey(), key.publicKey())))
        .containsExactly(key.publicKey());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[]}",
        "{\"payloadType\":\"a\",\"payloadType\":\"b\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
        "{\"payloadType\":\"a\",\"payload\":\"!\",\"signatures\":[{\"sig\":\"AA==\"}]}",
        "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]} {}",
        "{\"payloadType\":1,\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}"
      })
  void malformed_envelopes_are_refused(String json) {
    assertThatThrownBy(() -> Envelope.parse(json.getBytes(UTF_8)))
        .isInstanceOf(EvidenceException.class);
  }

  @Test
  void deep_nesting_is_refused_not_followed() {
    byte[] deep = ("{\"payload\":" + "[".repeat(100_000)).getBytes(UTF_8);
    assertThatThrownBy(() -> Envelope.parse(deep)).isInstanceOf(EvidenceException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"p\",\"subject\":[]}",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"p\",\"subject\":[{\"name\":\"a\",\"digest\":{}}]}",
        "{\"_type\":\"https://in-toto.io/Statement/v9\",\"predicateType\":\"p\",\"subject\":[{\"digest\":{\"sha256\":\"a\"}}]}",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"a\"}}]}"
      })
  void statements_about_nothing_are_refused(String json) {
    assertThatThrownBy(() -> Statement.parse(json.getBytes(UTF_8)))
        .isInstanceOf(EvidenceException.class);
  }
}
