package dev.sallyport.cli;

import dev.sallyport.attest.CommitObject;
import dev.sallyport.attest.SeenSigners;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.scan.git.CommitRange;
import dev.sallyport.scan.git.Repository;
import dev.sallyport.scan.git.RepositoryException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sallyport init`: a first `.sallyport/` for a repository that has none.
///
/// Signers are proposed from the keys that history was signed with, each as a comment: seen is not
/// trusted.
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Propose a `.sallyport/` for this repository: its signers as seen in history (commented out until you trust"
          + " them), a profile, a snippet for its CI; then say what would be refused today. Never overwrites.",
      ""
    })
final class InitCommand implements Runnable {
  private static final int LOOK_BACK = 2_000;

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "a folder inside the repository; default: here")
  private Path path = Path.of(".");

  @Option(names = "--dry-run", description = "say what would be written, write nothing")
  private boolean dryRun;

  @Option(
      names = "--copy-policy",
      description = "write the profile's Cedar text to .sallyport/policy/ for you to change")
  private boolean copyPolicy;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    try (Repository repository = Repository.open(path)) {
      if (!repository.hasWorkingTree()) {
        throw new UserError("the repository is bare", "run it in a checkout");
      }
      Map<String, String> files = propose(repository);
      out.println(dryRun ? "would write:" : "written:");
      files.forEach((name, text) -> out.println("  " + write(repository.top(), name, text)));
      out.println();
      out.flush();
      report(repository, out);
      out.println();
      out.println("Next:");
      out.println(
          "  1. read .sallyport/signers and take the `#` off the lines of people you trust");
      out.println(
          "  2. commit .sallyport/ to the default branch: trust is read from there, never from a change");
      ciHint(repository.top(), out);
    } catch (RepositoryException e) {
      throw new UserError(Terminal.safe(String.valueOf(e.getMessage())), e.hint());
    } catch (Repository.Sha256Repository e) {
      throw new UserError(String.valueOf(e.getMessage()), "use it on a SHA-1 repository for now");
    }
  }

  private Map<String, String> propose(Repository repository) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(DeclaredTrust.FOLDER + "/signers", signers(repository));
    files.put(DeclaredTrust.FOLDER + "/profile", "baseline\n");
    if (copyPolicy) {
      files.put(
          DeclaredTrust.FOLDER + "/policy/policy.cedar",
          PolicySnapshot.builtIn(Profile.BASELINE).sources().getFirst().text());
    }
    for (CiSnippet snippet : CiSnippet.values()) {
      if (snippet.usedIn(repository.top())) {
        files.put(DeclaredTrust.FOLDER + "/ci/" + snippet.fileName(), snippet.text());
      }
    }
    return files;
  }

  private static String signers(Repository repository) {
    CommitRange last = repository.lastCommits(LOOK_BACK);
    SeenSigners seen = new SeenSigners();
    for (String id : last.commits()) {
      try {
        seen.add(CommitObject.parse(id, repository.rawCommit(id)));
      } catch (RepositoryException unreadable) {
        // A commit that cannot be read names no signer; `verify` reports it.
      }
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "# Who may sign commits here, in OpenSSH's allowed_signers format (ssh-keygen(1)).\n");
    text.append("# Every line below was SEEN in the last ").append(last.commits().size());
    text.append(" commits and is NOT trusted: anyone can sign with some key and any name.\n");
    text.append("# Ask each person for the fingerprint by another way, then take the # off.\n");
    text.append(seen.proposal());
    return text.toString();
  }

  private String write(Path top, String name, String text) {
    Path file = top.resolve(name);
    refuseLinks(top, file);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return name + "  (exists already, left as it is)";
    }
    if (!dryRun) {
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text, StandardOpenOption.CREATE_NEW);
      } catch (IOException e) {
        throw new UserError("couldn't write `" + name + "`", "check the folder and its rights");
      }
    }
    return name;
  }

  /// A folder of a hostile repository that is a link would have us write anywhere.
  private static void refuseLinks(Path top, Path file) {
    for (Path at = file.getParent(); at != null && !at.equals(top); at = at.getParent()) {
      if (Files.isSymbolicLink(at)) {
        throw new UserError(
            "`" + Terminal.safe(top.relativize(at).toString()) + "` is a link, and is not followed",
            "remove it, and run init again");
      }
    }
  }

  private static void report(Repository repository, PrintWriter out) {
    Instant now = Clock.systemUTC().instant();
    var request =
        new Verification.Request(null, new SignerOptions(), Profile.BASELINE, true, null, null);
    VerifyReport report = new Verification(request, now, new Progress(out, false)).run(repository);
    out.println("By profile baseline, today (" + report.repository().range() + "):");
    for (VerifyReport.Checked one : report.checked()) {
      out.println("  " + one.what() + ": " + Terminal.safe(one.result()));
    }
    for (VerifyReport.Answer answer : report.rulings()) {
      out.println("  " + answer.action().word() + " would be " + answer.ruling().outcome().word());
      if (!answer.ruling().allowed()) {
        answer.ruling().advice().forEach(advice -> out.println("    - " + advice));
      }
    }
  }

  private static void ciHint(Path top, PrintWriter out) {
    List<CiSnippet> used =
        Arrays.stream(CiSnippet.values()).filter(one -> one.usedIn(top)).toList();
    if (used.isEmpty()) {
      out.println("  3. run `sallyport verify --range BASE..HEAD` in your CI; none was found here");
    }
    for (CiSnippet snippet : used) {
      out.println("  3. " + snippet.hint());
    }
  }
}
