package dev.sallyport.scan.secrets;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/// Tells chance from language: entropy, letter pairs, and the words that people write where a
/// secret will later stand.
final class Likeness {
  private Likeness() {}

  // The letter pairs that make up most of English text and identifiers.
  private static final BitSet COMMON_PAIRS = new BitSet();

  static {
    String pairs =
        "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve"
            + " co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec"
            + " pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we"
            + " na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe"
            + " bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep"
            + " tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru"
            + " ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og"
            + " ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok"
            + " nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pt rp sk xi"
            + " oe oy ws lv dl rf eu dg wr xa yi nm eb xe wl ke ey sw fy zu pa as wd ke yp pc db py js";
    for (String pair : pairs.split(" ")) {
      COMMON_PAIRS.set((pair.charAt(0) - 'a') * 26 + pair.charAt(1) - 'a');
    }
  }

  // What stands where the real value is to go.
  private static final List<String> STAND_INS =
      List.of(
          "example",
          "placeholder",
          "changeme",
          "change_me",
          "change-me",
          "changeit",
          "replace",
          "your",
          "dummy",
          "sample",
          "insert",
          "redacted",
          "fixme",
          "todo",
          "xxxx",
          "****",
          "....",
          "____",
          "lorem",
          "###",
          "letmein",
          "foobar",
          "notreal",
          "not-real",
          "not_real",
          "undefined",
          "unset",
          "-here",
          "_here",
          "fill",
          "enter",
          "hidden",
          "removed",
          "masked",
          "censored",
          "<",
          "123456",
          "abcdef",
          "qwerty",
          "deadbeef",
          "cafebabe",
          "fake",
          "mock",
          "invalid",
          "bogus",
          "00000",
          "11111",
          "aaaaa",
          "test");

  // Where a value says "look it up": variables, calls, templates.
  private static final List<String> LOOK_UPS =
      List.of(
          "${",
          "$(",
          "#{",
          "{{",
          "}}",
          "<%",
          "%>",
          "process.env",
          "os.environ",
          "getenv",
          "env[",
          "env.",
          "secrets.",
          "system.",
          "config.",
          "settings.",
          "self.",
          "this.",
          "vault:",
          "ssm:",
          "kms:",
          "arn:aws",
          "op://",
          "secretsmanager",
          "%(",
          "%s",
          "{0}",
          "@{");

  private static final List<String> WORDS =
      List.of(
          "passwords",
          "password",
          "passwd",
          "passphrase",
          "pass",
          "pwd",
          "secrets",
          "secret",
          "tokens",
          "token",
          "credentials",
          "credential",
          "apikey",
          "keys",
          "key",
          "auth",
          "api",
          "access",
          "private",
          "public",
          "client",
          "server",
          "user",
          "username",
          "admin",
          "root",
          "default",
          "value",
          "string",
          "none",
          "null",
          "true",
          "false",
          "name",
          "field",
          "my",
          "the",
          "new",
          "old",
          "current",
          "some",
          "any",
          "bad",
          "good",
          "wrong",
          "right",
          "correct",
          "incorrect",
          "valid",
          "reset",
          "confirm",
          "confirmation",
          "foo",
          "bar",
          "baz",
          "db",
          "mysql",
          "postgres",
          "redis",
          "jwt",
          "bearer",
          "basic",
          "session",
          "refresh",
          "hash",
          "salt",
          "encrypted",
          "required",
          "optional",
          "hello",
          "world",
          "super",
          "top",
          "very",
          "is",
          "a",
          "an",
          "of",
          "for",
          "to",
          "id",
          "base64",
          "hex",
          "sha256");

  /// Shannon entropy in bits for each character.
  static double entropy(String value) {
    int[] counts = new int[256];
    for (int i = 0; i < value.length(); i++) {
      counts[value.charAt(i) & 0xFF]++;
    }
    double bits = 0;
    for (int count : counts) {
      if (count > 0) {
        double share = (double) count / value.length();
        bits -= share * Math.log(share) / Math.log(2);
      }
    }
    return bits;
  }

  /// The share of neighbouring letters that language puts together; chance alone gives about 0.45.
  static double wordiness(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    int pairs = 0;
    int common = 0;
    for (int i = 1; i < lower.length(); i++) {
      int first = lower.charAt(i - 1) - 'a';
      int second = lower.charAt(i) - 'a';
      if (first < 0 || first >= 26 || second < 0 || second >= 26) {
        continue;
      }
      pairs++;
      if (COMMON_PAIRS.get(first * 26 + second)) {
        common++;
      }
    }
    return pairs == 0 ? 0 : (double) common / pairs;
  }

  /// True where the value is a stand-in, a look-up or a mere repetition: nothing that opens a door.
  static boolean standsIn(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    return lower.startsWith("$")
        || (lower.startsWith("%") && lower.endsWith("%"))
        || lower.startsWith("@")
        || containsAny(lower, STAND_INS)
        || containsAny(lower, LOOK_UPS)
        || distinct(lower) < 4 + value.length() / 64;
  }

  /// True where a token of a known format is one of the made-up ones of manuals: `EXAMPLE` in it,
  /// hardly any different characters, or an alphabet written down in order.
  static boolean isMadeUp(String token) {
    String lower = token.toLowerCase(Locale.ROOT);
    return lower.contains("example")
        || lower.contains("xxxxxx")
        || lower.contains("placeholder")
        || lower.contains("your")
        || distinct(lower) < 6
        || longestRun(lower) >= 9;
  }

  /// True where nothing is left once the words that name secrets are taken out.
  static boolean onlyNames(String value) {
    String rest = value.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", " ");
    for (String word : WORDS_LONGEST_FIRST) {
      rest = rest.replace(word, " ");
    }
    return rest.replace(" ", "").length() < 3;
  }

  private static final List<String> WORDS_LONGEST_FIRST =
      WORDS.stream()
          .filter(word -> word.length() > 2)
          .sorted((a, b) -> b.length() - a.length())
          .toList();

  private static boolean containsAny(String text, List<String> parts) {
    for (String part : parts) {
      if (text.contains(part)) {
        return true;
      }
    }
    return false;
  }

  private static int distinct(String text) {
    boolean[] seen = new boolean[256];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      int character = text.charAt(i) & 0xFF;
      if (!seen[character]) {
        seen[character] = true;
        count++;
      }
    }
    return count;
  }

  // The longest stretch that repeats one character or counts up or down by one.
  private static int longestRun(String text) {
    int longest = 1;
    int[] run = {1, 1, 1};
    for (int i = 1; i < text.length(); i++) {
      int step = text.charAt(i) - text.charAt(i - 1);
      for (int direction = -1; direction <= 1; direction++) {
        run[direction + 1] = step == direction ? run[direction + 1] + 1 : 1;
      }
      longest = Math.max(longest, Arrays.stream(run).max().orElse(1));
    }
    return longest;
  }
}
