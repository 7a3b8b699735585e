package dev.sallyport.cli;

import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Source;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport policy replay`: what another policy would have answered to what was really asked.
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Ask another policy what a server was asked before, and list every answer that would be another.",
      "Exit 0: none would; 3: some would; 2: could not be asked.",
      ""
    })
final class PolicyReplay implements Callable<Integer> {
  private static final int MAX_FILES = 100;
  private static final long MAX_FILE_BYTES = 256 * 1024;
  private static final int FLIPS = 3;

  @Option(
      names = "--against",
      required = true,
      paramLabel = "DIR",
      description = "a folder of *.cedar files; or observe, baseline or strict")
  private String against = "";

  @Mixin private Recorded recorded = new Recorded();

  @Option(names = "--json", description = "print all of it as JSON, with each case in full")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /// Which of the recorded decisions.
  static final class Recorded {
    private static final int MOST = 100_000;

    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "1000",
        description = "the newest N decisions, at most 100000; default: 1000")
    private int last = 1000;

    @Option(
        names = "--since",
        paramLabel = "TIME",
        description = "not older than this, as 24h or 7d")
    private @Nullable String since;

    Replayed.Bounds bounds() {
      if (last < 1 || last > MOST) {
        throw new UserError("`--last " + last + "` is not 1 to " + MOST, "take another number");
      }
      return new Replayed.Bounds(last, since == null ? null : Lifetime.of("--since", since));
    }
  }

  @Override
  public Integer call() {
    PolicySnapshot candidate = policy(against);
    var progress = new Progress(spec.commandLine().getErr(), Terminal.colours());
    Replayed replayed =
        Replayed.of(new OwnerSession(server), candidate.sources(), recorded.bounds(), progress);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(replayed.json()));
    } else {
      replayed.flips().forEach(flip -> print(out, flip.json()));
      sum(out, "ALLOW->DENY", replayed.causes("closes"));
      sum(out, "DENY->ALLOW", replayed.causes("opens"));
      out.println(summary(replayed));
    }
    return replayed.count("opened") + replayed.count("closed") > 0 ? FLIPS : 0;
  }

  /// One decision that would be another.
  static void print(PrintWriter out, JsonNode flip) {
    JsonNode asked = flip.path("case");
    out.println(
        Terminal.safe(
            "%s  entry %d  %s  %s %s %s"
                .formatted(
                    flip.path("change").asString(""),
                    flip.path("entry").asLong(-1),
                    flip.has("run")
                        ? "run " + flip.path("run").asString("")
                        : thing(asked.path("principal")),
                    asked.path("action").asString(""),
                    thing(asked.path("resource")),
                    asked.path("claimed").path("artifact").asString(""))
                .stripTrailing()));
    for (JsonNode reason : flip.path("reasons")) {
      out.println("    " + Terminal.safe(reason.asString("")));
    }
  }

  private static String thing(JsonNode ref) {
    return ref.path("type").asString("") + " " + ref.path("id").asString("");
  }

  private static void sum(PrintWriter out, String change, Map<String, Long> byPolicy) {
    byPolicy.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(one ->
            out.println(
                Terminal.safe("%6d  %s  by `%s`".formatted(one.getValue(), change, one.getKey()))));
  }

  /// All the numbers on one line.
  static String summary(Replayed replayed) {
    return "%d decisions: %d ALLOW->DENY, %d DENY->ALLOW; %d could not be replayed, %d stood on a waiver"
        .formatted(
            replayed.count("decisions"),
            replayed.count("closed"),
            replayed.count("opened"),
            replayed.count("notReplayable"),
            replayed.count("waived"));
  }

  /// The policy of a folder, or the profile of that name where no such folder is there.
  private static PolicySnapshot policy(String named) {
    Optional<Profile> profile = Profile.of(named);
    Path folder = Path.of(named);
    if (profile.isPresent() && !Files.isDirectory(folder)) {
      return PolicySnapshot.builtIn(profile.get());
    }
    try {
      return PolicySnapshot.read(sources(folder));
    } catch (PolicyRefused e) {
      throw new UserError(
          "the policy in `" + folder + "` is wrong:\n" + e.getMessage(),
          "mend it first: `sallyport policy check " + folder + "`");
    }
  }

  /// The *.cedar files of a folder as a server takes them: by name, within its bounds.
  static List<Source> sources(Path folder) {
    var files = new TreeSet<Path>();
    var sources = new ArrayList<Source>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.cedar")) {
      for (Path file : found) {
        files.add(file);
        if (files.size() > MAX_FILES || Files.size(file) > MAX_FILE_BYTES) {
          throw new UserError(
              "a policy has at most " + MAX_FILES + " files of 256 KiB", "split or shorten it");
        }
      }
      for (Path file : files) {
        sources.add(new Source(String.valueOf(file.getFileName()), Files.readString(file)));
      }
    } catch (CharacterCodingException e) {
      throw new UserError("a file in `" + folder + "` is not UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      throw new UserError("couldn't read `" + folder + "`", "name a folder of *.cedar files");
    }
    if (sources.isEmpty()) {
      throw new UserError(
          "no file in `" + folder + "` ends in `.cedar`", "name a folder of *.cedar files");
    }
    return sources;
  }
}
