package dev.sallyport.cedar;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a reader of a policy's text would not see, or take for something else: the text is Cedar,
/// and does what it says, but not what it seems to say.
///
/// Controls that turn the direction of writing (CVE-2021-42574), characters that are not shown,
/// line ends that are none and such as an editor does not show, and words in strings whose letters
/// come from scripts that look alike (Unicode TS 39, "moderately restrictive"), are compatibility
/// forms of ASCII, or have a second spelling that compares unequal. Names outside strings are ASCII
/// by the grammar. Escapes are not looked into: who writes a character by its number shows it.
public final class Suspicions {
  private static final int MAX_FOUND = 100;

  /// No word of a language is longer; the rest of one that is counts as a word of its own.
  private static final int MAX_WORD = 100;

  /// Scripts whose letters a reader takes for Latin ones.
  private static final Set<UnicodeScript> LOOK_LATIN =
      EnumSet.of(
          UnicodeScript.CYRILLIC,
          UnicodeScript.GREEK,
          UnicodeScript.ARMENIAN,
          UnicodeScript.CHEROKEE,
          UnicodeScript.COPTIC,
          UnicodeScript.LISU);

  /// Scripts that are written together, beside Latin.
  private static final List<Set<UnicodeScript>> TOGETHER =
      List.of(
          EnumSet.of(
              UnicodeScript.LATIN,
              UnicodeScript.HAN,
              UnicodeScript.HIRAGANA,
              UnicodeScript.KATAKANA),
          EnumSet.of(UnicodeScript.LATIN, UnicodeScript.HAN, UnicodeScript.BOPOMOFO),
          EnumSet.of(UnicodeScript.LATIN, UnicodeScript.HAN, UnicodeScript.HANGUL));

  /// Letters that most typefaces draw as the one behind each.
  private static final Map<Integer, Character> LOOK_LIKE =
      pairs(
          "\u0430a\u0410A\u0412B\u0415E\u0435e\u041AK\u041CM\u041DH"
              + "\u041EO\u043Eo\u0420P\u0440p\u0421C\u0441c\u0422T\u0443y"
              + "\u0425X\u0445x\u0456i\u0406I\u0458j\u0408J\u0455s\u0405S"
              + "\u04BBh\u0501d\u051Bq\u051CW\u051Dw\u04CFl\u03B1a\u0391A"
              + "\u0392B\u0395E\u0396Z\u0397H\u0399I\u039AK\u039CM\u039DN"
              + "\u039FO\u03BFo\u03A1P\u03C1p\u03A4T\u03A5Y\u03C5u\u03A7X"
              + "\u03BDv\u03B9i");

  private final String text;
  private final List<Found> found = new ArrayList<>();

  private Suspicions(String text) {
    this.text = text;
  }

  /// One thing that is not what it seems.
  public record Found(Span span, String message) {}

  /// What is suspicious in a policy's text, in its order, at most 100; text that is no Cedar is
  /// looked through as far as it can be.
  public static List<Found> of(String policyText) {
    var suspicions = new Suspicions(policyText);
    suspicions.characters();
    suspicions.strings();
    return suspicions.found.stream()
        .sorted(Comparator.comparingInt(one -> one.span().start()))
        .limit(MAX_FOUND)
        .toList();
  }

  // ---- characters that are not shown as what they are ----

  private void characters() {
    int line = 1;
    int column = 1;
    int at = 0;
    while (at < text.length() && found.size() < MAX_FOUND) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      String message = hidden(c, next);
      if (message != null) {
        found.add(new Found(new Span(at, next, line, column), message));
      }
      column++;
      if (c == '\n') {
        line++;
        column = 1;
      }
      at = next;
    }
  }

  private @Nullable String hidden(int c, int next) {
    return switch (c) {
      case '\t', '\n', ' ' -> null;
      case '\r' ->
          next < text.length() && text.charAt(next) == '\n'
              ? null
              : named(c) + " ends a comment, and most editors do not show it";
      case 0x061C,
          0x200E,
          0x200F,
          0x202A,
          0x202B,
          0x202C,
          0x202D,
          0x202E,
          0x2066,
          0x2067,
          0x2068,
          0x2069 ->
          named(c) + " turns the direction of writing: what is shown is not what is decided on";
      case 0x0B, 0x0C, 0x85, 0x2028, 0x2029 ->
          named(c) + " looks like the end of a line, and ends no comment";
      case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, 0x17B4, 0x17B5 -> unseen(c);
      default ->
          switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.UNASSIGNED, Character.PRIVATE_USE ->
                unseen(c);
            case Character.SURROGATE -> named(c) + " is half a character";
            case Character.SPACE_SEPARATOR -> named(c) + " looks like a blank, and is another one";
            default -> isVariation(c) ? unseen(c) : null;
          };
    };
  }

  private static boolean isVariation(int c) {
    return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
  }

  private static String unseen(int c) {
    return named(c) + " is not shown";
  }

  private static String named(int c) {
    String name = Character.getName(c);
    return "U+%04X%s".formatted(c, name == null ? "" : " " + name.toLowerCase(Locale.ROOT));
  }

  // ---- words that look like others ----

  private void strings() {
    List<Token> tokens;
    try {
      tokens = Lexer.tokens(text);
    } catch (SyntaxRefused refused) {
      return;
    }
    for (Token token : tokens) {
      if (token.kind() == Token.Kind.STRING && !isAscii(token.text())) {
        words(token);
      }
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private void words(Token token) {
    var word = new StringBuilder();
    int[] raw = token.text().codePoints().toArray();
    for (int i = 0; i <= raw.length; i++) {
      if (i < raw.length && raw[i] == '\\') {
        // An escape: the letter behind the backslash is no letter of the string.
        i++;
      } else if (i < raw.length && isWordPart(raw[i]) && word.length() < MAX_WORD) {
        word.appendCodePoint(raw[i]);
        continue;
      }
      if (!word.isEmpty() && found.size() < 2 * MAX_FOUND) {
        String message = disguise(word.toString());
        if (message != null) {
          found.add(new Found(token.span(), message));
        }
      }
      word.setLength(0);
    }
  }

  private static boolean isWordPart(int c) {
    return Character.isLetterOrDigit(c)
        || switch (Character.getType(c)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.LETTER_NUMBER,
              Character.OTHER_NUMBER,
              Character.OTHER_SYMBOL ->
              true;
          default -> false;
        };
  }

  private static @Nullable String disguise(String word) {
    if (isAscii(word)) {
      return null;
    }
    String shown = Value.quoted(word);
    String compatible = Normalizer.normalize(word, Normalizer.Form.NFKC);
    if (isAscii(compatible)) {
      return shown + " looks like `" + compatible + "`, and is written with other characters";
    }
    if (!Normalizer.isNormalized(word, Normalizer.Form.NFC)) {
      return shown + " has a second spelling that compares unequal: write it in form NFC";
    }
    Set<UnicodeScript> scripts = scripts(word);
    if (scripts.size() > 1 && !goTogether(scripts)) {
      return shown
          + " mixes "
          + scripts.stream()
              .map(script -> script.name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(" and "))
          + " letters"
          + twin(word);
    }
    if (!scripts.contains(UnicodeScript.LATIN) && !twin(word).isEmpty()) {
      return shown + " has no Latin letter" + twin(word);
    }
    return mixesDigits(word) ? shown + " mixes digits of two systems" : null;
  }

  /// Scripts of its letters; what is used with any script is none.
  private static Set<UnicodeScript> scripts(String word) {
    var scripts = EnumSet.noneOf(UnicodeScript.class);
    word.codePoints().mapToObj(UnicodeScript::of).forEach(scripts::add);
    scripts.removeAll(EnumSet.of(UnicodeScript.COMMON, UnicodeScript.INHERITED));
    return scripts;
  }

  private static boolean goTogether(Set<UnicodeScript> scripts) {
    if (TOGETHER.stream().anyMatch(together -> together.containsAll(scripts))) {
      return true;
    }
    return scripts.size() == 2
        && scripts.contains(UnicodeScript.LATIN)
        && scripts.stream().noneMatch(LOOK_LATIN::contains);
  }

  /// What the word looks like, where every letter of it that is not ASCII looks like one that is.
  private static String twin(String word) {
    var twin = new StringBuilder();
    for (int c : word.codePoints().toArray()) {
      if (c >= 0x80 && !LOOK_LIKE.containsKey(c)) {
        return "";
      }
      twin.append(LOOK_LIKE.getOrDefault(c, (char) c));
    }
    return ", and looks like `" + twin + "`";
  }

  private static boolean mixesDigits(String word) {
    return word.codePoints()
            .filter(Character::isDigit)
            .map(c -> c - Character.digit(c, 10))
            .distinct()
            .count()
        > 1;
  }

  private static Map<Integer, Character> pairs(String pairs) {
    var map = new HashMap<Integer, Character>();
    for (int i = 0; i < pairs.length(); i += 2) {
      map.put((int) pairs.charAt(i), pairs.charAt(i + 1));
    }
    return Map.copyOf(map);
  }
}
