package dev.sallyport.e2e;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;

/// The corner shop of `examples/`: its history, its people's keys, and the scripts that attack it.
///
/// The history is made once; each test plays in a copy of its own.
final class Shop {
  private static final Path EXAMPLE = SharedData.projectRoot().resolve("examples/corner-shop");

  private final Path folder;

  private Shop(Path folder) {
    this.folder = folder;
  }

  private static final class Template {
    static final Path FOLDER = open();

    private static Path open() {
      Path folder = Program.scratch("shop");
      try {
        Files.createDirectories(folder.resolve("keys"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Program.Answer key = Program.sallyport(folder, "key", "new", "keys/ci.key");
      Assertions.assertThat(key.exitCode()).as("%s", key).isZero();
      Program.must(
          folder,
          "sh",
          EXAMPLE.resolve("history.sh").toString(),
          folder.resolve("repo").toString(),
          folder.resolve("keys").toString());
      return folder;
    }
  }

  /// A shop of one's own, on branch `main`.
  static Shop open() {
    Path folder = Program.scratch("shop");
    Program.must(folder, "cp", "-a", Template.FOLDER + "/.", ".");
    return new Shop(folder);
  }

  Path folder() {
    return folder;
  }

  Path repo() {
    return folder.resolve("repo");
  }

  Path keys() {
    return folder.resolve("keys");
  }

  /// Plays a script of the example, such as `attacks/own-key.sh`.
  Shop script(String name) {
    Program.must(
        folder, "sh", EXAMPLE.resolve(name).toString(), repo().toString(), keys().toString());
    return this;
  }

  /// Plays a few lines of shell with the words of the example's `lib.sh`: `branch NAME`, `as PERSON
  /// signed_with KEY GIT-ARGUMENTS`. They run inside the repository.
  Shop play(String lines) {
    Program.must(
        repo(),
        "sh",
        "-c",
        ". \"$(dirname \"$0\")/lib.sh\"\n" + lines,
        EXAMPLE.resolve("played").toString(),
        repo().toString(),
        keys().toString());
    return this;
  }

  String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    return Program.must(repo(), command.toArray(String[]::new));
  }

  /// `sallyport verify` of what HEAD adds to `main`, with the example's advisories, as JSON.
  Program.Answer verify(String... more) {
    return verifyRange("main..HEAD", more);
  }

  /// The same of another range. What it prints is held to the published contract.
  Program.Answer verifyRange(String range, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Program.launcher().toString(),
                "verify",
                "repo",
                "--range",
                range,
                "--advisories",
                EXAMPLE.resolve("advisories").toString(),
                "--json"));
    command.addAll(List.of(more));
    Program.Answer answer = Program.held(Program.run(folder, Map.of(), command));
    return answer.out().isEmpty() ? answer : Contract.held(answer);
  }
}
