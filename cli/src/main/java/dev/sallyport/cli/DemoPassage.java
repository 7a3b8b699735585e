package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import java.util.List;

/// Chapter one: a good change goes from commit to deploy, then the attacks come to the gate.
final class DemoPassage {
  private final CornerShop shop;
  private final DemoScenes scenes;
  private final boolean goesOn;

  /// @param goesOn whether the control plane is needed afterwards
  DemoPassage(CornerShop shop, DemoScenes scenes, boolean goesOn) {
    this.shop = shop;
    this.scenes = scenes;
    this.goesOn = goesOn;
  }

  /// @param registry the URL of the registry that later chapters publish to; empty for none
  void play(String registry) {
    scenes.heading("The corner shop opens");
    shop.open();
    scenes.say(
        "  alice and bob sign their commits; the pipeline signs what it builds; profile strict");

    scenes.heading("A good change");
    Result verified = shop.verify("good-change.sh", "good-change");
    scenes.scene("", "alice sells eggs: signed, pinned, clean", "verify", 0, verified, "");
    String commit = shop.merge("good-change");
    Result built = shop.build();
    scenes.scene("", "the pipeline builds and tests it", "build", 0, built, built.line());
    Result attested = shop.attest(commit);
    scenes.scene(
        "", "and signs provenance for the jar's digest", "attest", 0, attested, attested.line());
    shop.configure(registry);
    Result up = shop.up();
    CornerShop.must(up, "start the server");
    scenes.say("  server " + up.line());
    CornerShop.Job job = shop.job("1", commit);
    deploy(job);

    scenes.heading("The attacks");
    attack("R17", "bob pushes a commit that nobody signed", "unsigned-commit", "unsigned");
    attack("R17", "bob signs with his own key as alice", "forged-author", "forged");
    attack("R18", "a key that ended, on a backdated commit", "backdated-key", "backdated");
    attack("R51", "mallory brings her own key and permit", "own-key", "own-key");
    attack("R20", "a cloud key, committed and removed again", "leaked-key", "leaked");
    attack("R04", "an action by a tag that can move", "unpinned-action", "unpinned");
    attack("R12", "a privileged trigger runs a stranger's code", "fork-secrets", "fork");
    attack("R31", "mallory edits the pipeline in passing", "quiet-pipeline", "quiet");
    swapped(commit);
    Result replay =
        shop.decide(
            new CornerShop.Job(job.token(), "session-of-a-thief"),
            shop.digest("repo/out/shop.jar"));
    scenes.scene("R10", "a CI token from a log is used again", "decide", 2, replay, replay.line());
    altered();
  }

  private void deploy(CornerShop.Job job) {
    Result put = shop.putEvidence(job);
    scenes.scene("", "the server takes the provenance", "evidence", 0, put, put.line());
    Result decided = shop.decide(job, shop.digest("repo/out/shop.jar"));
    scenes.scene(
        "", "the job may deploy that digest to prod", "decide", 0, decided, second(decided));
    String entry =
        decided.out().lines().filter(line -> line.contains("entry ")).findFirst().orElse("");
    scenes.aside(entry.strip());
  }

  private static String second(Result result) {
    return result.out().lines().skip(1).findFirst().orElse("").strip();
  }

  private void attack(String story, String title, String script, String branch) {
    Result result = shop.verify("attacks/" + script + ".sh", "attack-" + branch);
    scenes.scene(story, title, "verify", 1, result, reason(result));
  }

  /// The policies that refused.
  private static String reason(Result result) {
    List<String> policies = CornerShop.policies(result);
    return policies.isEmpty() ? result.line() : String.join(", ", policies);
  }

  private void swapped(String commit) {
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
    scenes.scene(
        "R01", "the jar is swapped after it was attested", "verify", 1, offline, reason(offline));
    Result online = shop.decide(shop.job("2", commit), shop.digest("swapped.jar"));
    scenes.scene("R01", "and somebody tries to deploy it", "decide", 1, online, second(online));
  }

  /// The row of the good deploy is changed on disk while the server is down.
  private void altered() {
    CornerShop.must(shop.down(), "stop the server");
    String digest = shop.digest("repo/out/shop.jar").substring("sha256:".length());
    shop.alterLedger(digest, "0".repeat(64));
    Result up = shop.up();
    scenes.scene("R33", "the deploy's row is altered in the ledger", "up", 2, up, up.line());
    shop.alterLedger("0".repeat(64), digest);
    if (goesOn) {
      CornerShop.must(shop.up(), "start the server again");
    }
  }
}
