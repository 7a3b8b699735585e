package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.cli.Terminal.Style;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a demo showed, told while it happens and summed up at its end.
final class DemoScenes {
  private final List<Scene> scenes = new ArrayList<>();
  private final PrintWriter out;
  private final boolean json;
  private final boolean colours;

  DemoScenes(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
    this.colours = Terminal.colours() && !json;
  }

  /// One thing that was tried.
  ///
  /// @param story its number in the range, or empty
  /// @param title what was tried
  /// @param door who answered
  /// @param expected the exit code that is right
  /// @param got the exit code
  /// @param because the answer's reason
  /// @param seconds how long the answer took
  private record Scene(
      String story,
      String title,
      String door,
      int expected,
      int got,
      String because,
      double seconds) {
    boolean asItShould() {
      return expected == got;
    }
  }

  void heading(String text) {
    say("");
    say(Style.BOLD.on(text, colours));
  }

  void say(String text) {
    if (!json) {
      out.println(text);
      out.flush();
    }
  }

  /// Something beside the story, in a quieter tone.
  void aside(String text) {
    say(Style.DIM.on("      " + Terminal.safe(text), colours));
  }

  void scene(String story, String title, String door, int expected, Result result, String because) {
    Scene scene =
        new Scene(
            story,
            title,
            door,
            expected,
            result.exitCode(),
            Terminal.safe(because),
            result.seconds());
    scenes.add(scene);
    String mark = scene.asItShould() ? Style.GREEN.on("✓", colours) : Style.RED.on("✗", colours);
    say(
        String.format(
            Locale.ROOT,
            "  %s %-52s %s %s",
            mark,
            title,
            word(scene),
            Style.DIM.on(String.format(Locale.ROOT, "%.1f s", scene.seconds()), colours)));
    if ((expected != 0 || !scene.asItShould()) && !scene.because().isEmpty()) {
      aside(scene.because());
    }
  }

  private static String word(Scene scene) {
    if (!scene.asItShould()) {
      return "WENT WRONG (exit " + scene.got() + ")";
    }
    return scene.expected() == 0 ? "passed " + scene.door() : "refused by " + scene.door();
  }

  /// Whether all went as it should.
  boolean good() {
    return scenes.stream().allMatch(Scene::asItShould);
  }

  void table() {
    say("");
    say(
        Style.BOLD.on(
            String.format(
                Locale.ROOT, "%-5s %-53s %-20s %7s", "story", "what was tried", "answer", "time"),
            colours));
    double total = 0;
    for (Scene scene : scenes) {
      total += scene.seconds();
      say(
          String.format(
              Locale.ROOT,
              "%-5s %-53s %-20s %5.1f s",
              scene.story(),
              scene.title(),
              word(scene),
              scene.seconds()));
    }
    long wrong = scenes.stream().filter(scene -> !scene.asItShould()).count();
    say("");
    say(
        wrong == 0
            ? Style.GREEN.on(
                    "every good step passed and every attack was refused or undone", colours)
                + String.format(Locale.ROOT, " (%.0f s in all)", total)
            : Style.RED.on(wrong + " scenes did not end as they should", colours));
  }

  ObjectNode tree() {
    ObjectNode root = Json.object();
    ArrayNode list = root.putArray("scenes");
    for (Scene scene : scenes) {
      ObjectNode node = list.addObject();
      node.put("story", scene.story());
      node.put("title", scene.title());
      node.put("door", scene.door());
      node.put("refused", scene.got() != 0);
      node.put("asItShould", scene.asItShould());
      node.put("because", scene.because());
      node.put("seconds", scene.seconds());
    }
    return root;
  }
}
