package dev.sallyport.cli;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Entities;
import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Formatter;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.Request;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.SyntaxRefused;
import dev.sallyport.cedar.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Runs files of Cedar's own integration tests (github.com/cedar-policy/cedar-integration-tests) as
/// they are.
final class CedarTests {
  private static final long MAX_BYTES = 16L << 20;

  private CedarTests() {}

  /// Whether a file is such a test: a JSON object with `policies` and `requests`.
  static boolean isTest(Path file) {
    return file.toString().endsWith(".json") && !file.toString().endsWith(".entities.json");
  }

  /// What a test finds.
  ///
  /// @param requests how many were asked
  /// @param wrong a line for each thing that is not as the test says
  record Result(int requests, List<String> wrong) {
    Result {
      wrong = List.copyOf(wrong);
    }
  }

  /// Runs one: the verdict of validation, and for each request decision, reasons and errors, with
  /// the policies as text, by way of JSON, and formatted, and the entities by way of JSON.
  static Result run(Path file) {
    var wrong = new ArrayList<String>();
    int requests = 0;
    try {
      JsonNode test = Json.MAPPER.readTree(read(file));
      Schema schema = Schema.parse(read(beside(file, test.path("schema"))));
      PolicySet policies = PolicySet.parse(read(beside(file, test.path("policies"))));
      String text = read(beside(file, test.path("policies")));
      validation(test, schema, policies, wrong);
      Map<String, PolicySet> ways = new LinkedHashMap<>();
      ways.put("as text", policies);
      ways.put("by way of JSON", PolicySet.parseJson(policies.json()));
      ways.put("formatted", PolicySet.parse(Formatter.format(text)));
      ways.put("printed", PolicySet.parse(policies.text()));
      Entities entities = Entities.parseJson(read(beside(file, test.path("entities"))), schema);
      Entities again = Entities.parseJson(entities.json());
      for (JsonNode request : test.path("requests")) {
        requests++;
        ask(request, schema, ways, entities, again, wrong);
      }
    } catch (SyntaxRefused e) {
      wrong.add(e.line() + ":" + e.column() + ": " + e.getMessage());
    } catch (Entities.Refused | JacksonException | IOException e) {
      wrong.add(String.valueOf(e.getMessage()));
    }
    return new Result(requests, wrong);
  }

  private static void validation(
      JsonNode test, Schema schema, PolicySet policies, List<String> wrong) {
    if (!test.has("shouldValidate")) {
      return;
    }
    List<Validator.Finding> errors =
        new Validator(schema).validate(policies).stream().filter(Validator.Finding::error).toList();
    if (errors.isEmpty() != test.path("shouldValidate").asBoolean()) {
      wrong.add(
          errors.isEmpty()
              ? "validates, and should not"
              : "should validate: " + errors.getFirst().message());
    }
  }

  private static void ask(
      JsonNode request,
      Schema schema,
      Map<String, PolicySet> ways,
      Entities entities,
      Entities again,
      List<String> wrong) {
    String name = request.path("description").asString("a request");
    EntityUid action = uid(request.path("action"));
    var asked =
        new Request(
            uid(request.path("principal")),
            action,
            uid(request.path("resource")),
            schema.context(request.path("context").toString(), action));
    if (request.path("validateRequest").asBoolean(false)) {
      new Validator(schema)
          .request(asked)
          .ifPresent(problem -> wrong.add(name + ": the request is refused: " + problem));
    }
    ways.forEach((way, policies) -> {
      Answer answer = policies.ask(asked, entities);
      if (!answer.equals(policies.ask(asked, again))) {
        wrong.add(name + " (" + way + "): entities by way of JSON change the answer");
      }
      String decision = answer.allowed() ? "allow" : "deny";
      if (!decision.equals(request.path("decision").asString(""))) {
        wrong.add(name + " (" + way + "): " + decision);
      }
      differs(
          name + " (" + way + "): reasons", Set.copyOf(answer.reasons()), request, "reason", wrong);
      differs(name + " (" + way + "): errors", answer.errors().keySet(), request, "errors", wrong);
    });
  }

  private static void differs(
      String what, Set<String> found, JsonNode request, String member, List<String> wrong) {
    var wanted = new TreeSet<String>();
    request.path(member).forEach(one -> wanted.add(one.asString("")));
    if (!new TreeSet<>(found).equals(wanted)) {
      wrong.add(what + " " + new TreeSet<>(found) + ", not " + wanted);
    }
  }

  private static EntityUid uid(JsonNode json) {
    return new EntityUid(json.path("type").asString(""), json.path("id").asString(""));
  }

  /// Paths are from the folder of all tests, which is somewhere above.
  private static Path beside(Path file, JsonNode named) throws IOException {
    String name = named.asString("");
    for (Path above = file.toAbsolutePath().getParent();
        above != null && !name.isEmpty();
        above = above.getParent()) {
      Path candidate = above.resolve(name).normalize();
      if (candidate.startsWith(above) && Files.isRegularFile(candidate)) {
        return candidate;
      }
    }
    throw new IOException("`" + name + "` is not there");
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("`" + file.getFileName() + "` is larger than 16 MiB");
    }
    return Files.readString(file);
  }
}
