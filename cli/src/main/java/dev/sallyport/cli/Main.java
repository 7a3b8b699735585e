package dev.sallyport.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `sallyport` command.
///
/// The rules, for every command:
/// - stdout carries the answer and nothing else; progress, hints and errors go to stderr.
/// - exit 0: done, or a ruling of allow; 1: a ruling of deny, and only that; 2: everything else,
///   wrong usage and crashes included, so that a script can tell "refused" from "could not tell".
/// - colours only on a terminal and never with `NO_COLOR`.
/// - an error is one clause, with a line that says what to do next; no stack trace unless
///   `SALLYPORT_DEBUG=1`.
@Command(
    name = "sallyport",
    description =
        "Zero trust for software delivery: prove who asks and what they carry, before it ships.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      VerifyCommand.class,
      InitCommand.class,
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      FsckCommand.class,
      DecideCommand.class,
      PolicyCommand.class,
      RunCommand.class,
      JobCommand.class,
      SecretCommand.class,
      RegistryCommand.class,
      EvidenceCommand.class,
      HoldCommand.class,
      RadiusCommand.class,
      ContainCommand.class,
      IncidentsCommand.class,
      RespondCommand.class,
      DetectCommand.class,
      ExportCommand.class,
      PublishCommand.class,
      DeployCommand.class,
      ReleasesCommand.class,
      AgentCommand.class,
      AttestCommand.class,
      RangeCommand.class,
      DemoCommand.class,
      CommitsCommand.class,
      VerifyAttestationCommand.class,
      KeyCommand.class,
      CommandLine.HelpCommand.class,
      ExampleRegistryCommand.class,
      TimePipelineCommand.class,
      JobServeCommand.class,
      WarmUpCommand.class,
    },
    footer = {
      "",
      "Start with `sallyport verify` in any git repository, or `sallyport demo`.",
      "Exit codes: 0 done or allowed, 1 denied, 2 could not tell."
    })
public final class Main implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private final Surroundings surroundings;

  private Main(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// Where the command line was typed.
  Surroundings surroundings() {
    return surroundings;
  }

  /// Runs the command line and exits with its code.
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    return run(Surroundings.ofProcess(), args);
  }

  /// The same for somebody else, who stands elsewhere.
  static int run(Surroundings surroundings, String... args) {
    CommandLine line = new CommandLine(new Main(surroundings));
    line.setOut(surroundings.out());
    line.setErr(surroundings.err());
    line.setColorScheme(Terminal.helpColours(surroundings));
    line.setUsageHelpAutoWidth(true);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Main::explain);
    line.setParameterExceptionHandler((e, _) -> misused(e));
    int code = line.execute(args);
    line.getOut().flush();
    return code;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
    throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
  }

  /// Wrong usage is one sentence too; the whole usage is an option away.
  private static int misused(CommandLine.ParameterException e) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    String message = String.valueOf(e.getMessage());
    err.println(
        "sallyport: "
            + Terminal.safe(
                message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1)));
    err.println("hint: see `" + line.getCommandSpec().qualifiedName() + " --help`");
    return 2;
  }

  private static int explain(Exception e, CommandLine line, CommandLine.ParseResult ignored) {
    line.getOut().flush();
    PrintWriter err = line.getErr();
    if (e instanceof UserError error) {
      err.println("sallyport: " + Terminal.safeLines(String.valueOf(error.getMessage())));
      if (!error.hint().isEmpty()) {
        err.println("hint: " + Terminal.safeLines(error.hint()));
      }
    } else {
      err.println("sallyport: internal error: " + Terminal.safeLines(e.toString()));
      err.println(
          "hint: this is a defect; run again with SALLYPORT_DEBUG=1 and report what it prints");
    }
    if ("1".equals(Surroundings.of(line.getCommandSpec()).variable("SALLYPORT_DEBUG"))) {
      e.printStackTrace(err);
    }
    return 2;
  }
}
