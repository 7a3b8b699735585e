package dev.sallyport.server.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.gate.Profile;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.Settings.Signer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// What counts, and what stops counting: on both databases.
class EvidenceStoreTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey BUILD = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
  private static final SigningKey SECOND = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-25T12:00:00Z"), ZoneOffset.UTC);
  private static final String HEX = "ab".repeat(32);
  private static final Digest ARTIFACT = new Digest("sha256:" + HEX);

  @TempDir Path folder;

  private void onBoth(Consumer<EnvelopeStore> law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.accept(new EnvelopeStore(sqlite));
      law.accept(new EnvelopeStore(postgres));
    }
  }

  private static EvidenceStore evidence(EnvelopeStore envelopes, Signer... signers) {
    return new EvidenceStore(
        new Settings(
            Profile.BASELINE,
            null,
            List.of(),
            List.of(),
            List.of(signers),
            List.of(),
            List.of(),
            0,
            null,
            Set.of(),
            Settings.Respond.BY_DEFAULT,
            List.of()),
        envelopes,
        CLOCK);
  }

  private static Signer signer(String name, SigningKey key, String role) {
    return new Signer(name, Set.of(role), key.publicKey());
  }

  private static byte[] statement(String type, String predicate, SigningKey key) {
    return Envelope.sign(
            Envelope.IN_TOTO,
            new Statement(
                    List.of(Statement.Subject.sha256("app", HEX)),
                    type,
                    new JsonMapper().readTree(predicate))
                .toJson(),
            key)
        .toJson();
  }

  private static byte[] provenance(String builder, String commit, SigningKey key) {
    return statement(
        PredicateTypes.SLSA_V1,
        """
        {"buildDefinition":{
           "externalParameters":{"workflow":{"repository":"https://github.com/acme/shop"}},
           "internalParameters":{"github":{"repository_id":"345"}},
           "resolvedDependencies":[
             {"uri":"git+https://github.com/acme/shop@refs/heads/main",
              "digest":{"gitCommit":"%s"}},
             {"uri":"pkg:maven/a/b@1","digest":{"sha1":"00"}}]},
         "runDetails":{"builder":{"id":"%s"}}}
        """
            .formatted(commit, builder),
        key);
  }

  private static void keep(EvidenceStore evidence, byte[] envelope) {
    assertThat(evidence.examine(envelope))
        .isInstanceOfSatisfying(Examined.Counts.class, evidence::keep);
  }

  @Test
  void provenance_says_where_an_artifact_came_from() {
    onBoth(envelopes -> {
      EvidenceStore evidence = evidence(envelopes, signer("b", BUILD, "build"));
      byte[] envelope = provenance("https://builder", "AB12", BUILD);
      keep(evidence, envelope);
      keep(evidence, envelope);
      Dossier dossier = evidence.about(ARTIFACT);
      assertThat(dossier.statements()).hasSize(1);
      assertThat(dossier.digests()).containsExactly(Digest.of(envelope));
      assertThat(dossier.roles()).containsExactly("build");
      assertThat(dossier.builder()).contains("https://builder");
      assertThat(dossier.sourceId()).contains("github.com/345");
      assertThat(dossier.sourceUrl()).contains("https://github.com/acme/shop");
      assertThat(dossier.sourceCommit()).contains("ab12");
      assertThat(evidence.about(Digest.of("another")).statements()).isEmpty();
    });
  }

  @Test
  void what_two_statements_say_differently_is_not_known() {
    onBoth(envelopes -> {
      EvidenceStore evidence =
          evidence(envelopes, signer("a", BUILD, "build"), signer("b", SECOND, "build"));
      keep(evidence, provenance("https://builder", "aa", BUILD));
      keep(evidence, provenance("https://builder", "bb", SECOND));
      Dossier dossier = evidence.about(ARTIFACT);
      assertThat(dossier.builder()).contains("https://builder");
      assertThat(dossier.sourceCommit()).isEmpty();
    });
  }

  @Test
  void a_signer_taken_out_of_the_configuration_stops_counting_at_once() {
    onBoth(envelopes -> {
      keep(
          evidence(envelopes, signer("b", BUILD, "build")),
          provenance("https://builder", "aa", BUILD));
      assertThat(evidence(envelopes).about(ARTIFACT).statements()).isEmpty();
      assertThat(evidence(envelopes, signer("b", BUILD, "test")).about(ARTIFACT).statements())
          .isEmpty();
      assertThat(evidence(envelopes, signer("b", BUILD, "build")).about(ARTIFACT).statements())
          .hasSize(1);
    });
  }

  @Test
  void a_failed_test_stays_one_however_often_it_is_run_again() {
    onBoth(envelopes -> {
      EvidenceStore evidence = evidence(envelopes, signer("t", BUILD, "test"));
      assertThat(evidence.about(ARTIFACT).tests()).isEmpty();
      for (String result :
          List.of(
              "{\"result\":\"FAILED\"}", "{\"result\":\"PASSED\",\"passedTests\":[\"a\",\"b\"]}")) {
        keep(evidence, statement(PredicateTypes.TEST_RESULT, result, BUILD));
      }
      assertThat(evidence.about(ARTIFACT).tests()).contains(new Dossier.Tests(2, 1, 0));
      keep(evidence, statement(PredicateTypes.TEST_RESULT, "{\"result\":\"fine\"}", BUILD));
      assertThat(evidence.about(ARTIFACT).tests()).contains(new Dossier.Tests(2, 2, 0));
    });
  }

  @Test
  void a_row_that_was_changed_in_the_database_counts_for_nothing() {
    onBoth(envelopes -> {
      EvidenceStore evidence = evidence(envelopes, signer("b", BUILD, "build"));
      byte[] forged = provenance("https://builder", "aa", SECOND);
      // As somebody with the database in his hands would put it there.
      envelopes.keep(Digest.of(forged), forged, List.of(ARTIFACT.text()), CLOCK.instant());
      byte[] good = provenance("https://builder", "aa", BUILD);
      Digest other = Digest.of("other artifact");
      envelopes.keep(Digest.of(good), good, List.of(other.text()), CLOCK.instant());
      assertThat(evidence.about(ARTIFACT).statements()).isEmpty();
      assertThat(evidence.about(other).statements()).isEmpty();
    });
  }

  private static byte[] summary(String commit, String result, SigningKey key) {
    return Envelope.sign(
            Envelope.IN_TOTO,
            new Statement(
                    List.of(new Statement.Subject("shop", Map.of("gitCommit", commit))),
                    PredicateTypes.VSA,
                    new JsonMapper().readTree("{\"verificationResult\":\"" + result + "\"}"))
                .toJson(),
            key)
        .toJson();
  }

  @Test
  void a_commit_is_reviewed_when_a_summary_by_a_reviewer_says_that_it_passed() {
    String commit = "ab".repeat(20);
    onBoth(envelopes -> {
      EvidenceStore evidence =
          evidence(envelopes, signer("r", BUILD, "review"), signer("b", SECOND, "build"));
      assertThat(evidence.reviewed(commit)).isEmpty();
      // A builder may write summaries, but not on whether source was reviewed.
      keep(evidence, summary(commit, "PASSED", SECOND));
      assertThat(evidence.reviewed(commit)).isEmpty();
      keep(evidence, summary(commit, "PASSED", BUILD));
      assertThat(evidence.reviewed(commit.toUpperCase(Locale.ROOT))).contains(true);
      assertThat(evidence.reviewed("cd".repeat(20))).isEmpty();
      assertThat(evidence.reviewed("main")).isEmpty();
      assertThat(evidence(envelopes).reviewed(commit)).isEmpty();
      keep(evidence, summary(commit, "FAILED", BUILD));
      assertThat(evidence.reviewed(commit)).contains(false);
    });
  }

  @Test
  void only_a_summary_is_about_a_commit() {
    byte[] test =
        Envelope.sign(
                Envelope.IN_TOTO,
                new Statement(
                        List.of(
                            new Statement.Subject("shop", Map.of("gitCommit", "ab".repeat(20)))),
                        PredicateTypes.TEST_RESULT,
                        new JsonMapper().readTree("{\"result\":\"PASSED\"}"))
                    .toJson(),
                BUILD)
            .toJson();
    onBoth(envelopes ->
        assertThat(evidence(envelopes, signer("t", BUILD, "test")).examine(test))
            .isInstanceOf(Examined.Refused.class));
  }
}
