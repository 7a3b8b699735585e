package dev.sallyport.server.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.credential.Checked;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.settings.ServerAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Passkeys: the contract on both databases, and each attack by its name.
class PasskeysTest {
  private static final String ORIGIN = "https://localhost:7420";
  private static final String PARTY = "localhost";
  private static final String PERSON = "administrator";
  private static final String SESSION = "session-1";
  private static final String PURPOSE = "contain run:forge/1/7 plan sha256:00";

  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now.get();
        }
      };

  private Passkeys on(Database database) {
    var address = new ServerAddress(List.of(URI.create("https://port.example.com")));
    address.listensOn(7420, 7421);
    return new Passkeys(new PasskeyStore(database), address, clock, new SecureRandom());
  }

  private void onBoth(Consumer<Passkeys> law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.accept(on(sqlite));
      law.accept(on(postgres));
    }
  }

  private static SoftAuthenticator enrolled(Passkeys passkeys) {
    var authenticator = new SoftAuthenticator();
    String challenge = passkeys.challenge(PERSON, SESSION, "enrol");
    Checked<Passkey> enrolled =
        passkeys.enrol(
            PERSON, SESSION, "enrol", authenticator.create(challenge, PARTY, ORIGIN), PARTY);
    assertThat(enrolled).isInstanceOf(Checked.Accepted.class);
    return authenticator;
  }

  private static Checked<Instant> show(Passkeys passkeys, String json) {
    return passkeys.show(PERSON, SESSION, PURPOSE, json, PARTY);
  }

  private static void refused(Checked<?> checked, Reason reason) {
    assertThat(checked)
        .isInstanceOfSatisfying(
            Checked.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  @Test
  void what_was_enrolled_can_be_shown_for_the_purpose_asked() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      assertThat(passkeys.of(PERSON)).hasSize(1);
      for (int i = 0; i < 3; i++) {
        String challenge = passkeys.challenge(PERSON, SESSION, PURPOSE);
        assertThat(show(passkeys, authenticator.get(challenge, PARTY, ORIGIN)))
            .isEqualTo(new Checked.Accepted<>(now.get()));
      }
    });
  }

  @Test
  void a_showing_is_taken_once_in_its_session_for_its_purpose_and_for_five_minutes() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      String shown = authenticator.get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN);
      refused(passkeys.show(PERSON, SESSION, "contain run:another", shown, PARTY), Reason.REPLAYED);
      refused(passkeys.show(PERSON, "session-2", PURPOSE, shown, PARTY), Reason.REPLAYED);
      refused(passkeys.show("somebody", SESSION, PURPOSE, shown, PARTY), Reason.REPLAYED);
      assertThat(show(passkeys, shown)).isInstanceOf(Checked.Accepted.class);
      refused(show(passkeys, shown), Reason.REPLAYED);
      String late = authenticator.get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN);
      now.set(now.get().plus(Passkeys.CHALLENGE_LIFETIME));
      refused(show(passkeys, late), Reason.REPLAYED);
    });
  }

  @Test
  void a_touch_without_verification_of_the_person_is_refused() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      authenticator.verifiesUser = false;
      refused(
          show(
              passkeys,
              authenticator.get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN)),
          Reason.SIGNATURE);
      String challenge = passkeys.challenge(PERSON, SESSION, "enrol");
      refused(
          passkeys.enrol(
              PERSON, SESSION, "enrol", authenticator.create(challenge, PARTY, ORIGIN), PARTY),
          Reason.SIGNATURE);
    });
  }

  @Test
  void a_copied_authenticator_whose_counter_falls_behind_is_refused() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      authenticator.counter = 20;
      assertThat(
              show(
                  passkeys,
                  authenticator.get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN)))
          .isInstanceOf(Checked.Accepted.class);
      authenticator.counter = 15;
      refused(
          show(
              passkeys,
              authenticator.get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN)),
          Reason.REPLAYED);
    });
  }

  @Test
  void another_page_another_party_another_key_and_another_challenge_are_refused() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      refused(
          show(
              passkeys,
              authenticator.get(
                  passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, "https://evil.example")),
          Reason.SIGNATURE);
      refused(
          show(
              passkeys,
              authenticator.get(
                  passkeys.challenge(PERSON, SESSION, PURPOSE), "evil.example", ORIGIN)),
          Reason.SIGNATURE);
      refused(
          show(
              passkeys,
              new SoftAuthenticator()
                  .get(passkeys.challenge(PERSON, SESSION, PURPOSE), PARTY, ORIGIN)),
          Reason.UNKNOWN_KEY);
      refused(show(passkeys, authenticator.get("AAAA", PARTY, ORIGIN)), Reason.REPLAYED);
    });
  }

  @Test
  void what_no_browser_sends_is_refused_without_a_stir() {
    onBoth(passkeys -> {
      enrolled(passkeys);
      for (String nonsense :
          List.of(
              "", "{}", "null", "[]", "{\"id\":\"a\"}", "{\"response\":{}}", "x".repeat(40_000))) {
        assertThat(show(passkeys, nonsense)).as(nonsense).isInstanceOf(Checked.Refused.class);
        assertThat(passkeys.enrol(PERSON, SESSION, "enrol", nonsense, PARTY))
            .as(nonsense)
            .isInstanceOf(Checked.Refused.class);
      }
    });
  }

  @Test
  void one_passkey_is_enrolled_once() {
    onBoth(passkeys -> {
      SoftAuthenticator authenticator = enrolled(passkeys);
      String challenge = passkeys.challenge(PERSON, SESSION, "enrol");
      refused(
          passkeys.enrol(
              PERSON, SESSION, "enrol", authenticator.create(challenge, PARTY, ORIGIN), PARTY),
          Reason.REPLAYED);
    });
  }

  @Test
  void a_relying_party_is_a_name_of_ours_never_a_number_and_never_anothers() {
    onBoth(passkeys -> {
      assertThat(passkeys.relyingParty("localhost:7420")).contains("localhost");
      assertThat(passkeys.relyingParty("port.example.com")).contains("port.example.com");
      assertThat(passkeys.relyingParty("127.0.0.1:7420")).isEmpty();
      assertThat(passkeys.relyingParty("[::1]:7420")).isEmpty();
      assertThat(passkeys.relyingParty("evil.example")).isEmpty();
    });
  }
}
