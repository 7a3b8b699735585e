package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The policy of a server as its owner changes it at a terminal.
class PolicyServerIT {
  private static final String MORE =
      """

      @id("no-builds")
      forbid (principal, action == Sallyport::Action::"build", resource);
      """;

  private static Path folder = Path.of("");

  @BeforeAll
  static void start() {
    folder = Program.scratch("policy-server");
    Program.Answer up = Program.sallyport(folder, "up", "--data", "data", "--port", "0");
    assertThat(up.exitCode()).as("%s", up).isZero();
  }

  @AfterAll
  static void stop() {
    Program.sallyport(folder, "down", "--data", "data");
  }

  private static Program.Answer policy(String... arguments) {
    var all = new ArrayList<String>(List.of("policy"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--data", "data"));
    return Program.sallyport(folder, all.toArray(String[]::new));
  }

  @Test
  void a_change_is_shown_then_published_seen_compared_and_rolled_back() throws IOException {
    Program.Answer text = policy("show", "1");
    assertThat(text.exitCode()).as("%s", text).isZero();
    assertThat(text.out()).startsWith("// version 1").contains("@id(\"push\")");
    Path mine = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(mine.resolve("own.cedar"), text.out() + MORE);

    // Nobody is there to ask and nobody said yes: it is shown, and nothing more.
    Program.Answer shown = policy("publish", "mine", "--reason", "tried");
    assertThat(shown.exitCode()).as("%s", shown).isEqualTo(2);
    assertThat(shown.out()).startsWith("added forbid `no-builds`\n  +@id(\"no-builds\")\n");
    assertThat(shown.out()).contains("0 DENY->ALLOW, 0 ALLOW->DENY; 0 could not be replayed");
    assertThat(shown.err()).contains("nothing was published", "--yes");
    assertThat(policy("publish", "mine", "--reason", "tried", "--dry-run").exitCode()).isZero();
    assertThat(policy("versions").out().lines()).hasSize(1);

    Program.Answer published = policy("publish", "mine", "--reason", "no builds today", "--yes");
    assertThat(published.exitCode()).as("%s", published).isZero();
    assertThat(published.out()).startsWith("version 2 is in force: sha256:");
    assertThat(policy("versions").out().lines().toList())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("2  ").endsWith("no builds today"),
            line -> assertThat(line).startsWith("1  ").contains("profile baseline by sallyport"));
    assertThat(policy("diff", "1").out()).startsWith("added forbid `no-builds`\n");

    Program.Answer late = policy("publish", "mine", "--reason", "x", "--expect", "1", "--yes");
    assertThat(late.exitCode()).isEqualTo(2);
    assertThat(late.err()).contains("version 2 is in force, not 1");

    Program.Answer back = policy("rollback", "1", "--reason", "builds again", "--yes", "--json");
    assertThat(back.json().path("version").path("number").asLong()).isEqualTo(3);
    assertThat(policy("diff", "1", "3").out()).isEqualTo("no policy differs\n");

    Files.writeString(mine.resolve("own.cedar"), "permit (principal, action, resource) when {");
    Program.Answer wrong = policy("publish", "mine", "--reason", "x", "--yes");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("own.cedar:1:", "takes no policy with mistakes");
  }
}
