package dev.sallyport.cli;

import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Source;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// A policy that a command was told to try, and how to call it.
record PolicyChoice(PolicySnapshot snapshot, String name) {
  private static final int MAX_FILES = 256;
  private static final long MAX_BYTES = 4L << 20;

  /// How a command is told.
  static final class Options {
    @Option(names = "--policy", paramLabel = "DIR", description = "a folder of *.cedar files")
    private @Nullable Path policy;

    @Option(
        names = "--profile",
        paramLabel = "NAME",
        description = "a built-in profile: observe, baseline or strict")
    private @Nullable String profile;

    /// Whether one was named.
    boolean given() {
      return policy != null || profile != null;
    }

    /// The folder named.
    Optional<Path> folder() {
      return Optional.ofNullable(policy);
    }

    /// The one named, else the policy of the folder here, else its profile, else baseline.
    PolicyChoice read() {
      Path folder = policy;
      String named = profile;
      if (folder != null && named != null) {
        throw new UserError("both --policy and --profile are given", "choose one of them");
      }
      if (named != null) {
        return builtIn(
            named, "profile " + Terminal.safe(named), "name observe, baseline or strict");
      }
      if (folder != null) {
        return ofFolder(folder);
      }
      Path here = Path.of(DeclaredTrust.FOLDER);
      if (Files.isDirectory(here.resolve("policy"))) {
        return ofFolder(here.resolve("policy"));
      }
      try {
        Path file = here.resolve("profile");
        if (Files.exists(file) && Files.size(file) <= 64) {
          String word = Files.readString(file).strip();
          return builtIn(word, "profile " + Terminal.safe(word) + " of " + file, "mend " + file);
        }
      } catch (IOException e) {
        throw new UserError("couldn't read the profile here: " + e.getMessage(), "use --profile");
      }
      return builtIn("baseline", "profile baseline, since none is declared here", "");
    }

    private static PolicyChoice builtIn(String word, String name, String hint) {
      return Profile.of(word)
          .map(known -> new PolicyChoice(PolicySnapshot.builtIn(known), name))
          .orElseThrow(() -> new UserError("no profile `" + Terminal.safe(word) + "`", hint));
    }
  }

  /// The policy that a server says ruled, as it stood at that time.
  static PolicyChoice recorded(JsonNode policy, String time) {
    List<Source> sources = new ArrayList<>();
    for (JsonNode source : policy.path("sources")) {
      sources.add(new Source(source.path("name").asString(""), source.path("text").asString("")));
    }
    String digest = policy.path("digest").asString("");
    for (Profile profile : Profile.values()) {
      if (PolicySnapshot.builtIn(profile).digest().equals(digest)) {
        return new PolicyChoice(
            PolicySnapshot.builtIn(profile), "profile " + profile.word() + ", which ruled");
      }
    }
    if (sources.isEmpty()) {
      throw new UserError(
          "the text of the policy that ruled is not there", "name one: --policy DIR or --profile");
    }
    try {
      PolicySnapshot snapshot = PolicySnapshot.read(sources);
      if (!snapshot.digest().equals(digest)) {
        throw new UserError(
            "the server's text is not that of the policy which ruled", "do not trust its answer");
      }
      return new PolicyChoice(snapshot.at(Instant.parse(time)), "the policy that ruled");
    } catch (PolicyRefused | DateTimeParseException e) {
      throw new UserError(
          "the policy that ruled cannot be read: " + Terminal.safe(String.valueOf(e.getMessage())),
          "name another: --policy DIR or --profile");
    }
  }

  /// The policy in the *.cedar files of a folder.
  static PolicyChoice ofFolder(Path folder) {
    List<Source> sources = new ArrayList<>();
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".cedar")).sorted().toList()) {
        bytes += Files.size(file);
        if (sources.size() == MAX_FILES || bytes > MAX_BYTES) {
          throw new UserError(
              "`" + folder + "` holds more than " + MAX_FILES + " files or " + MAX_BYTES + " bytes",
              "name the folder of the policy alone");
        }
        sources.add(new Source(file.toString(), Files.readString(file)));
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new UserError("`" + folder + "` is no folder", "name a folder of *.cedar files");
    } catch (CharacterCodingException e) {
      throw new UserError("a policy in `" + folder + "` is not UTF-8", "mend the file");
    } catch (IOException e) {
      throw new UserError("couldn't read `" + folder + "`: " + e.getMessage(), "check the folder");
    }
    try {
      return new PolicyChoice(
          PolicySnapshot.read(sources).at(Clock.systemUTC().instant()), "policy of " + folder);
    } catch (PolicyRefused e) {
      throw new UserError(
          "the policy is refused:\n  "
              + e.problems().stream()
                  .map(problem -> Terminal.safe(problem.toString()))
                  .collect(Collectors.joining("\n  ")),
          "mend it; a policy that is not valid is never asked");
    }
  }
}
