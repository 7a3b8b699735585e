package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.cli.Terminal.Style;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport demo`: a good change goes from commit to deploy, then every attack is refused; all
/// with real processes.
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Play the example in `examples/corner-shop`: a good change goes through verify, build, attest and deploy; then"
          + " the attacks come, and each is refused. Real processes, a server on a free port of loopback, under a"
          + " minute. Nothing stays behind.",
      ""
    })
final class DemoCommand implements Runnable, CommandLine.IExitCodeGenerator {
  @Option(names = "--keep", description = "leave the server running and the folder in place")
  private boolean keep;

  @Option(names = "--json", description = "print the scenes as JSON when all are played")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private final List<Scene> scenes = new ArrayList<>();
  private boolean colours;
  private int exitCode = 2;

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

  @Override
  public void run() {
    colours = Terminal.colours() && !json;
    Path example = CornerShop.example();
    DemoStage stage = new DemoStage(example);
    CornerShop shop = new CornerShop(stage, example, Clock.systemUTC());
    try {
      play(shop);
    } finally {
      if (!keep) {
        shop.down();
        stage.close();
      }
    }
    boolean good = scenes.stream().allMatch(Scene::asItShould);
    exitCode = good ? 0 : 2;
    if (json) {
      spec.commandLine().getOut().println(Json.pretty(tree()));
    } else {
      table();
    }
    if (keep) {
      say("");
      say("left open: the folder " + stage.folder() + " and its server;");
      say("stop it with ./sallyport down --data " + shop.data());
    }
  }

  private void play(CornerShop shop) {
    heading("The corner shop opens");
    shop.open();
    say("  alice and bob sign their commits; the pipeline signs what it builds; profile strict");

    heading("A good change");
    Result verified = shop.verify("good-change.sh", "good-change");
    scene("", "alice sells eggs: signed, pinned, clean", "verify", 0, verified, "");
    String commit = shop.merge("good-change");
    Result built = shop.build();
    scene("", "the pipeline builds and tests it", "build", 0, built, built.line());
    Result attested = shop.attest(commit);
    scene("", "and signs provenance for the jar's digest", "attest", 0, attested, attested.line());
    shop.configure();
    Result up = shop.up();
    CornerShop.must(up, "start the server");
    say("  server " + up.line());
    CornerShop.Job job = shop.job("1", commit);
    deploy(shop, job);

    heading("The attacks");
    attack(shop, "R17", "bob pushes a commit that nobody signed", "unsigned-commit", "unsigned");
    attack(shop, "R17", "bob signs with his own key as alice", "forged-author", "forged");
    attack(shop, "R18", "a key that ended, on a backdated commit", "backdated-key", "backdated");
    attack(shop, "R51", "mallory brings her own key and permit", "own-key", "own-key");
    attack(shop, "R20", "a cloud key, committed and removed again", "leaked-key", "leaked");
    attack(shop, "R04", "an action by a tag that can move", "unpinned-action", "unpinned");
    attack(shop, "R12", "a privileged trigger runs a stranger's code", "fork-secrets", "fork");
    attack(shop, "R31", "mallory edits the pipeline in passing", "quiet-pipeline", "quiet");
    swapped(shop, commit);
    Result replay =
        shop.decide(
            new CornerShop.Job(job.token(), "session-of-a-thief"),
            shop.digest("repo/out/shop.jar"));
    scene("R10", "a CI token from a log is used again", "decide", 2, replay, replay.line());
    altered(shop);
  }

  private void deploy(CornerShop shop, CornerShop.Job job) {
    Result put = shop.putEvidence(job);
    scene("", "the server takes the provenance", "evidence", 0, put, put.line());
    Result decided = shop.decide(job, shop.digest("repo/out/shop.jar"));
    scene("", "the job may deploy that digest to prod", "decide", 0, decided, second(decided));
    String entry =
        decided.out().lines().filter(line -> line.contains("entry ")).findFirst().orElse("");
    say(Style.DIM.on("  " + entry.strip(), colours));
  }

  private static String second(Result result) {
    return result.out().lines().skip(1).findFirst().orElse("").strip();
  }

  private void attack(CornerShop shop, String story, String title, String script, String branch) {
    Result result = shop.verify("attacks/" + script + ".sh", "attack-" + branch);
    scene(story, title, "verify", 1, result, reason(result));
  }

  /// The policies that refused.
  private static String reason(Result result) {
    List<String> policies = CornerShop.policies(result);
    return policies.isEmpty() ? result.line() : String.join(", ", policies);
  }

  private void swapped(CornerShop shop, String commit) {
    shop.swapJar();
    Result offline =
        shop.stage()
            .sallyport(
                "verify",
                "repo",
                "--range",
                "main~1..main",
                "--profile",
                "baseline",
                "--artifact",
                "swapped.jar",
                "--attestation",
                "shop.intoto.json",
                "--json");
    scene("R01", "the jar is swapped after it was attested", "verify", 1, offline, reason(offline));
    Result online = shop.decide(shop.job("2", commit), shop.digest("swapped.jar"));
    scene("R01", "and somebody tries to deploy it", "decide", 1, online, second(online));
  }

  /// The row of the good deploy is changed on disk while the server is down.
  private void altered(CornerShop shop) {
    CornerShop.must(shop.down(), "stop the server");
    String digest = shop.digest("repo/out/shop.jar").substring("sha256:".length());
    shop.alterLedger(digest, "0".repeat(64));
    Result up = shop.up();
    scene("R33", "the deploy's row is altered in the ledger", "up", 2, up, up.line());
    shop.alterLedger("0".repeat(64), digest);
    if (keep) {
      CornerShop.must(shop.up(), "start the server again");
    }
  }

  private void heading(String text) {
    say("");
    say(Style.BOLD.on(text, colours));
  }

  private void say(String text) {
    if (!json) {
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
    }
  }

  private void scene(
      String story, String title, String door, int expected, Result result, String because) {
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
    String word = word(scene);
    String mark = scene.asItShould() ? Style.GREEN.on("✓", colours) : Style.RED.on("✗", colours);
    say(
        String.format(
            Locale.ROOT,
            "  %s %-44s %s %s",
            mark,
            title,
            word,
            Style.DIM.on(String.format(Locale.ROOT, "%.1f s", scene.seconds()), colours)));
    if (expected != 0 && !scene.because().isEmpty()) {
      say(Style.DIM.on("      " + scene.because(), colours));
    }
  }

  private static String word(Scene scene) {
    if (!scene.asItShould()) {
      return "WENT WRONG (exit " + scene.got() + ")";
    }
    return scene.expected() == 0 ? "passed " + scene.door() : "refused by " + scene.door();
  }

  private void table() {
    say("");
    say(
        Style.BOLD.on(
            String.format(
                Locale.ROOT, "%-5s %-45s %-20s %7s", "story", "what was tried", "answer", "time"),
            colours));
    double total = 0;
    for (Scene scene : scenes) {
      total += scene.seconds();
      say(
          String.format(
              Locale.ROOT,
              "%-5s %-45s %-20s %5.1f s",
              scene.story(),
              scene.title(),
              word(scene),
              scene.seconds()));
    }
    long wrong = scenes.stream().filter(scene -> !scene.asItShould()).count();
    say("");
    say(
        wrong == 0
            ? Style.GREEN.on("every good step passed and every attack was refused", colours)
                + String.format(Locale.ROOT, " (%.0f s in all)", total)
            : Style.RED.on(wrong + " scenes did not end as they should", colours));
  }

  private ObjectNode tree() {
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

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
