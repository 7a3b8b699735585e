package dev.sallyport.cli;

import dev.sallyport.attest.CommitObject;
import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport commits ...`: signatures of bare commit objects.
@Command(
    name = "commits",
    description = "Judge commit signatures.",
    mixinStandardHelpOptions = true,
    subcommands = CommitsCommand.Verify.class)
final class CommitsCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: commits verify");
  }

  /// `sallyport commits verify --objects FILE.jsonl`.
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Judge bare commit objects: one JSON line in, one JSON line out.",
        "",
        "A line in has `oid` (hex) and `raw` (the commit object's bytes in base64, without header); a line out has"
            + " `id`, `format`, `outcome`, `signer` and `reason`. Outcomes: good, unsigned, bad, unknown-signer,"
            + " expired, revoked, not-author, web-flow, unsupported. Exit 0 when every line was judged, whatever"
            + " the outcomes; 2 when one could not be read.",
        ""
      })
  static final class Verify implements Runnable, CommandLine.IExitCodeGenerator {
    private static final int BATCH = 2_000;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    @Option(
        names = "--objects",
        required = true,
        paramLabel = "FILE",
        description = "JSON lines of commit objects, `-` for standard input")
    private String objects = "-";

    @Mixin private SignerOptions signers = new SignerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private int exitCode;

    /// A line that was read, or why it was not.
    private record Line(@Nullable CommitObject commit, @Nullable String problem) {}

    @Override
    public void run() {
      CommitVerifier verifier = new CommitVerifier(signers.read(), signers.at(Clock.systemUTC()));
      PrintWriter out = spec.commandLine().getOut();
      try (BufferedReader reader = open()) {
        List<String> batch = new ArrayList<>(BATCH);
        long number = 0;
        for (String line; (line = reader.readLine()) != null; ) {
          batch.add(line);
          if (batch.size() == BATCH) {
            number = judge(batch, number, verifier, out);
          }
        }
        judge(batch, number, verifier, out);
      } catch (IOException e) {
        throw new UserError("couldn't read `" + objects + "`", "give a file of JSON lines, or `-`");
      }
    }

    private BufferedReader open() throws IOException {
      return objects.equals("-")
          ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
          : Files.newBufferedReader(Path.of(objects));
    }

    /// Judges a batch on all cores, prints it in order, and empties it.
    private long judge(List<String> batch, long before, CommitVerifier verifier, PrintWriter out) {
      record Judged(@Nullable CommitVerdict verdict, @Nullable String problem) {}
      List<Judged> judged =
          batch.parallelStream()
              .map(Verify::read)
              .map(line ->
                  new Judged(
                      line.commit() == null ? null : verifier.verify(line.commit()),
                      line.problem()))
              .toList();
      long number = before;
      for (Judged one : judged) {
        number++;
        CommitVerdict verdict = one.verdict();
        ObjectNode node = Json.object();
        if (verdict == null) {
          node.put("line", number);
          node.put("error", one.problem());
          exitCode = 2;
        } else {
          write(verdict, node);
        }
        out.println(Json.line(node));
      }
      batch.clear();
      return number;
    }

    private static Line read(String text) {
      try {
        JsonNode node = Json.MAPPER.readTree(text);
        JsonNode id = node.has("oid") ? node.path("oid") : node.path("id");
        JsonNode raw = node.path("raw");
        if (!id.isString() || !ID.matcher(id.stringValue()).matches()) {
          return new Line(null, "`oid` is not 40 or 64 hex digits");
        }
        if (!raw.isString()) {
          return new Line(null, "no text `raw`");
        }
        byte[] bytes = Base64.getDecoder().decode(raw.stringValue());
        return new Line(CommitObject.parse(id.stringValue(), bytes), null);
      } catch (JacksonException e) {
        return new Line(null, "not strict JSON: " + e.getOriginalMessage());
      } catch (IllegalArgumentException e) {
        return new Line(null, "`raw` is not base64");
      }
    }

    @Override
    public int getExitCode() {
      return exitCode;
    }
  }

  /// The published form of a verdict.
  static void write(CommitVerdict verdict, ObjectNode node) {
    node.put("id", verdict.id());
    node.put("format", verdict.format().wireName());
    node.put("outcome", verdict.outcome().wireName());
    node.put("signer", verdict.signer());
    node.put("reason", verdict.reason());
  }
}
