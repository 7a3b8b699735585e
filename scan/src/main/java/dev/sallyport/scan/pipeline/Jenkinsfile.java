package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Jenkinsfile, taken apart into words and strings. It is a program in Groovy, so what it does is
/// never known from its text alone; it is not run, and what is said here is about what stands
/// there.
final class Jenkinsfile {
  private static final Set<String> SHELLS = Set.of("sh", "bat", "powershell", "pwsh");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
  private static final Pattern VERSION = Pattern.compile("v?[0-9]+(?:\\.[0-9]+)+.*");
  private static final Pattern UNTRUSTED =
      Pattern.compile(
          "\\$\\{?(?:\\s*)(?:env\\.)?(?:CHANGE_(?:TITLE|BRANCH|AUTHOR\\w*|FORK)|BRANCH_NAME|GIT_BRANCH|TAG_NAME|ghprb\\w+|gitlab(?:SourceBranch|MergeRequestTitle|MergeRequestDescription|UserName)|ghprbPullTitle|COMMIT_MESSAGE)\\b");
  private static final Pattern PARAMETER = Pattern.compile("\\$\\{?\\s*params\\.(\\w+)");

  /// @param kind `w` word, `s` string, `i` string with interpolation, else the character itself
  private record Token(char kind, String text, int line) {}

  private final Notes notes;
  private final List<Token> tokens;
  private final Set<String> credentials = new HashSet<>();

  private Jenkinsfile(Notes notes, List<Token> tokens) {
    this.notes = notes;
    this.tokens = tokens;
  }

  static void judge(Notes notes, byte[] bytes) {
    new Jenkinsfile(notes, tokens(notes, new String(bytes, StandardCharsets.UTF_8))).judge();
  }

  // ---- words and strings

  private static List<Token> tokens(Notes notes, String text) {
    var tokens = new ArrayList<Token>();
    int line = 1;
    int at = 0;
    while (at < text.length()) {
      char character = text.charAt(at);
      if (character == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(character)) {
        at++;
      } else if (text.startsWith("//", at) || text.startsWith("#!", at)) {
        at = endOr(text, text.indexOf('\n', at));
      } else if (text.startsWith("/*", at)) {
        int end = endOr(text, text.indexOf("*/", at + 2));
        line += lines(text, at, end);
        at = Math.min(text.length(), end + 2);
      } else if (character == '\'' || character == '"') {
        boolean triple = text.startsWith(String.valueOf(character).repeat(3), at);
        int start = at + (triple ? 3 : 1);
        int end = stringEnd(text, start, character, triple);
        if (end < 0) {
          notes.gap("line " + line + ": a string doesn't end; the rest isn't read");
          return tokens;
        }
        String value = text.substring(start, end);
        tokens.add(new Token(character == '"' && value.contains("$") ? 'i' : 's', value, line));
        line += lines(text, start, end);
        at = end + (triple ? 3 : 1);
      } else if (Character.isJavaIdentifierStart(character)) {
        int end = at;
        while (end < text.length() && Character.isJavaIdentifierPart(text.charAt(end))) {
          end++;
        }
        tokens.add(new Token('w', text.substring(at, end), line));
        at = end;
      } else {
        tokens.add(new Token(character, String.valueOf(character), line));
        at++;
      }
    }
    return tokens;
  }

  private static int stringEnd(String text, int start, char quote, boolean triple) {
    for (int at = start; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character == '\\') {
        at++;
      } else if (!triple && character == '\n') {
        return -1;
      } else if (character == quote
          && (!triple || text.startsWith(String.valueOf(quote).repeat(3), at))) {
        return at;
      }
    }
    return -1;
  }

  private static int endOr(String text, int found) {
    return found < 0 ? text.length() : found;
  }

  private static int lines(String text, int from, int to) {
    int count = 0;
    for (int at = from; at < Math.min(to, text.length()); at++) {
      count += text.charAt(at) == '\n' ? 1 : 0;
    }
    return count;
  }

  // ---- rules

  private void judge() {
    collectCredentials();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.kind == 'w') {
        judgeWord(i, token);
      } else if (isString(token)) {
        judgeString(token);
      }
    }
  }

  private static boolean isString(Token token) {
    return token.kind == 's' || token.kind == 'i';
  }

  private void collectCredentials() {
    Set<String> names =
        Set.of(
            "variable",
            "passwordVariable",
            "usernameVariable",
            "keyFileVariable",
            "passphraseVariable",
            "secretKeyVariable",
            "accessKeyVariable");
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (names.contains(tokens.get(i).text)
          && tokens.get(i + 1).kind == ':'
          && isString(tokens.get(i + 2))) {
        credentials.add(tokens.get(i + 2).text);
      }
    }
  }

  private void judgeWord(int at, Token word) {
    switch (word.text) {
      case "Library" -> libraries(at);
      case "library" -> library(stringAfter(at, 3));
      case "image" -> image(stringAfter(at, 3));
      case "docker" -> image(stringAfter(at, 1));
      case "evaluate" -> evaluation(at, word);
      default -> {
        if (SHELLS.contains(word.text)) {
          shell(word.text, at);
        }
      }
    }
  }

  // `sh 'x'`, `sh("x")`, `sh script: "x", returnStdout: true`.
  private void shell(String shell, int at) {
    for (int i = at + 1; i < Math.min(tokens.size(), at + 12); i++) {
      Token token = tokens.get(i);
      if (isString(token)) {
        script(token, shell);
        return;
      }
      boolean goesOn =
          token.kind == '(' || token.kind == ':' || token.kind == ',' || token.kind == 'w';
      if (!goesOn) {
        return;
      }
    }
  }

  private void script(Token script, String place) {
    ShellText.judge(notes, script.text, script.line, place);
    if (script.kind != 'i') {
      return;
    }
    Matcher untrusted = UNTRUSTED.matcher(script.text);
    while (untrusted.find()) {
      injection(
          script,
          place,
          untrusted.group(),
          Severity.HIGH,
          "text that a contributor writes is pasted into a script");
    }
    Matcher parameter = PARAMETER.matcher(script.text);
    while (parameter.find()) {
      injection(
          script, place, parameter.group(), Severity.MEDIUM, "a parameter is pasted into a script");
    }
    for (String credential : credentials) {
      if (Pattern.compile("\\$\\{?\\s*(?:env\\.)?" + Pattern.quote(credential) + "\\b")
          .matcher(script.text)
          .find()) {
        notes.add(
            Rules.SECRET_IN_SCRIPT,
            Severity.MEDIUM,
            notes.lineHolding(credential, script.line),
            place,
            credential,
            "Groovy pastes the secret `"
                + credential
                + "` into the command, where the process list shows it");
      }
    }
  }

  private void injection(
      Token script, String place, String what, Severity severity, String message) {
    notes.add(
        Rules.SCRIPT_INJECTION,
        severity,
        notes.lineHolding(what, script.line),
        place,
        what,
        message + ": `" + ShellText.excerpt(what) + "`",
        "put the command in single quotes and use the environment variable there, in double quotes");
  }

  private void libraries(int at) {
    if (at == 0 || tokens.get(at - 1).kind != '@') {
      return;
    }
    for (int i = at + 1; i < tokens.size() && tokens.get(i).kind != ')'; i++) {
      if (isString(tokens.get(i))) {
        library(tokens.get(i));
      }
    }
  }

  private void library(@Nullable Token name) {
    if (name == null) {
      return;
    }
    int at = name.text.indexOf('@');
    String version = at < 0 ? "" : name.text.substring(at + 1);
    if (COMMIT.matcher(version).matches()) {
      return;
    }
    boolean tag = VERSION.matcher(version).matches();
    notes.add(
        Rules.UNPINNED_LIBRARY,
        tag ? Severity.LOW : Severity.HIGH,
        name.line,
        "library",
        name.text,
        "the library `"
            + name.text
            + "` "
            + (tag ? "follows a tag that can move" : "follows a branch or the default version"));
  }

  private void image(@Nullable Token name) {
    if (name != null && name.text.matches("[a-z0-9][\\w./:@-]*")) {
      new ImageName(name.text).judge(notes, name.line, "image");
    }
  }

  private void evaluation(int at, Token word) {
    if (at + 1 < tokens.size() && tokens.get(at + 1).kind == '(') {
      notes.add(
          Rules.DYNAMIC_CODE,
          Severity.MEDIUM,
          word.line,
          "evaluate",
          word.text,
          "code is put together at run time and run");
    }
  }

  private void judgeString(Token token) {
    String text = token.text.toLowerCase(Locale.ROOT);
    boolean host =
        text.contains("docker.sock")
            || (text.contains("--privileged") && !text.contains("docker "));
    if (host && !text.contains("\n") && !text.startsWith("docker ")) {
      notes.add(
          Rules.DOCKER_SOCKET,
          Severity.HIGH,
          token.line,
          "arguments",
          token.text,
          "the container takes the power of the host's container daemon");
    }
  }

  // The string that follows a word with at most `(` or `:` between.
  private @Nullable Token stringAfter(int at, int within) {
    for (int i = at + 1; i < Math.min(tokens.size(), at + 1 + within); i++) {
      Token token = tokens.get(i);
      if (isString(token)) {
        return token;
      }
      if (token.kind != '(' && token.kind != ':' && !token.text.equals("identifier")) {
        return null;
      }
    }
    return null;
  }
}
