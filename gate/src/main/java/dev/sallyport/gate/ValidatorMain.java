package dev.sallyport.gate;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.DetailedError;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import com.cedarpolicy.model.schema.Schema.JsonOrCedar;
import dev.sallyport.cedar.Span;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The child of [ValidatorProcess]: validates the files of its arguments strictly against the
/// vocabulary, and prints what is wrong. The only class that touches cedar-java; it is never loaded
/// by the process that rules.
final class ValidatorMain {
  private ValidatorMain() {}

  /// Exit code 0 means that the last line is `done`, whatever was found.
  public static void main(String[] files) throws IOException, AuthException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Schema schema = Schema.parse(JsonOrCedar.Cedar, Vocabulary.text());
    int problems = 0;
    for (int file = 0; file < files.length; file++) {
      for (String problem : problems(Files.readString(Path.of(files[file])), schema)) {
        out.println(file + "\t" + problem);
        problems++;
      }
    }
    out.println("done\t" + problems);
  }

  /// Lines `line TAB column TAB message`.
  private static List<String> problems(String text, Schema schema) throws AuthException {
    Map<String, Span> spans = new HashMap<>();
    Set<Policy> policies = new HashSet<>();
    for (dev.sallyport.cedar.Policy policy : dev.sallyport.cedar.PolicySet.parse(text).policies()) {
      Span span = policy.span();
      spans.put(policy.id(), span);
      policies.add(new Policy(text.substring(span.start(), span.end()), policy.id()));
    }
    ValidationResponse response =
        new BasicAuthorizationEngine()
            .validate(new ValidationRequest(schema, new PolicySet(policies)));
    if (response.success.isEmpty()) {
      return response.errors.stream()
          .flatMap(List::stream)
          .map(error -> line(text, new Span(0, 0, 1, 1), error))
          .toList();
    }
    return response.success.get().validationErrors.stream()
        .map(error ->
            line(
                text,
                spans.getOrDefault(error.getPolicyId(), new Span(0, 0, 1, 1)),
                error.getError()))
        .toList();
  }

  private static String line(String text, Span policy, DetailedError error) {
    String own = text.substring(policy.start());
    int bytes = error.sourceLocations.isEmpty() ? 0 : error.sourceLocations.getFirst().start;
    int start = policy.start() + units(own, bytes);
    int line = policy.line();
    int lineStart = text.lastIndexOf('\n', Math.max(policy.start() - 1, 0)) + 1;
    for (int at = policy.start(); at < start; at++) {
      if (text.charAt(at) == '\n') {
        line++;
        lineStart = at + 1;
      }
    }
    int column = text.codePointCount(Math.min(lineStart, start), start) + 1;
    return line + "\t" + column + "\t" + error.message.replaceAll("[\\r\\n\\t]+", " ");
  }

  /// The native side counts UTF-8 bytes, Java UTF-16 units.
  private static int units(String text, int bytes) {
    int seen = 0;
    int at = 0;
    while (at < text.length() && seen < bytes) {
      int codePoint = text.codePointAt(at);
      seen += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      at += Character.charCount(codePoint);
    }
    return at;
  }
}
