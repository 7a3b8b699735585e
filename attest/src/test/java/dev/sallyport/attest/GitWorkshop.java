package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Commits made by the real git, ssh-keygen and gpg in a folder of their own.
final class GitWorkshop {
  private final Path folder;
  private final Map<String, String> environment;

  GitWorkshop(Path folder) {
    this.folder = folder;
    this.environment =
        Map.of(
            "HOME", folder.toString(),
            "GNUPGHOME", folder.resolve("g").toString(),
            "GIT_CONFIG_NOSYSTEM", "1",
            "GIT_AUTHOR_DATE", "1764000000 +0000",
            "GIT_COMMITTER_DATE", "1764000000 +0000",
            "LC_ALL", "C");
    run("git", "init", "-q", "repo");
    run("mkdir", "-m", "700", "g");
  }

  Path sshKey(String name, String... options) {
    List<String> command =
        new ArrayList<>(List.of("ssh-keygen", "-q", "-N", "", "-C", name, "-f", name));
    command.addAll(List.of(options));
    run(command.toArray(String[]::new));
    return folder.resolve(name);
  }

  String publicKey(String name) {
    String[] words = read(name + ".pub").split(" ", -1);
    return words[0] + " " + words[1].strip();
  }

  String read(String name) {
    return new String(bytes(name), UTF_8);
  }

  byte[] bytes(String name) {
    try {
      return Files.readAllBytes(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A commit signed with an SSH key file, raw.
  CommitObject sshCommit(String keyFile, String author, String committer) {
    return commit(
        author,
        committer,
        "-c",
        "gpg.format=ssh",
        "-c",
        "user.signingKey=" + folder.resolve(keyFile));
  }

  CommitObject pgpCommit(String keyId, String author, String committer) {
    return commit(author, committer, "-c", "gpg.format=openpgp", "-c", "user.signingKey=" + keyId);
  }

  private CommitObject commit(String author, String committer, String... config) {
    List<String> command = new ArrayList<>(List.of("env"));
    command.add("GIT_AUTHOR_NAME=A");
    command.add("GIT_COMMITTER_NAME=C");
    command.add("GIT_AUTHOR_EMAIL=" + author);
    command.add("GIT_COMMITTER_EMAIL=" + committer);
    command.addAll(List.of("git", "-C", "repo"));
    command.addAll(List.of(config));
    command.addAll(
        List.of("commit-tree", "-S", "-m", "made", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
    run("git", "-C", "repo", "mktree", "--missing");
    String id = run(command.toArray(String[]::new)).strip();
    return CommitObject.parse(id, runBytes("git", "-C", "repo", "cat-file", "commit", id));
  }

  String run(String... command) {
    return new String(runBytes(command), UTF_8);
  }

  byte[] runBytes(String... command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().putAll(environment);
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      Path errors = Files.createTempFile(folder, "err", ".txt");
      builder.redirectError(errors.toFile());
      Process process = builder.start();
      byte[] out = process.getInputStream().readAllBytes();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + ": " + Files.readString(errors));
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
