package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The commands of `sallyport policy` that speak of a server's versions of policy: what is in
/// force, what was, what differs, and how another comes into force.
///
/// Exit 0: done; 1: refused by the policy in force; 2: could not be done.
final class PolicyVersions {
  /// Flips that are shown before publishing.
  private static final int MOST_FLIPS = 10;

  private PolicyVersions() {}

  private static JsonNode inForce(OwnerSession session) {
    return session.must("GET", "/v1/policies", null).path("inForce");
  }

  private static String line(JsonNode version) {
    return "%d  %s  %s by %s  %s  %s"
        .formatted(
            version.path("number").asLong(0),
            Terminal.safe(version.path("since").asString("")),
            Terminal.safe(version.path("origin").asString("")),
            Terminal.safe(version.path("by").asString("")),
            Terminal.safe(version.path("digest").asString("")),
            Terminal.safe(version.path("reason").asString("")));
  }

  /// Prints what differs, policy by policy.
  private static void print(PrintWriter out, JsonNode changes, boolean colours) {
    if (changes.isEmpty()) {
      out.println("no policy differs");
    }
    for (JsonNode change : changes) {
      out.println(
          Style.BOLD.on(
              "%s %s `%s`"
                  .formatted(
                      Terminal.safe(change.path("change").asString("")),
                      Terminal.safe(change.path("effect").asString("")),
                      Terminal.safe(change.path("id").asString(""))),
              colours));
      for (JsonNode line : change.path("lines")) {
        String text = Terminal.safe(line.asString(""));
        out.println(
            "  "
                + (text.startsWith("+")
                    ? Style.GREEN.on(text, colours)
                    : text.startsWith("-") ? Style.RED.on(text, colours) : text));
      }
    }
  }

  /// A change of policy: shown first, then asked for.
  private static final class Proposal {
    private final CommandLine.Model.CommandSpec spec;
    private final OwnerSession session;
    private final String path;
    private final ObjectNode body;

    Proposal(
        CommandLine.Model.CommandSpec spec,
        OwnerSession session,
        String path,
        ObjectNode body,
        @Nullable Long expected,
        String reason) {
      this.spec = spec;
      this.session = session;
      this.path = path;
      this.body = body;
      body.put("reason", reason);
      body.put("expect", expected == null ? inForce(session).path("number").asLong(0) : expected);
    }

    int run(boolean dryRun, boolean yes, boolean json) {
      PrintWriter out = spec.commandLine().getOut();
      PrintWriter err = spec.commandLine().getErr();
      if (!yes || dryRun) {
        body.put("dryRun", true);
        ServerClient.Answer shown = session.send("POST", path, body);
        if (shown.status() != 200) {
          return refused(shown, err);
        }
        if (json) {
          out.println(Json.pretty(shown.json()));
        } else {
          print(out, shown.json().path("changes"), Terminal.colours());
          printFlips(out, shown.json().path("replay"));
        }
        out.flush();
        if (dryRun) {
          return 0;
        }
        if (!confirmed()) {
          err.println("sallyport: nothing was published");
          err.println("hint: add --yes when this is what you want");
          return 2;
        }
      }
      body.put("dryRun", false);
      ServerClient.Answer answer = session.send("POST", path, body);
      if (answer.status() != 201) {
        return refused(answer, err);
      }
      if (json) {
        out.println(Json.pretty(answer.json()));
      } else {
        JsonNode version = answer.json().path("version");
        out.println(
            "version %d is in force: %s"
                .formatted(
                    version.path("number").asLong(0),
                    Terminal.safe(version.path("digest").asString(""))));
      }
      return 0;
    }

    /// Which of the newest decisions would be others; a few of them, and how many.
    private static void printFlips(PrintWriter out, JsonNode replay) {
      int told = 0;
      for (JsonNode flip : replay.path("flips")) {
        if (told++ < MOST_FLIPS) {
          PolicyReplay.print(out, flip);
        }
      }
      long flips = replay.path("opened").asLong(0) + replay.path("closed").asLong(0);
      if (flips > MOST_FLIPS) {
        out.println("    and more: see `sallyport policy replay`");
      }
      out.println(
          "of the newest %d decisions: %d DENY->ALLOW, %d ALLOW->DENY; %d could not be replayed"
              .formatted(
                  replay.path("decisions").asLong(0),
                  replay.path("opened").asLong(0),
                  replay.path("closed").asLong(0),
                  replay.path("notReplayable").asLong(0)));
    }

    /// Whether somebody sits there and types `yes`.
    private boolean confirmed() {
      if (!Surroundings.ofProcess().terminal()) {
        return false;
      }
      PrintWriter err = spec.commandLine().getErr();
      err.print("Bring this into force? Type yes: ");
      err.flush();
      var typed = new StringBuilder();
      try {
        for (int c = System.in.read(); c > '\n' && typed.length() < 16; c = System.in.read()) {
          typed.append((char) c);
        }
      } catch (IOException e) {
        return false;
      }
      return typed.toString().strip().equals("yes");
    }

    /// A ruling against it is 1, everything else 2.
    private static int refused(ServerClient.Answer answer, PrintWriter err) {
      JsonNode json = answer.json();
      if (answer.status() == 403 && json.path("decision").asString("").equals("deny")) {
        json.path("reasons").forEach(one -> err.println("denied: " + text(one)));
        json.path("advice").forEach(one -> err.println("hint: " + text(one)));
        return 1;
      }
      if (json.has("problems")) {
        for (JsonNode problem : json.path("problems")) {
          err.println(
              "%s:%d:%d: %s"
                  .formatted(
                      text(problem.path("file")),
                      problem.path("line").asInt(0),
                      problem.path("column").asInt(0),
                      text(problem.path("message"))));
        }
        err.println("sallyport: the server takes no policy with mistakes");
        err.println("hint: see `sallyport policy check`");
        return 2;
      }
      throw new UserError(
          Terminal.safe(json.path("detail").asString("the server answered " + answer.status())),
          answer.status() == 412
              ? "look at it with `sallyport policy versions`, then try again"
              : "");
    }

    private static String text(JsonNode node) {
      return Terminal.safe(node.asString(""));
    }
  }

  /// Publishes a folder.
  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Bring the *.cedar files of a folder into force on the server, in the place of everything that is in force"
            + " there. What changes is shown first.",
        "Exit 0: done; 1: the policy in force refuses it; 2: could not be done, or was not confirmed.",
        ""
      })
  static final class Publish implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "a folder of *.cedar files")
    private Path folder = Path.of("");

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Option(
        names = "--expect",
        paramLabel = "N",
        description =
            "publish only while version N is in force; default: what is, when it is shown")
    private @Nullable Long expected;

    @Option(names = "--dry-run", description = "show what would change, and change nothing")
    private boolean dryRun;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
      ObjectNode body = Json.object();
      ArrayNode sources = body.putArray("sources");
      PolicyReplay.sources(folder)
          .forEach(
              source -> sources.addObject().put("name", source.name()).put("text", source.text()));
      return new Proposal(spec, new OwnerSession(server), "/v1/policies", body, expected, reason)
          .run(dryRun, yes, json);
    }
  }

  /// Rolls back.
  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Bring the text of an earlier version into force again, as a new version. What changes is shown first.",
        "Exit 0: done; 1: the policy in force refuses it; 2: could not be done, or was not confirmed.",
        ""
      })
  static final class Rollback implements Callable<Integer> {
    @Parameters(paramLabel = "N", description = "as `policy versions` shows it")
    private long to;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Option(
        names = "--expect",
        paramLabel = "N",
        description = "only while version N is in force; default: what is, when it is shown")
    private @Nullable Long expected;

    @Option(names = "--dry-run", description = "show what would change, and change nothing")
    private boolean dryRun;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() {
      ObjectNode body = Json.object();
      body.put("to", to);
      return new Proposal(
              spec, new OwnerSession(server), "/v1/policies/rollback", body, expected, reason)
          .run(dryRun, yes, json);
    }
  }

  /// Lists versions.
  @Command(
      name = "versions",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show which policy is in force on the server and which were, newest first.")
  static final class Versions implements Runnable {
    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      JsonNode answer = new OwnerSession(server).must("GET", "/v1/policies", null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
        return;
      }
      answer.path("versions").forEach(version -> out.println(line(version)));
    }
  }

  /// Shows one version.
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show the text of the policy in force on the server, or of version N.")
  static final class Show implements Runnable {
    @Parameters(arity = "0..1", paramLabel = "N", description = "as `policy versions` shows it")
    private @Nullable Long number;

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      var session = new OwnerSession(server);
      long wanted = number == null ? inForce(session).path("number").asLong(0) : number;
      JsonNode version = session.must("GET", "/v1/policies/version?number=" + wanted, null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(version));
        return;
      }
      // A comment, so that what is printed can be published again.
      out.println("// version " + line(version));
      for (JsonNode source : version.path("sources")) {
        out.println("// ---- " + Terminal.safe(source.path("name").asString("")) + " ----");
        out.println(Terminal.safeLines(source.path("text").asString("")));
      }
    }
  }

  /// Compares two versions.
  @Command(
      name = "diff",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Show which policies were added, removed and changed from version A to version B, or to the one in force.")
  static final class Diff implements Runnable {
    @Parameters(index = "0", paramLabel = "A", description = "as `policy versions` shows it")
    private long from;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "B",
        description = "default: the one in force")
    private @Nullable Long to;

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      var session = new OwnerSession(server);
      long until = to == null ? inForce(session).path("number").asLong(0) : to;
      JsonNode answer =
          session.must("GET", "/v1/policies/diff?from=" + from + "&to=" + until, null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
      } else {
        print(out, answer.path("changes"), Terminal.colours());
      }
    }
  }

  /// Shows what each policy did.
  @Command(
      name = "hits",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Show how often each policy of the server decided, and when last; with --never, those that never did.")
  static final class Hits implements Runnable {
    /// A server reads so far on at each look; more than this many are not waited for.
    private static final int MOST_LOOKS = 100;

    @Option(names = "--never", description = "only those that never did anything")
    private boolean never;

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      var session = new OwnerSession(server);
      JsonNode answer = session.must("GET", "/v1/policies/hits", null);
      for (int look = 1;
          look < MOST_LOOKS && answer.path("readTo").asLong(0) < answer.path("treeSize").asLong(0);
          look++) {
        answer = session.must("GET", "/v1/policies/hits", null);
      }
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
        return;
      }
      for (JsonNode policy : answer.path("policies")) {
        if (!never || !policy.has("last")) {
          out.println(line(policy));
        }
      }
      if (answer.path("readTo").asLong(0) < answer.path("treeSize").asLong(0)) {
        spec.commandLine().getErr().println("hint: the log is not read to its end yet; ask again");
      }
    }

    private static String line(JsonNode policy) {
      var did = new ArrayList<String>();
      for (String what : List.of("allowed", "refused", "unclear", "shadow")) {
        long times = policy.path(what).asLong(0);
        if (times > 0) {
          did.add(what + " " + times);
        }
      }
      if (policy.path("before").asLong(0) > 0) {
        did.add("with another text " + policy.path("before").asLong(0));
      }
      return "%s `%s`%s: %s%s"
          .formatted(
              Terminal.safe(policy.path("effect").asString("")),
              Terminal.safe(policy.path("id").asString("")),
              policy.path("counts").asBoolean(true) ? "" : " (does not count)",
              did.isEmpty() ? "never" : String.join(", ", did),
              policy.has("last")
                  ? ", last %s in entry %d"
                      .formatted(
                          Terminal.safe(policy.path("last").asString("")),
                          policy.path("lastEntry").asLong(0))
                  : "");
    }
  }
}
