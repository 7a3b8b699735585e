package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Only what is blank changes, and nothing changes twice.
class FormatterTest {
  /// Tokens and comments in their order, without where they stand.
  private static List<String> written(String text) {
    var comments = new ArrayList<Lexer.Comment>();
    List<Token> tokens = Lexer.tokens(text, comments);
    var written = new ArrayList<String>();
    for (int i = 0; i < tokens.size(); i++) {
      for (Lexer.Comment comment : comments) {
        if (comment.before() == i) {
          written.add(comment.text() + (comment.behind() && i > 0 ? " behind" : ""));
        }
      }
      written.add(tokens.get(i).kind() + tokens.get(i).text());
    }
    return written;
  }

  private static void check(String text) {
    String formatted = Formatter.format(text);
    assertThat(written(formatted)).as(text).isEqualTo(written(text));
    assertThat(Formatter.format(formatted)).as(text).isEqualTo(formatted);
    for (String line : formatted.split("\n", -1)) {
      assertThat(line).as(formatted).isEqualTo(line.stripTrailing());
    }
  }

  @Test
  void every_policy_of_the_corpus_stays_what_it_is() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    int files = 0;
    try (var all = Files.walk(root)) {
      for (Path file : all.filter(one -> one.toString().endsWith(".cedar")).toList()) {
        check(CorpusTest.read(file));
        files++;
      }
    }
    assertThat(files).isGreaterThan(6_000);
  }

  @Test
  void comments_stay_wherever_they_stand() {
    Seed.forAll(
        1_500,
        random -> {
          Gen gen = new Gen(random);
          var text = new StringBuilder();
          for (int i = random.nextInt(3); i >= 0; i--) {
            text.append(gen.policy()).append('\n');
          }
          check(commented(text.toString(), random));
        });
  }

  private static String commented(String text, Random random) {
    var out = new StringBuilder();
    for (Token token : Lexer.tokens(text)) {
      if (random.nextInt(8) == 0) {
        out.append(random.nextBoolean() ? " " : "\n").append("// ").append(random.nextInt(99));
        out.append("\n".repeat(1 + random.nextInt(3)));
      }
      out.append(token.kind() == Token.Kind.STRING ? "\"" + token.text() + "\"" : token.text());
      out.append(" ".repeat(1 + random.nextInt(3)));
    }
    return out.toString();
  }

  @Test
  void what_fits_stands_on_one_line_and_what_does_not_is_broken_where_it_binds_least() {
    assertThat(
            Formatter.format(
                """
                // Who may look.

                @id("look")@advice("ask a friend")
                permit(principal==User::"alice",action in[Action::"view",Action::"list"],resource)
                when{!context.secret&&-context.n<3}; // for now
                // Nobody else.
                forbid(principal,action,resource)unless{principal.name like "a*"||(principal in Group::"administrators"&&resource.owner==principal&&context.ip.isInRange(ip("10.0.0.0/8")))||(if context.x then{a:[1,2],"b c":2}.a.contains(1)else false)};
                """))
        .isEqualTo(
            """
            // Who may look.

            @id("look")
            @advice("ask a friend")
            permit (principal == User::"alice", action in [Action::"view", Action::"list"], resource)
            when { !context.secret && -context.n < 3 }; // for now

            // Nobody else.
            forbid (principal, action, resource)
            unless {
              principal.name like "a*" ||
              (
                principal in Group::"administrators" &&
                resource.owner == principal &&
                context.ip.isInRange(ip("10.0.0.0/8"))
              ) ||
              (if context.x then {a: [1, 2], "b c": 2}.a.contains(1) else false)
            };
            """);
  }

  @Test
  void what_is_no_cedar_is_not_touched() {
    assertThatThrownBy(() -> Formatter.format("permit (principal, action, resource)"))
        .isInstanceOf(SyntaxRefused.class);
  }

  @Test
  void nothing_stays_nothing_and_a_comment_alone_stays() {
    assertThat(Formatter.format("")).isEmpty();
    assertThat(Formatter.format("  // alone  \n\n"))
        .isEqualTo("// alone\n\n".stripTrailing() + "\n");
  }
}
