package dev.sallyport.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.credential.BoundTickets.Kind;
import dev.sallyport.credential.BoundTickets.Ticket;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Deploy tickets, and what thieves try with them (range R22, R23).
class BoundTicketsTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey SERVER = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final SigningKey THIEF = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final String ISSUER = "sallyport/test";
  private static final BoundTickets TICKETS = new BoundTickets(SERVER, ISSUER);
  private static final Instant NOW = FakeIssuer.NOW;
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private static final Ticket TICKET =
      new Ticket(
          "t-1",
          "github.com/12/345",
          Dpop.thumbprint(Dpop.publicKey(THIEF)),
          Kind.DEPLOY,
          DIGEST,
          "shop",
          "prod",
          17,
          BoundTickets.endOf(NOW));

  private static void refused(Checked<?> checked, Reason reason) {
    assertThat(checked)
        .isInstanceOfSatisfying(
            Checked.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  private static Map<String, Object> claims() {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", ISSUER);
    claims.put("aud", "sallyport:agents");
    claims.put("sub", TICKET.caller());
    claims.put("jti", TICKET.id());
    claims.put("iat", NOW.getEpochSecond());
    claims.put("exp", NOW.getEpochSecond() + 300);
    claims.put("cnf", Map.of("jkt", TICKET.thumbprint()));
    claims.put("kind", "deploy");
    claims.put("artifact", DIGEST);
    claims.put("service", "shop");
    claims.put("environment", "prod");
    claims.put("ruling", 17);
    return claims;
  }

  private static Map<String, Object> header() {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "sallyport-ticket+jwt");
    header.put("alg", "ES256");
    header.put("kid", "any");
    return header;
  }

  private static String with(Consumer<Map<String, Object>> change) {
    Map<String, Object> claims = claims();
    change.accept(claims);
    return Dpop.sign(header(), claims, SERVER);
  }

  @Test
  void a_ticket_says_what_it_was_issued_for_until_its_second() {
    String text = TICKETS.sign(TICKET);
    assertThat(TICKETS.verify(text, NOW)).isEqualTo(new Checked.Accepted<>(TICKET));
    assertThat(TICKETS.verify(text, NOW.plusSeconds(299)))
        .isEqualTo(new Checked.Accepted<>(TICKET));
    assertThat(TICKETS.verify(with(_ -> {}), NOW)).isEqualTo(new Checked.Accepted<>(TICKET));
  }

  @Test
  void late_use_is_refused() {
    refused(TICKETS.verify(TICKETS.sign(TICKET), NOW.plusSeconds(300)), Reason.EXPIRED);
    refused(TICKETS.verify(TICKETS.sign(TICKET), NOW.minusSeconds(60)), Reason.NOT_YET_VALID);
  }

  @Test
  void a_life_of_more_than_five_minutes_is_refused_even_if_we_signed_it() {
    refused(
        TICKETS.verify(with(c -> c.put("exp", NOW.getEpochSecond() + 3600)), NOW), Reason.CLAIMS);
  }

  @Test
  void an_edited_digest_or_environment_breaks_the_signature() {
    String text = TICKETS.sign(TICKET);
    String payload = text.split("\\.")[1];
    String readable = new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8);
    for (String edited :
        List.of(
            readable.replace("abab", "cdcd"),
            readable.replace("prod", "dev1"),
            readable.replace("shop", "bank"),
            readable.replace("deploy", "rollback"),
            readable.replace("t-1", "t-2"))) {
      assertThat(edited).isNotEqualTo(readable);
      String other =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(edited.getBytes(StandardCharsets.UTF_8));
      refused(TICKETS.verify(text.replace(payload, other), NOW), Reason.SIGNATURE);
    }
  }

  @Test
  void every_flipped_bit_of_a_ticket_is_refused() {
    byte[] text = TICKETS.sign(TICKET).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < text.length; i++) {
      byte[] bent = text.clone();
      bent[i] ^= 1;
      assertThat(TICKETS.verify(new String(bent, StandardCharsets.US_ASCII), NOW))
          .isInstanceOf(Checked.Refused.class);
    }
  }

  @Test
  void a_ticket_of_another_signer_issuer_or_audience_is_refused() {
    refused(new BoundTickets(THIEF, ISSUER).verify(TICKETS.sign(TICKET), NOW), Reason.SIGNATURE);
    refused(
        new BoundTickets(SERVER, "sallyport/x").verify(TICKETS.sign(TICKET), NOW), Reason.AUDIENCE);
    refused(TICKETS.verify(with(c -> c.put("aud", ISSUER)), NOW), Reason.AUDIENCE);
    refused(
        TICKETS.verify(with(c -> c.put("aud", List.of("sallyport:agents", "x"))), NOW),
        Reason.AUDIENCE);
  }

  @Test
  void an_access_token_is_no_ticket_and_a_ticket_is_no_access_token() {
    BoundTokens tokens = new BoundTokens(SERVER, ISSUER);
    var holder = new BoundTokens.Holder("github.com/12/345", "github.com/345", "github", Map.of());
    String token = tokens.mint("t-1", holder, TICKET.thumbprint(), NOW).token();
    refused(TICKETS.verify(token, NOW), Reason.ALGORITHM);
    String proof =
        Dpop.prove(THIEF, "POST", URI.create("https://a.example/v1/deploys"), null, "p", NOW);
    refused(TICKETS.verify(proof, NOW), Reason.ALGORITHM);
    var held = new Dpop.Proof(TICKET.thumbprint(), "p", NOW);
    refused(tokens.verify(TICKETS.sign(TICKET), held, NOW), Reason.ALGORITHM);
  }

  @Test
  void another_algorithm_or_a_header_that_brings_keys_is_refused() {
    for (String algorithm : List.of("none", "HS256", "ES384", "es256")) {
      Map<String, Object> header = header();
      header.put("alg", algorithm);
      refused(TICKETS.verify(Dpop.sign(header, claims(), SERVER), NOW), Reason.ALGORITHM);
    }
    for (String member : List.of("jwk", "jku", "x5c", "crit", "b64", "cty")) {
      Map<String, Object> header = header();
      header.put(member, "x");
      refused(TICKETS.verify(Dpop.sign(header, claims(), SERVER), NOW), Reason.ALGORITHM);
    }
  }

  @Test
  void a_ticket_with_a_tag_or_lacking_a_claim_is_refused() {
    refused(TICKETS.verify(with(c -> c.put("artifact", "shop:latest")), NOW), Reason.CLAIMS);
    var wrong = new ArrayList<Consumer<Map<String, Object>>>();
    claims().keySet().stream()
        .filter(name -> !name.equals("iss") && !name.equals("aud"))
        .forEach(name -> {
          wrong.add(c -> c.remove(name));
          wrong.add(c -> c.put(name, List.of()));
          wrong.add(c -> c.put(name, ""));
        });
    wrong.add(c -> c.put("more", "x"));
    wrong.add(c -> c.put("kind", "undeploy"));
    wrong.add(c -> c.put("ruling", -1));
    wrong.add(c -> c.put("cnf", Map.of("jkt", TICKET.thumbprint(), "x5t", "x")));
    for (var change : wrong) {
      refused(TICKETS.verify(with(change), NOW), Reason.CLAIMS);
    }
    assertThatThrownBy(() ->
            new Ticket("t", "c", TICKET.thumbprint(), Kind.DEPLOY, "shop:v1", "s", "e", 1, NOW))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
