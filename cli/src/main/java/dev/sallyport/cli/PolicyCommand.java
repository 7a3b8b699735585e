package dev.sallyport.cli;

import dev.sallyport.cedar.Formatter;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Suspicions;
import dev.sallyport.cedar.SyntaxRefused;
import dev.sallyport.cedar.Validator;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport policy`: write policies, and know what is wrong with them before a server does.
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = {
      "Check, lay out and translate policies; run Cedar's own tests; see and change what is in force on a server.",
      ""
    },
    subcommands = {
      PolicyCommand.Check.class,
      PolicyCommand.Format.class,
      PolicyCommand.Translate.class,
      PolicyTestCommand.class,
      PolicyAsk.Explain.class,
      PolicyAsk.ExplainNot.class,
      PolicyAsk.WhoCan.class,
      PolicyAsk.WhatCan.class,
      PolicyCommand.RunCedarTests.class,
      PolicyVersions.Publish.class,
      PolicyVersions.Versions.class,
      PolicyVersions.Show.class,
      PolicyVersions.Diff.class,
      PolicyVersions.Rollback.class,
      PolicyVersions.Hits.class,
      PolicyReplay.class,
      PolicyPropose.class,
      PolicyWaive.class,
      PolicyWaivers.class
    })
final class PolicyCommand implements Runnable {
  private static final int MAX_FILES = 10_000;
  private static final long MAX_BYTES = 4L << 20;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: see `sallyport policy --help`");
  }

  /// The files of `paths`, folders with all of theirs that end in `ending`, in order.
  private static List<Path> files(List<Path> paths, String ending) {
    var files = new ArrayList<Path>();
    for (Path path : paths) {
      try (Stream<Path> all = Files.walk(path)) {
        all.filter(Files::isRegularFile)
            .filter(file -> file.equals(path) || file.toString().endsWith(ending))
            .sorted()
            .limit(2L * MAX_FILES)
            .forEach(files::add);
      } catch (IOException e) {
        throw new UserError("couldn't read `" + path + "`", "name a file or a folder");
      }
    }
    if (files.isEmpty()) {
      throw new UserError("no file ends in `" + ending + "` there", "name a file");
    }
    return files;
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new UserError("`" + file + "` is larger than 4 MiB", "split it");
      }
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new UserError("`" + file + "` is not UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "see that it is there and readable");
    }
  }

  /// One thing that is wrong.
  private record Problem(Path file, int line, int column, boolean error, String message) {}

  /// Checks.
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Check policy files: every mistake of each, with its line and column.",
        "Exit 0: nothing is wrong; 1: something is; 2: could not be checked.",
        ""
      })
  static final class Check implements java.util.concurrent.Callable<Integer> {
    enum Form {
      text,
      json,
      sarif
    }

    @Parameters(
        arity = "1..*",
        paramLabel = "FILE|DIR",
        description = "files, or folders of *.cedar")
    private List<Path> paths = new ArrayList<>();

    @Option(
        names = "--schema",
        paramLabel = "FILE",
        description =
            "a schema in Cedar's syntax, or JSON; default: the vocabulary, with its laws of facts")
    private @Nullable Path schema;

    @Option(
        names = "--level",
        paramLabel = "N",
        description =
            "with --schema: refuse what reads entities farther than N from the request (RFC 76)")
    private int level = Integer.MAX_VALUE;

    @Option(names = "--format", paramLabel = "FORM", description = "text, json or sarif")
    private Form form = Form.text;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
      List<Path> files = files(paths, ".cedar");
      if (level < 0 || (level < Integer.MAX_VALUE && schema == null)) {
        throw new UserError("--level goes with --schema, and is 0 or more", "name the schema");
      }
      List<Problem> problems =
          new ArrayList<>(schema == null ? byVocabulary(files) : bySchema(files, schema, level));
      files.forEach(file -> problems.addAll(suspicions(file)));
      PrintWriter out = spec.commandLine().getOut();
      switch (form) {
        case text -> {
          problems.forEach(problem -> out.println(Terminal.safe(line(problem))));
          spec.commandLine()
              .getErr()
              .println(
                  files.size()
                      + (files.size() == 1 ? " file, " : " files, ")
                      + (problems.isEmpty() ? "nothing wrong" : problems.size() + " wrong"));
        }
        case json -> out.println(Json.pretty(json(files, problems)));
        case sarif -> out.println(Json.pretty(sarif(problems)));
      }
      return problems.isEmpty() ? 0 : 1;
    }

    private static String line(Problem problem) {
      return "%s:%d:%d: %s%s"
          .formatted(
              problem.file(),
              problem.line(),
              problem.column(),
              problem.error() ? "" : "warning: ",
              problem.message());
    }

    private static List<Problem> mistakes(Path file, String text) {
      return PolicySet.mistakes(text).stream()
          .map(refused ->
              new Problem(
                  file,
                  refused.line(),
                  refused.column(),
                  true,
                  String.valueOf(refused.getMessage())))
          .toList();
    }

    /// What the file says and does not show.
    private static List<Problem> suspicions(Path file) {
      return Suspicions.of(read(file)).stream()
          .map(found ->
              new Problem(file, found.span().line(), found.span().column(), false, found.message()))
          .toList();
    }

    /// As a server would read them, all together.
    private static List<Problem> byVocabulary(List<Path> files) {
      var problems = new ArrayList<Problem>();
      var sources = new ArrayList<Source>();
      for (Path file : files) {
        String text = read(file);
        problems.addAll(mistakes(file, text));
        sources.add(new Source(file.toString(), text));
      }
      if (!problems.isEmpty()) {
        return problems;
      }
      try {
        PolicySnapshot.read(sources).policies().stream()
            .flatMap(policy -> over(policy).stream())
            .forEach(problems::add);
      } catch (PolicyRefused refused) {
        refused
            .problems()
            .forEach(problem ->
                problems.add(
                    new Problem(
                        Path.of(problem.file()),
                        problem.line(),
                        problem.column(),
                        true,
                        problem.message())));
      }
      return problems;
    }

    /// A mark whose last day is over says something else than it seems to.
    private static Optional<Problem> over(PolicyRef policy) {
      LocalDate last = policy.shadow();
      return last == null
              || !LocalDate.ofInstant(Clock.systemUTC().instant(), ZoneOffset.UTC).isAfter(last)
          ? Optional.empty()
          : Optional.of(
              new Problem(
                  Path.of(policy.file()),
                  policy.line(),
                  policy.column(),
                  false,
                  policy.forbids()
                      ? "policy `" + policy.id() + "` counts: its last day in shadow is over"
                      : "policy `"
                          + policy.id()
                          + "` permits nothing before its mark is taken off"));
    }

    private static List<Problem> bySchema(List<Path> files, Path schemaFile, int level) {
      Validator validator;
      try {
        String text = read(schemaFile);
        validator =
            new Validator(
                schemaFile.toString().endsWith(".json")
                    ? Schema.parseJson(text)
                    : Schema.parse(text));
      } catch (SyntaxRefused e) {
        throw new UserError(
            schemaFile + ":" + e.line() + ":" + e.column() + ": " + e.getMessage(),
            "mend the schema first");
      }
      var problems = new ArrayList<Problem>();
      for (Path file : files) {
        String text = read(file);
        List<Problem> mistakes = mistakes(file, text);
        problems.addAll(mistakes);
        if (mistakes.isEmpty()) {
          validator
              .validate(PolicySet.parse(text), level)
              .forEach(finding ->
                  problems.add(
                      new Problem(
                          file,
                          finding.span().line(),
                          finding.span().column(),
                          finding.error(),
                          finding.message())));
        }
      }
      return problems;
    }

    private static ObjectNode json(List<Path> files, List<Problem> problems) {
      ObjectNode root = Json.object();
      root.put("files", files.size());
      ArrayNode list = root.putArray("problems");
      for (Problem problem : problems) {
        ObjectNode node = list.addObject();
        node.put("file", problem.file().toString());
        node.put("line", problem.line());
        node.put("column", problem.column());
        node.put("severity", problem.error() ? "error" : "warning");
        node.put("message", problem.message());
      }
      return root;
    }

    private static ObjectNode sarif(List<Problem> problems) {
      ObjectNode root = Json.object();
      root.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
      root.put("version", "2.1.0");
      ObjectNode run = root.putArray("runs").addObject();
      ObjectNode driver = run.putObject("tool").putObject("driver");
      driver.put("name", "sallyport");
      driver.put("version", Version.NUMBER);
      driver.putArray("rules").addObject().put("id", "policy");
      ArrayNode results = run.putArray("results");
      for (Problem problem : problems) {
        ObjectNode result = results.addObject();
        result.put("ruleId", "policy");
        result.put("level", problem.error() ? "error" : "warning");
        result.putObject("message").put("text", problem.message());
        ObjectNode place = result.putArray("locations").addObject().putObject("physicalLocation");
        place
            .putObject("artifactLocation")
            .put("uri", problem.file().toString().replace('\\', '/'));
        ObjectNode region = place.putObject("region");
        region.put("startLine", Math.max(1, problem.line()));
        region.put("startColumn", Math.max(1, problem.column()));
      }
      return root;
    }
  }

  /// Lays out.
  @Command(
      name = "format",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Lay out policy files in place: only what is blank changes, comments stay.",
        "Exit 0: done, or nothing to do; 1: --check found a file that is not laid out; 2: no Cedar.",
        ""
      })
  static final class Format implements java.util.concurrent.Callable<Integer> {
    @Parameters(
        arity = "1..*",
        paramLabel = "FILE|DIR",
        description = "files, or folders of *.cedar")
    private List<Path> paths = new ArrayList<>();

    @Option(names = "--check", description = "change nothing, name the files that would change")
    private boolean check;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      int changed = 0;
      for (Path file : files(paths, ".cedar")) {
        String text = read(file);
        String formatted = formatted(file, text);
        if (formatted.equals(text)) {
          continue;
        }
        changed++;
        out.println(Terminal.safe(file.toString()));
        if (!check) {
          replace(file, formatted);
        }
      }
      return check && changed > 0 ? 1 : 0;
    }

    /// Staged beside and moved over it: whenever this is cut short, one whole text is there.
    private static void replace(Path file, String text) {
      Path whole = file.toAbsolutePath();
      try {
        Path staged = Files.createTempFile(whole.getParent(), ".format", ".tmp");
        Files.writeString(staged, text);
        if (Files.getFileStore(whole).supportsFileAttributeView("posix")) {
          Files.setPosixFilePermissions(staged, Files.getPosixFilePermissions(whole));
        }
        Files.move(staged, whole.toRealPath(), StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UserError("couldn't write `" + file + "`", "check the folder and its rights");
      }
    }

    private static String formatted(Path file, String text) {
      try {
        return Formatter.format(text);
      } catch (SyntaxRefused e) {
        throw new UserError(
            file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage(),
            "mend it first: what cannot be read is not touched");
      }
    }
  }

  /// Translates.
  @Command(
      name = "translate",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Translate policies between Cedar's text and its JSON format, to standard output.",
        ""
      })
  static final class Translate implements Runnable {
    enum Target {
      json,
      cedar
    }

    @Parameters(arity = "1", paramLabel = "FILE", description = "a file of the other form")
    private Path file = Path.of("-");

    @Option(names = "--to", required = true, paramLabel = "FORM", description = "json or cedar")
    private Target target = Target.json;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      String text = read(file);
      PrintWriter out = spec.commandLine().getOut();
      try {
        switch (target) {
          case json -> out.print(PolicySet.parse(text).json());
          case cedar -> {
            PolicySet set = PolicySet.parseJson(text);
            if (!set.links().isEmpty()) {
              throw new UserError(
                  "Cedar's text has no form for links, and the set has " + set.links().size(),
                  "keep it as JSON, or write the linked policies out");
            }
            out.print(set.text());
          }
        }
        out.flush();
      } catch (SyntaxRefused e) {
        throw new UserError(
            file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage(),
            "is it of the form that --to translates from?");
      }
    }
  }

  /// Runs Cedar's own tests.
  @Command(
      name = "run-cedar-tests",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Run files of Cedar's integration tests as they are: validation, decision, reasons, errors;",
        "policies as text, by way of JSON and formatted, entities by way of JSON.",
        "Exit 0: all passed; 1: not all; 2: no tests.",
        ""
      })
  static final class RunCedarTests implements java.util.concurrent.Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "tests, or folders of them")
    private List<Path> paths = new ArrayList<>();

    @Option(
        names = "--corpus",
        description = "of folders take the generated corpus alone: files named by 40 digits")
    private boolean corpus;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      var progress = new Progress(spec.commandLine().getErr(), Terminal.colours());
      int passed = 0;
      int failed = 0;
      int requests = 0;
      List<Path> tests =
          files(paths, ".json").stream()
              .filter(CedarTests::isTest)
              .filter(
                  file -> !corpus || file.getFileName().toString().matches("[0-9a-f]{40}\\.json"))
              .toList();
      if (tests.isEmpty()) {
        throw new UserError("no test is there", "name a file or folder of Cedar's tests");
      }
      for (Path test : tests) {
        if ((passed + failed) % 100 == 0) {
          progress.say((passed + failed) + " of " + tests.size());
        }
        CedarTests.Result result = CedarTests.run(test);
        requests += result.requests();
        if (result.wrong().isEmpty()) {
          passed++;
        } else {
          failed++;
          progress.done();
          result.wrong().forEach(line -> out.println(Terminal.safe(test + ": " + line)));
        }
      }
      progress.done();
      spec.commandLine().getErr().println(requests + " requests");
      out.println(passed + " passed, " + failed + " failed");
      return failed == 0 ? 0 : 1;
    }
  }
}
