package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.gate.Played;
import dev.sallyport.gate.Range;
import dev.sallyport.gate.Story;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport range`: which known attacks would this policy let through?
@Command(
    name = "range",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Put the questions of the known attacks (docs/reference/range.md) to a policy, and say of each what refuses it,"
          + " or which fact or clause is missing. Without an option: the policy of the folder here, else its profile,"
          + " else baseline.",
      "",
      "Exit codes: 0 none is let through, 1 at least one is, 2 could not tell.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sallyport range --profile strict",
      "  sallyport range --policy .sallyport/policy --story R17"
    })
final class RangeCommand implements Runnable, CommandLine.IExitCodeGenerator {
  @Mixin private PolicyChoice.Options chosen = new PolicyChoice.Options();

  @Option(names = "--story", paramLabel = "ID", description = "only this story, for example R17")
  private @Nullable String story;

  @Option(names = "--json", description = "print it as JSON")
  private boolean json;

  @Option(
      names = "--play",
      description =
          "play what can be played today for real instead: scratch repository, scratch control plane, real"
              + " processes (what `./build range` does)")
  private boolean play;

  @Option(
      names = "--chapter",
      paramLabel = "NAME",
      defaultValue = "all",
      description =
          "with --play: passage (to the deploy), loop (after the push) or all; default: all")
  private String chapter = "all";

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    if (play) {
      playForReal();
      return;
    }
    PolicyChoice choice = chosen.read();
    List<Played> played =
        stories().stream().map(one -> Range.play(one, choice.snapshot())).toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(tree(choice, played)));
    } else {
      played.forEach(one -> out.println(line(one)));
      out.println();
      out.println(summary(choice, played));
    }
    exitCode = count(played, Played.Outcome.LET_THROUGH) == 0 ? 0 : 1;
  }

  private void playForReal() {
    if (chosen.given() || story != null || json) {
      throw new UserError("--play goes with no other option", "leave them out");
    }
    if (!List.of("all", "passage", "loop").contains(chapter)) {
      throw new UserError(
          "there is no chapter `" + Terminal.safe(chapter) + "`", "passage, loop or all");
    }
    PrintWriter out = spec.commandLine().getOut();
    Path example = CornerShop.example();
    Clock clock = Clock.systemUTC();
    List<RangePlay.Try> tries;
    try (DemoStage stage = new DemoStage(example);
        DemoStage another = new DemoStage(example)) {
      CornerShop shop = new CornerShop(stage, example, clock);
      CornerShop watched = new CornerShop(another, example, clock);
      RangePlay range =
          new RangePlay(
              shop,
              clock,
              line -> {
                out.println(line);
                out.flush();
              });
      try {
        if (!chapter.equals("loop")) {
          range.play();
          shop.down();
        }
        if (!chapter.equals("passage")) {
          new RangeLoop(watched, range, clock).play();
        }
      } finally {
        shop.down();
        watched.down();
      }
      tries = range.tries();
    }
    out.println();
    out.println(RangePlay.summary(tries));
    exitCode = RangePlay.exitCode(tries);
  }

  private List<Story> stories() {
    String wanted = story;
    if (wanted == null) {
      return Range.stories();
    }
    List<Story> found =
        Range.stories().stream().filter(one -> one.id().equalsIgnoreCase(wanted)).toList();
    if (found.isEmpty()) {
      throw new UserError(
          "no story `" + Terminal.safe(wanted) + "`",
          "they are " + Range.stories().getFirst().id() + " to " + Range.stories().getLast().id());
    }
    return found;
  }

  private static String line(Played played) {
    boolean colours = Terminal.colours();
    String text = Terminal.safe(played.line());
    return played.story().id()
        + " "
        + switch (played.outcome()) {
          case REFUSED -> played.goodAllowed() ? text : Style.YELLOW.on(text, colours);
          case LET_THROUGH -> Style.RED.on(text, colours);
          case NOT_BY_POLICY -> Style.DIM.on(text, colours);
        };
  }

  private static String summary(PolicyChoice choice, List<Played> played) {
    long empty =
        played.stream()
            .filter(one -> one.outcome() == Played.Outcome.REFUSED && !one.goodAllowed())
            .count();
    return "%s: %d refused%s, %d let through, %d not by policy"
        .formatted(
            choice.name(),
            count(played, Played.Outcome.REFUSED),
            empty == 0 ? "" : " (" + empty + " with the good twin)",
            count(played, Played.Outcome.LET_THROUGH),
            count(played, Played.Outcome.NOT_BY_POLICY));
  }

  private static long count(List<Played> played, Played.Outcome outcome) {
    return played.stream().filter(one -> one.outcome() == outcome).count();
  }

  private static ObjectNode tree(PolicyChoice choice, List<Played> played) {
    ObjectNode root = Json.object();
    root.put("policy", choice.name());
    root.put("policyDigest", choice.snapshot().digest());
    for (Played.Outcome outcome : Played.Outcome.values()) {
      root.put(member(outcome), count(played, outcome));
    }
    ArrayNode stories = root.putArray("stories");
    for (Played one : played) {
      ObjectNode node = stories.addObject();
      node.put("id", one.story().id());
      node.put("title", one.story().title());
      node.put("outcome", one.outcome().word());
      node.put("why", one.line());
      node.put("expected", one.story().expected().word());
      node.put("goodAllowed", one.goodAllowed());
      ArrayNode doors = node.putArray("doors");
      for (Played.Door door : one.doors()) {
        ObjectNode at = doors.addObject();
        at.put("name", door.name());
        at.put("outcome", door.outcome().word());
        door.policies().forEach(at.putArray("policies")::add);
        door.reasons().forEach(at.putArray("reasons")::add);
        ArrayNode missing = at.putArray("missing");
        for (Played.Missing lack : door.missing()) {
          ObjectNode what = missing.addObject();
          what.put("what", lack.what());
          if (!lack.comesWith().isEmpty()) {
            what.put("comesWith", lack.comesWith());
          }
        }
        at.put("goodAllowed", door.goodAllowed());
      }
    }
    return root;
  }

  private static String member(Played.Outcome outcome) {
    return switch (outcome) {
      case REFUSED -> "refused";
      case LET_THROUGH -> "letThrough";
      case NOT_BY_POLICY -> "notByPolicy";
    };
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
