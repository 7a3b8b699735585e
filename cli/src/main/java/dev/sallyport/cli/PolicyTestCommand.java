package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport policy test`: does the policy answer as its tests say, and what did they not look at?
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Run the tests of a policy: files *.test.yaml or *.test.json beside it (docs/reference/policy.md), or files of"
          + " Cedar's own integration tests. Says which clauses were never seen to come out both ways.",
      "",
      "Exit 0: all passed; 1: not all, or less covered than --min-coverage; 2: could not be run.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sallyport policy test .sallyport/policy --coverage",
      "  sallyport policy test tests/ --profile strict --min-coverage 80",
      "  sallyport policy test --watch"
    })
final class PolicyTestCommand implements Callable<Integer> {
  private static final int MAX_FILES = 10_000;
  private static final long WATCH_MILLIS = 300;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR",
      description = "tests, or folders of them; default: .sallyport/policy")
  private List<Path> paths = new ArrayList<>();

  @Mixin private PolicyChoice.Options chosen = new PolicyChoice.Options();

  @Option(names = "--coverage", description = "name each clause that was not seen both ways")
  private boolean details;

  @Option(
      names = "--min-coverage",
      paramLabel = "PERCENT",
      description = "fail when the tests cover less")
  private int least;

  @Option(names = "--watch", description = "run again whenever a file changes, until interrupted")
  private boolean watch;

  @Option(names = "--json", description = "print it as JSON")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /// What one run came to.
  private record Run(
      Map<Path, List<PolicyTests.Result>> files, Map<String, List<PolicyTests.Covered>> coverage) {
    int passed() {
      return (int) results().filter(PolicyTests.Result::passed).count();
    }

    int failed() {
      return (int) results().filter(one -> !one.passed()).count();
    }

    private Stream<PolicyTests.Result> results() {
      return files.values().stream().flatMap(List::stream);
    }

    private Stream<PolicyTests.Clause> clauses() {
      return coverage.values().stream()
          .flatMap(List::stream)
          .flatMap(one -> one.clauses.values().stream());
    }

    /// Of all ways that clauses can come out, how many were seen.
    int percent() {
      long ways = 2 * clauses().count();
      return ways == 0
          ? 100
          : (int) (100L * clauses().mapToInt(PolicyTests.Clause::seen).sum() / ways);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    if (least < 0 || least > 100) {
      throw new UserError("--min-coverage is " + least, "name a percentage, 0 to 100");
    }
    if (!watch) {
      return told(run());
    }
    PrintWriter err = spec.commandLine().getErr();
    while (true) {
      String before = state();
      try {
        told(run());
      } catch (UserError e) {
        err.println(e.getMessage());
      }
      err.println("waiting for a change; interrupt to end");
      err.flush();
      while (state().equals(before)) {
        Thread.sleep(WATCH_MILLIS);
      }
    }
  }

  private int told(Run run) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(tree(run)));
    } else {
      print(run, out);
    }
    out.flush();
    return run.failed() == 0 && run.percent() >= least ? 0 : 1;
  }

  // ---- running ----

  private List<Path> roots() {
    return paths.isEmpty() ? List.of(Path.of(DeclaredTrust.FOLDER, "policy")) : paths;
  }

  private List<Path> tests() {
    var tests = new ArrayList<Path>();
    for (Path root : roots()) {
      try (Stream<Path> all = Files.walk(root)) {
        all.filter(Files::isRegularFile)
            .filter(file -> file.equals(root) || isTest(file))
            .sorted()
            .limit(MAX_FILES)
            .forEach(tests::add);
      } catch (IOException e) {
        throw new UserError("couldn't read `" + root + "`", "name a file or a folder of tests");
      }
    }
    if (tests.isEmpty()) {
      throw new UserError(
          "no tests there",
          "write one beside the policy: NAME.test.yaml (docs/reference/policy.md has an example)");
    }
    return tests;
  }

  private static boolean isTest(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".test.yaml") || name.endsWith(".test.yml") || name.endsWith(".test.json");
  }

  private Run run() {
    Map<Path, List<PolicyTests.Result>> files = new LinkedHashMap<>();
    Map<String, PolicyTests> policies = new TreeMap<>();
    for (Path file : tests()) {
      if (isCedars(file)) {
        files.put(
            file,
            List.of(
                new PolicyTests.Result(
                    String.valueOf(file.getFileName()), CedarTests.run(file).wrong())));
        continue;
      }
      CaseFile cases = CaseFile.read(file);
      PolicyChoice choice = policyOf(file, cases);
      files.put(
          file,
          policies
              .computeIfAbsent(choice.name(), _ -> new PolicyTests(choice.snapshot()))
              .run(cases));
    }
    Map<String, List<PolicyTests.Covered>> coverage = new LinkedHashMap<>();
    policies.forEach((name, tests) -> coverage.put(name, tests.coverage()));
    return new Run(files, coverage);
  }

  /// Cedar's own: a JSON object with `policies` and `requests`.
  private static boolean isCedars(Path file) {
    if (!file.toString().endsWith(".json")) {
      return false;
    }
    try {
      JsonNode root = Json.MAPPER.readTree(Files.readString(file));
      return root.has("policies") && root.has("requests");
    } catch (IOException | JacksonException e) {
      return false;
    }
  }

  /// The one that the command names, else the one that the file names, else the one beside it, or
  /// above.
  private PolicyChoice policyOf(Path file, CaseFile cases) {
    if (chosen.given()) {
      return chosen.read();
    }
    Path folder = file.toAbsolutePath().getParent();
    @Nullable Object named = cases.members().get("policy");
    if (named instanceof String path && folder != null) {
      return PolicyChoice.ofFolder(folder.resolve(path).normalize());
    }
    for (Path at : folder == null ? List.<Path>of() : List.of(folder, folder.resolve(".."))) {
      if (holdsPolicy(at)) {
        return PolicyChoice.ofFolder(at.normalize());
      }
    }
    throw new UserError(
        "no policy beside `" + file + "`", "name it: --policy DIR, or `policy: DIR` in the file");
  }

  private static boolean holdsPolicy(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(one -> one.toString().endsWith(".cedar"));
    } catch (IOException e) {
      return false;
    }
  }

  /// Names and times of all files of the folders looked at: equal while nothing changed.
  private String state() {
    var state = new StringBuilder();
    var folders = new ArrayList<>(roots());
    chosen.folder().ifPresent(folders::add);
    for (Path root : folders) {
      Path parent = root.toAbsolutePath().getParent();
      try (Stream<Path> all =
          Files.walk(Files.isRegularFile(root) && parent != null ? parent : root, 4)) {
        all.filter(Files::isRegularFile)
            .sorted()
            .limit(MAX_FILES)
            .forEach(file -> state.append(file).append(' ').append(time(file)).append('\n'));
      } catch (IOException | UncheckedIOException e) {
        state.append(root).append(" unreadable\n");
      }
    }
    return state.toString();
  }

  private static String time(Path file) {
    try {
      return Files.getLastModifiedTime(file) + " " + Files.size(file);
    } catch (IOException e) {
      return "gone";
    }
  }

  // ---- telling ----

  private void print(Run run, PrintWriter out) {
    boolean colours = Terminal.colours();
    run.files()
        .forEach((file, results) -> {
          out.println(Terminal.safe(file.toString()));
          for (PolicyTests.Result result : results) {
            out.println(
                "  "
                    + (result.passed()
                        ? Style.GREEN.on("ok", colours)
                        : Style.RED.on("FAILED", colours))
                    + "  "
                    + Terminal.safe(result.name()));
            result.wrong().forEach(line -> out.println("      " + Terminal.safe(line)));
          }
        });
    if (!run.coverage().isEmpty()) {
      coverage(run, out);
    }
    out.println(run.passed() + " passed, " + run.failed() + " failed");
  }

  private void coverage(Run run, PrintWriter out) {
    List<PolicyTests.Covered> policies =
        run.coverage().values().stream().flatMap(List::stream).toList();
    if (details) {
      for (PolicyTests.Covered one : policies) {
        if (!one.asked) {
          out.println(Terminal.safe(one.place + ": `" + one.id + "` was never in scope"));
          continue;
        }
        String file = one.place.substring(0, one.place.lastIndexOf(':'));
        for (PolicyTests.Clause clause : one.clauses.values()) {
          if (clause.seen() < 2) {
            out.println(
                Terminal.safe(
                    "%s:%d:%d: `%s` was never %s"
                        .formatted(
                            file,
                            clause.line,
                            clause.column,
                            clause.text,
                            clause.seen() == 0 ? "reached" : clause.sawTrue ? "false" : "true")));
          }
        }
      }
    }
    out.println(
        "coverage %d %%: %d of %d clauses seen both ways, %d of %d policies in scope%s"
            .formatted(
                run.percent(),
                run.clauses().filter(one -> one.seen() == 2).count(),
                run.clauses().count(),
                policies.stream().filter(one -> one.asked).count(),
                policies.size(),
                details || run.percent() == 100 ? "" : " (--coverage names the rest)"));
  }

  private static ObjectNode tree(Run run) {
    ObjectNode root = Json.object();
    root.put("passed", run.passed());
    root.put("failed", run.failed());
    root.put("coveragePercent", run.percent());
    ArrayNode tests = root.putArray("tests");
    run.files()
        .forEach((file, results) ->
            results.forEach(result -> {
              ObjectNode node = tests.addObject();
              node.put("file", file.toString());
              node.put("name", result.name());
              node.put("passed", result.passed());
              result.wrong().forEach(node.putArray("wrong")::add);
            }));
    ArrayNode policies = root.putArray("policies");
    run.coverage().values().stream()
        .flatMap(List::stream)
        .forEach(one -> {
          ObjectNode node = policies.addObject();
          node.put("id", one.id);
          node.put("place", one.place);
          node.put("inScope", one.asked);
          ArrayNode clauses = node.putArray("clauses");
          one.clauses
              .values()
              .forEach(clause -> {
                ObjectNode at = clauses.addObject();
                at.put("clause", clause.text);
                at.put("line", clause.line);
                at.put("column", clause.column);
                at.put("sawTrue", clause.sawTrue);
                at.put("sawFalse", clause.sawFalse);
              });
        });
    return root;
  }
}
