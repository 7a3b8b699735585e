package dev.sallyport.scan.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `${{ }}` expressions of GitHub Actions and which of them carry text that a stranger writes.
///
/// An expression is replaced in the file before the shell sees it, so that quoting in the script
/// doesn't help (GitHub, "Security hardening for GitHub Actions").
final class Expressions {
  private static final Pattern EXPRESSION =
      Pattern.compile("\\$\\{\\{(.{1,2000}?)\\}\\}", Pattern.DOTALL);
  private static final Pattern INDEX = Pattern.compile("\\[\\s*'([A-Za-z0-9_*-]+)'\\s*\\]");
  private static final Pattern STRING = Pattern.compile("'(?:[^']|'')*'");

  // Free text of issues, changes, comments, commits and branches.
  private static final Pattern UNTRUSTED =
      Pattern.compile(
          "\\bgithub\\.(?:"
              + "head_ref"
              + "|event\\.(?:issue|pull_request|discussion)\\.(?:title|body)"
              + "|event\\.(?:comment|review|review_comment|discussion_comment)\\.body"
              + "|event\\.pull_request\\.head\\.(?:ref|label|repo\\.(?:default_branch|description|homepage|name|full_name))"
              + "|event\\.pages\\S*\\.page_name"
              + "|event\\.(?:commits\\S*|head_commit)\\.(?:message|author\\.(?:email|name|username)|committer\\.(?:email|name))"
              + "|event\\.(?:workflow_run|check_suite|check_run\\.check_suite)\\.head_(?:branch|commit\\.(?:message|author\\.(?:email|name)))"
              + "|event\\.workflow_run\\.(?:display_title|head_repository\\.(?:description|name))"
              + "|event\\.workflow_run\\.pull_requests\\S*\\.head\\.ref"
              + "|event\\.client_payload\\S*"
              + "|event\\.(?:issue|pull_request)\\.(?:milestone|labels)\\S*\\.(?:title|name|description)"
              + "|event\\.changes\\.\\S+\\.from"
              + "|event\\.(?:review|comment)\\.user\\.(?:name|email)"
              + "|event\\.inputs\\S*"
              + "|event(?=\\s|\\)|$)"
              + ")(?![\\w.])",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern HEAD =
      Pattern.compile(
          "\\bgithub\\.(?:head_ref|event\\.pull_request\\.head\\.\\S+|event\\.pull_request\\.(?:merge_commit_sha|number)"
              + "|event\\.number|event\\.issue\\.number|event\\.workflow_run(?:\\.\\S*)?)",
          Pattern.CASE_INSENSITIVE);

  private Expressions() {}

  /// The insides of all expressions of a text, `a['b']` written as `a.b`.
  static List<String> in(String text) {
    var inside = new ArrayList<String>();
    Matcher matcher = EXPRESSION.matcher(text);
    while (matcher.find()) {
      inside.add(plain(matcher.group(1)));
    }
    return inside;
  }

  private static String plain(String expression) {
    return INDEX.matcher(expression).replaceAll(".$1").strip();
  }

  /// Those expressions, as written, that a stranger fills.
  static List<String> untrusted(String text) {
    var written = new ArrayList<String>();
    Matcher matcher = EXPRESSION.matcher(text);
    while (matcher.find()) {
      String code = STRING.matcher(plain(matcher.group(1))).replaceAll("''");
      if (UNTRUSTED.matcher(code).find() && !comparison(code)) {
        written.add(matcher.group());
      }
    }
    return written;
  }

  // `a == b` gives true or false, whatever a holds; so do the functions that ask.
  private static boolean comparison(String code) {
    String lower = code.toLowerCase(Locale.ROOT);
    boolean asks =
        lower.contains("==")
            || lower.contains("!=")
            || lower.startsWith("contains(")
            || lower.startsWith("startswith(")
            || lower.startsWith("endswith(");
    return asks && !lower.contains("&&") && !lower.contains("||");
  }

  /// Those that name an input of the workflow or action.
  static List<String> inputs(String text) {
    var written = new ArrayList<String>();
    Matcher matcher = EXPRESSION.matcher(text);
    while (matcher.find()) {
      String code = plain(matcher.group(1));
      if (code.matches("inputs\\.[\\w-]+")) {
        written.add(matcher.group());
      }
    }
    return written;
  }

  /// True where a `ref` or `repository` names what a contributor pushed.
  static boolean namesHead(String text) {
    return in(text).stream().anyMatch(code -> HEAD.matcher(code).find())
        || text.matches("(?s).*refs/(?:pull|merge-requests)/.*");
  }

  /// True where a secret other than the job's own token is read.
  static boolean readsSecret(String text) {
    for (String code : in(text)) {
      Matcher matcher = Pattern.compile("\\bsecrets\\.([A-Za-z0-9_-]+)").matcher(code);
      while (matcher.find()) {
        if (!matcher.group(1).equalsIgnoreCase("GITHUB_TOKEN")) {
          return true;
        }
      }
    }
    return false;
  }

  /// True where every secret is read at once, or one whose name is only known at run time.
  static boolean readsAllSecrets(String text) {
    for (String code : in(text)) {
      String lower = code.toLowerCase(Locale.ROOT).replaceAll("\\s+", "");
      if (lower.contains("tojson(secrets)")
          || lower.contains("secrets[")
          || lower.equals("secrets")) {
        return true;
      }
    }
    return false;
  }
}
