package dev.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Tools;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// A hostile checkout chooses no file that we write to.
class OutFileTest {
  @TempDir Path folder;

  @Test
  void a_link_under_the_name_of_the_answer_is_not_followed() throws Exception {
    Path outside = folder.resolve("outside");
    Files.writeString(outside, "mine");
    Path link = folder.resolve("report.sarif");
    Files.createSymbolicLink(link, outside);
    assertThatThrownBy(() -> OutFile.write(link, "theirs".getBytes(UTF_8)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is a link");
    assertThat(outside).hasContent("mine");
    Files.delete(outside);
    assertThatThrownBy(() -> OutFile.write(link, "theirs".getBytes(UTF_8)))
        .isInstanceOf(UserError.class);
    assertThat(outside).doesNotExist();
  }

  @Test
  void a_plain_file_is_written_anew() {
    Path file = folder.resolve("report.json");
    OutFile.write(file, "a longer text".getBytes(UTF_8));
    OutFile.write(file, "short".getBytes(UTF_8));
    assertThat(file).hasContent("short");
  }

  @Test
  void init_writes_nothing_through_a_folder_that_is_a_link() throws Exception {
    Tools.need("git", "sh");
    Path outside = Files.createDirectory(folder.resolve("elsewhere"));
    Path repository = folder.resolve("r");
    Process git =
        new ProcessBuilder("git", "init", "-q", repository.toString()).inheritIO().start();
    assertThat(git.waitFor()).isZero();
    Files.createSymbolicLink(repository.resolve(".sallyport"), outside);
    var answer = new StringWriter();
    int exit =
        new CommandLine(new InitCommand())
            .setOut(new PrintWriter(answer))
            .setErr(new PrintWriter(answer))
            .execute(repository.toString());
    assertThat(exit).as(answer.toString()).isNotZero();
    assertThat(outside).isEmptyDirectory();
  }
}
