package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A name that says "secret" and a literal given to it: `password = "..."`, `API_KEY: ...`,
/// `--token ...`, `<password>...</password>`.
///
/// No regular expression reads the text here: the name is extended to both sides by hand, one
/// operator is accepted, one literal read, each with a bound. What remains is a guess, so the value
/// must look like chance and not like language, a look-up or a stand-in.
final class Assignments implements Detector {
  private static final int LONGEST_NAME = 60;
  private static final int LONGEST_VALUE = 300;
  private static final Set<String> NEVER =
      Set.of(
          "true", "false", "null", "none", "nil", "undefined", "yes", "no", "required", "optional");
  private static final Pattern UUID =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9+/=_.~:-]{8,}");
  private static final Pattern DOTTED_NAMES =
      Pattern.compile("[A-Za-z_][A-Za-z_-]*([.:/][A-Za-z_][A-Za-z_-]*)+[0-9]?");
  private static final Pattern FILE =
      Pattern.compile(
          ".*\\.(?:pem|key|crt|cer|json|ya?ml|txt|properties|jks|p12|pub|html?|js|py|java|rb|md|conf|xml|sh|env)");
  private static final Pattern HASH =
      Pattern.compile(
          "\\$(?:2[abxy]?|5|6|1|apr1|argon2[a-z]*|pbkdf2[a-z0-9-]*|scrypt|y)\\$.*|\\{(?:SSHA|SHA|MD5|CRYPT)[A-Z0-9]*\\}.*|sha(?:256|384|512)-.*|sha256:.*");
  private static final Pattern AWS_SECRET = Pattern.compile("[A-Za-z0-9/+]{40}");

  // Names that hold the word but not the thing.
  private static final List<String> NOT_A_SECRET =
      List.of(
          "public",
          "tokenizer",
          "tokenise",
          "tokenize",
          "keyboard",
          "keyword",
          "passive",
          "passenger",
          "passage",
          "compass",
          "bypass",
          "buypass",
          "passed",
          "password_field",
          "passwordfield",
          "secretname",
          "secret_name",
          "secret-name",
          "secretref",
          "secretkeyref",
          "keyref",
          "key_ref",
          "tokentype",
          "token_type",
          "token-type",
          "token_url",
          "tokenurl",
          "token_uri",
          "tokenuri",
          "tokenendpoint",
          "token_endpoint",
          "secretpath",
          "secret_path",
          "secret_id_path",
          "token_path",
          "tokenpath",
          "_file",
          "-file",
          "_url",
          "_uri",
          "_hash",
          "hashed",
          "_algorithm",
          "hashing",
          "_length",
          "_size",
          "_count",
          "_limit",
          "_expir",
          "expires",
          "expiry",
          "_ttl",
          "lifetime",
          "_type",
          "_policy",
          "_prompt",
          "_label",
          "_hint",
          "_message",
          "_error",
          "_regex",
          "_pattern",
          "_format",
          "_header",
          "_param",
          "_scheme",
          "_method",
          "_class",
          "_provider",
          "_enabled",
          "csrf",
          "xsrf",
          "cancellationtoken",
          "nexttoken",
          "next_token",
          "pagetoken",
          "page_token",
          "continuationtoken",
          "max_tokens",
          "maxtokens",
          "num_tokens",
          "pad_token",
          "eos_token",
          "bos_token",
          "unk_token",
          "token_id",
          "tokenid",
          "secret_id",
          "secretid",
          "credential_id",
          "credentialsid",
          "credentials_id",
          "credentialid",
          "username",
          "usertoken_name",
          "displayname");

  @Override
  public List<String> keywords() {
    return List.of(
        "passw",
        "passphrase",
        "pwd",
        "_pw",
        "pass=",
        "pass:",
        "pass\"",
        "pass'",
        "pass =",
        "pass ",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "accesskey",
        "access_key",
        "access-key",
        "authkey",
        "auth_key",
        "auth-key",
        "privatekey",
        "private_key",
        "encryptionkey",
        "encryption_key",
        "encryption-key",
        "signing_key",
        "signingkey",
        "signing-key",
        "accountkey",
        "account_key",
        "credential",
        "masterkey",
        "master_key",
        "master-key",
        "integration_key",
        "licensekey",
        "license_key",
        "_auth",
        "identified by ");
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    if (text.lockFile) {
      return null;
    }
    int nameStart = nameStart(text, keywordStart);
    int nameEnd = nameEnd(text, keywordEnd);
    if (nameStart < 0 || nameEnd < 0) {
      return null;
    }
    Literal literal = literalAfter(text, nameStart, nameEnd);
    if (literal == null || literal.end - literal.start < 5) {
      return null;
    }
    String name = text.lower(nameStart, nameEnd).strip();
    String value = text.slice(literal.start, literal.end);
    return judge(text, name, value, literal);
  }

  // ---- where the name and its literal stand

  /// @param quoted true where the source marks it as text, so that it's no expression
  private record Literal(int start, int end, boolean quoted) {}

  private static boolean inName(char character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9')
        || character == '_'
        || character == '-'
        || character == '.';
  }

  private static int nameStart(FileText text, int from) {
    int at = from;
    while (inName(text.peek(at - 1))) {
      at--;
      if (from - at > LONGEST_NAME) {
        return -1;
      }
    }
    return at;
  }

  private static int nameEnd(FileText text, int from) {
    if (!inName(text.peek(from - 1))) {
      return from - 1;
    }
    int at = from;
    while (inName(text.peek(at))) {
      at++;
      if (at - from > LONGEST_NAME) {
        return -1;
      }
    }
    return at;
  }

  private static @Nullable Literal literalAfter(FileText text, int nameStart, int nameEnd) {
    if (text.lower(nameStart, nameEnd).startsWith("identified by")) {
      return literal(text, blanks(text, nameEnd), true);
    }
    int at = nameEnd;
    boolean quotedName = false;
    boolean option = text.peek(nameStart) == '-' && text.peek(nameStart + 1) == '-';
    if (text.peek(at) == '\\') {
      at++;
    }
    if (isQuote(text.peek(at))) {
      quotedName = true;
      at++;
    }
    if (text.peek(nameStart - 1) == '<' && text.peek(at) == '>') {
      return element(text, at + 1);
    }
    while (text.peek(at) == ']' || text.peek(at) == ')') {
      at++;
    }
    at = blanks(text, at);
    if (quotedName && startsWithValueAttribute(text, at)) {
      at = blanks(text, at + "value".length());
    }
    int operatorEnd = operatorEnd(text, at, quotedName);
    if (operatorEnd > 0) {
      int after = typeAnnotation(text, blanks(text, operatorEnd));
      Literal literal = literal(text, after, !text.expressions);
      return text.peek(at) == ',' && !soleArguments(text, nameStart, literal) ? null : literal;
    }
    if ((option || netrc(text)) && at > nameEnd) {
      return literal(text, at, true);
    }
    return null;
  }

  // `("name", "value")` gives a value to a name; a longer list of words gives nothing to anything.
  private static boolean soleArguments(FileText text, int nameStart, @Nullable Literal value) {
    return value != null
        && text.peek(nameStart - 2) == '('
        && text.peek(blanks(text, value.end + 1)) == ')';
  }

  private static boolean startsWithValueAttribute(FileText text, int at) {
    return at + 7 < text.length() && text.lower(at, at + 5).equals("value");
  }

  private static boolean netrc(FileText text) {
    return text.path.endsWith("netrc");
  }

  private static int operatorEnd(FileText text, int at, boolean quotedName) {
    char first = text.peek(at);
    char second = text.peek(at + 1);
    if (first == ':' && (second == '=' || second == ':')) {
      return at + 2;
    }
    if (first == '=' && second == '>') {
      return at + 2;
    }
    if (first == '=' && second == '=') {
      return text.peek(at + 2) == '=' ? at + 3 : at + 2;
    }
    if (first == '=' || first == ':') {
      return at + 1;
    }
    if (first == '|' && second == '|' && text.peek(at + 2) == '=') {
      return at + 3;
    }
    return first == ',' && quotedName ? at + 1 : 0;
  }

  // `password: String = "..."` declares before it assigns.
  private static int typeAnnotation(FileText text, int at) {
    int end = at;
    while (end - at < 30 && (inName(text.peek(end)) || "<>?[]*&".indexOf(text.peek(end)) >= 0)) {
      end++;
    }
    if (end == at) {
      return at;
    }
    int equals = blanks(text, end);
    boolean assigns = equals > end && text.peek(equals) == '=' && text.peek(equals + 1) != '=';
    return assigns ? blanks(text, equals + 1) : at;
  }

  private static int blanks(FileText text, int from) {
    int at = from;
    while (at - from < 40 && (text.peek(at) == ' ' || text.peek(at) == '\t')) {
      at++;
    }
    return at;
  }

  private static @Nullable Literal element(FileText text, int from) {
    int at = from;
    while (at - from < LONGEST_VALUE && text.peek(at) != '<' && text.peek(at) != '\n') {
      at++;
    }
    return text.peek(at) == '<' && text.peek(at + 1) == '/' ? new Literal(from, at, true) : null;
  }

  private static @Nullable Literal literal(FileText text, int from, boolean bareAllowed) {
    int at = from;
    // Prefixes of string literals: b"", f"", u"", @"", and constructors that only wrap.
    if ("bBuUrR@".indexOf(text.peek(at)) >= 0 && isQuote(text.peek(at + 1))) {
      at++;
    }
    boolean escaped = text.peek(at) == '\\' && isQuote(text.peek(at + 1));
    if (escaped) {
      at++;
    }
    if (isQuote(text.peek(at))) {
      return quoted(text, at + 1, text.peek(at), escaped);
    }
    return bareAllowed ? bare(text, at) : null;
  }

  private static @Nullable Literal quoted(FileText text, int from, char quote, boolean escaped) {
    for (int at = from; at - from <= LONGEST_VALUE; at++) {
      char character = text.peek(at);
      if (character == '\n') {
        return null;
      }
      if (character == '\\' && !escaped) {
        at++;
      } else if (character == quote || (escaped && character == '\\')) {
        return new Literal(from, at, true);
      }
    }
    return null;
  }

  private static @Nullable Literal bare(FileText text, int from) {
    int at = from;
    while (at - from <= LONGEST_VALUE && !endsBare(text.peek(at))) {
      at++;
    }
    if (at - from > LONGEST_VALUE || text.peek(at) == '(') {
      return null;
    }
    return new Literal(from, at, false);
  }

  private static boolean endsBare(char character) {
    return character <= ' ' || "\"'`,;&()[]{}|<>\\".indexOf(character) >= 0;
  }

  private static boolean isQuote(char character) {
    return character == '"' || character == '\'' || character == '`';
  }

  // ---- whether the literal opens a door

  private static @Nullable Candidate judge(
      FileText text, String name, String value, Literal literal) {
    boolean password = isPassword(name);
    // The cheap question first: hostile text asks it for every few bytes.
    boolean looksIt = password ? passwordLike(value, literal.quoted) : tokenLike(value);
    if (!looksIt || excluded(text, name, value)) {
      return null;
    }
    if (password) {
      Severity severity = text.test || text.template ? Severity.LOW : Severity.MEDIUM;
      return new Candidate(
          "secret/password", severity, "a password", name, literal.start, literal.end, false, true);
    }
    if (AWS_SECRET.matcher(value).matches()
        && name.contains("secret")
        && Likeness.entropy(value) > 4) {
      return Candidate.specific(
          "secret/aws-secret-key",
          Severity.CRITICAL,
          "an AWS secret access key",
          literal.start,
          literal.end);
    }
    return new Candidate(
        "secret/generic",
        text.test || text.template ? Severity.LOW : Severity.HIGH,
        "a secret",
        name,
        literal.start,
        literal.end,
        false,
        value.length() < 20);
  }

  private static boolean excluded(FileText text, String name, String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    for (String part : NOT_A_SECRET) {
      if (name.contains(part)) {
        return true;
      }
    }
    return NEVER.contains(lower)
        || HASH.matcher(value).matches()
        || FILE.matcher(lower).matches()
        || lower.startsWith("/")
        || lower.startsWith("./")
        || lower.startsWith("../")
        || lower.startsWith("~/")
        || lower.contains("://")
        || lower.equals(name)
        || Likeness.standsIn(value)
        || Likeness.onlyNames(value)
        || text.path.endsWith(".snap");
  }

  private static boolean isPassword(String name) {
    return name.contains("passw")
        || name.contains("passphrase")
        || name.contains("pwd")
        || name.endsWith("_pw")
        || name.endsWith("pass")
        || name.startsWith("identified by");
  }

  private static boolean passwordLike(String value, boolean quoted) {
    if (value.length() < 6 || value.length() > 100) {
      return false;
    }
    if (value.indexOf(' ') >= 0 || DOTTED_NAMES.matcher(value).matches()) {
      return false;
    }
    if (!value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      return false;
    }
    boolean letters = value.chars().anyMatch(Character::isLetter);
    boolean others = value.chars().anyMatch(c -> !Character.isLetter(c) && "._-:/".indexOf(c) < 0);
    if (!letters && !quoted) {
      return false;
    }
    double wordiness = Likeness.wordiness(value);
    return others ? wordiness < 0.95 || value.length() < 12 : wordiness < 0.8;
  }

  private static boolean tokenLike(String value) {
    if (UUID.matcher(value).matches()) {
      return true;
    }
    if (value.length() < 8
        || !TOKEN.matcher(value).matches()
        || DOTTED_NAMES.matcher(value).matches()) {
      return false;
    }
    boolean digits = value.chars().anyMatch(Character::isDigit);
    boolean letters = value.chars().anyMatch(Character::isLetter);
    if (!letters) {
      return false;
    }
    double entropy = Likeness.entropy(value);
    double wordiness = Likeness.wordiness(value);
    if (!digits) {
      return wordiness < 0.62 && entropy > 2.6;
    }
    if (value.length() < 16) {
      return wordiness < 0.75 && entropy > 2.8;
    }
    return entropy > 3.0 && wordiness < 0.8;
  }
}
