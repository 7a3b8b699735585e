package dev.sallyport.server.ledger;

import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the ledger's tests share.
final class Fixtures {
  static final SigningKey KEY = SigningKey.generate(KeyAlgorithm.ED25519, new SecureRandom());
  static final String ORIGIN = "example.org/ledger";
  static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);

  private Fixtures() {}

  static Ledger.Draft draft(String word) {
    return draft(word, null);
  }

  static Ledger.Draft draft(String word, @Nullable String retry) {
    return new Ledger.Draft(
        EntryType.DECISION,
        new Actor(Actor.Kind.WORKLOAD, "github:repository:1/2"),
        "deploy",
        List.of(new Subject("Environment", "prod")),
        "allowed",
        Digest.of("policy"),
        List.of(Digest.of("evidence " + word)),
        Digest.of("request " + word),
        retry == null ? null : Digest.of("retry " + retry),
        CanonicalJson.bytes(Map.of("said", word)));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
