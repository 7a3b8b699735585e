package dev.sallyport.server.console;

import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.DataFolder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// The administrator's way in until there is single sign-on: a one-time code, shown on the terminal
/// and in a file that only the owner of the data folder can read.
///
/// Whoever can read that file can also read the keys; the code proves no less than that, and no
/// more. Ten minutes, five tries, one use; a new one comes with each start. It is typed into a form
/// and never stands in an address. Every try is in the ledger; when the code is spent, further
/// tries are noted once a minute.
@Component
public final class SignInDesk {
  /// The file in the data folder; its first line is the code.
  public static final String CODE_FILE = "admin-code";

  /// The one administrator there is.
  static final String ADMINISTRATOR = "administrator";

  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final Duration BETWEEN_NOTES = Duration.ofMinutes(1);
  private static final int TRIES = 5;

  /// Crockford's base 32: no I, L, O or U, so that nobody mistypes what he reads.
  private static final String LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  private static final int GROUPS = 3;
  private static final int GROUP = 4;

  private final DataFolder folder;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;

  // Guarded by this.
  private byte @Nullable [] codeHash;
  private Instant end = Instant.EPOCH;
  private int triesLeft;
  private Instant noted = Instant.EPOCH;

  SignInDesk(DataFolder folder, Ledger ledger, Clock clock, SecureRandom random) {
    this.folder = folder;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
  }

  /// Makes a new code, which ends the one before.
  public synchronized String issue() {
    var code = new StringBuilder();
    for (int i = 0; i < GROUPS * GROUP; i++) {
      if (i > 0 && i % GROUP == 0) {
        code.append('-');
      }
      code.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    codeHash = hash(normal(code.toString()));
    triesLeft = TRIES;
    end = clock.instant().plus(LIFETIME);
    folder.writePrivate(CODE_FILE, code + "\n");
    return code.toString();
  }

  /// Whether a code is right; a right one is spent by this.
  synchronized boolean redeem(String typed) {
    byte[] expected = codeHash;
    if (expected == null || !clock.instant().isBefore(end)) {
      spend();
      noteRefusal("no code is valid");
      return false;
    }
    triesLeft--;
    boolean right = MessageDigest.isEqual(expected, hash(normal(typed)));
    if (right) {
      spend();
      record(new Actor(Actor.Kind.PERSON, ADMINISTRATOR), "signed-in", "one-time code");
      return true;
    }
    record(Actor.UNKNOWN, "refused", "wrong code, tries left: " + triesLeft);
    if (triesLeft == 0) {
      spend();
    }
    return false;
  }

  /// Records that somebody ended his session.
  void signedOut(String person) {
    record(new Actor(Actor.Kind.PERSON, person), "signed-out", "by himself");
  }

  private void spend() {
    codeHash = null;
    folder.delete(CODE_FILE);
  }

  private void noteRefusal(String how) {
    Instant now = clock.instant();
    if (now.isAfter(noted.plus(BETWEEN_NOTES))) {
      noted = now;
      record(Actor.UNKNOWN, "refused", how);
    }
  }

  private void record(Actor actor, String outcome, String how) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    ledger.append(
        new Ledger.Draft(
            EntryType.SIGN_IN,
            actor,
            "signIn",
            new Subject("Service", "console"),
            outcome,
            CanonicalJson.bytes(Map.of("how", how, "salt", HexFormat.of().formatHex(salt)))));
  }

  /// As people type: any case, with or without the dashes, and the letters Crockford left out.
  private static String normal(String typed) {
    String short64 = typed.length() > 64 ? typed.substring(0, 64) : typed;
    return short64
        .toUpperCase(Locale.ROOT)
        .replaceAll("[\\s-]", "")
        .replace('O', '0')
        .replace('I', '1')
        .replace('L', '1');
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
