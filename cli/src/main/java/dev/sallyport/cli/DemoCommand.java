package dev.sallyport.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport demo [CHAPTER]`: a good change goes from commit to deploy and every attack is
/// refused; then one bad build gets in by every rule, is seen, contained and undone. All with real
/// processes.
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Play the example in `examples/corner-shop`, with real processes and a server on a free port of loopback. Chapter"
          + " `passage`: a good change goes through verify, build, attest and deploy, and each attack is refused. Chapter"
          + " `loop`: releases go out properly, then a hijacked but valid run ships a bad one; it is seen, its radius"
          + " shown, contained, and rolled back. Both in two minutes; nothing stays behind.",
      ""
    })
final class DemoCommand implements Runnable, CommandLine.IExitCodeGenerator {
  private static final List<String> CHAPTERS = List.of("all", "passage", "loop");

  @Parameters(
      arity = "0..1",
      paramLabel = "CHAPTER",
      defaultValue = "all",
      description = "passage, loop or all; default: all")
  private String chapter = "all";

  @Option(names = "--keep", description = "leave everything running and the folder in place")
  private boolean keep;

  @Option(names = "--json", description = "print the scenes as JSON when all are played")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    if (!CHAPTERS.contains(chapter)) {
      throw new UserError(
          "there is no chapter `" + Terminal.safe(chapter) + "`", "passage, loop or all");
    }
    Path example = CornerShop.example();
    DemoStage stage = new DemoStage(example);
    CornerShop shop = new CornerShop(stage, example, Clock.systemUTC());
    DemoScenes scenes = new DemoScenes(spec.commandLine().getOut(), json);
    try {
      play(shop, scenes);
    } finally {
      if (!keep) {
        shop.down();
        stage.close();
      }
    }
    exitCode = scenes.good() ? 0 : 2;
    String stop = keep ? stage.leave(shop.server().path("pid").asLong(0)) : "";
    if (json) {
      ObjectNode told = scenes.tree();
      if (keep) {
        told.put("folder", stage.folder().toString());
        told.put("stop", stop);
      }
      spec.commandLine().getOut().println(Json.pretty(told));
      return;
    }
    scenes.table();
    if (keep) {
      scenes.say("");
      scenes.say("left open: the folder " + stage.folder() + " and what runs in it;");
      scenes.say("look at it in the console: " + shop.console());
      scenes.say("end it all: " + stop);
    }
  }

  private void play(CornerShop shop, DemoScenes scenes) {
    boolean loop = !chapter.equals("passage");
    String registry = loop ? shop.openRegistry() : "";
    if (chapter.equals("loop")) {
      shop.open();
      shop.configure(registry);
      CornerShop.must(shop.up(), "start the server");
    } else {
      new DemoPassage(shop, scenes, loop || keep).play(registry);
    }
    if (loop) {
      new DemoLoop(shop, scenes).play();
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
