package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.cli.Terminal.Style;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
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
  private final Clock clock = Clock.systemUTC();
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
    String checkout = System.getProperty("sallyport.checkout", "");
    Path example = Path.of(checkout, "examples", "corner-shop");
    if (checkout.isEmpty() || !Files.isDirectory(example)) {
      throw new UserError("the example is not here", "run ./sallyport demo from a checkout");
    }
    DemoStage stage = new DemoStage(example);
    try {
      play(stage);
    } finally {
      if (!keep) {
        stage.sallyport("down", "--data", stage.path("data").toString());
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
      say("stop it with ./sallyport down --data " + stage.path("data"));
    }
  }

  private void play(DemoStage stage) {
    heading("The corner shop opens");
    must(stage.sallyport("key", "new", "keys-ci.key"), "make the pipeline's signing key");
    moveKeys(stage);
    stage.script("history.sh");
    say("  alice and bob sign their commits; the pipeline signs what it builds; profile strict");

    heading("A good change");
    stage.script("good-change.sh");
    Result verified = verify(stage, "good-change");
    scene("", "alice sells eggs: signed, pinned, clean", "verify", 0, verified, "");
    stage.git("checkout", "-q", "main");
    stage.git("merge", "-q", "--ff-only", "good-change");
    String commit = stage.git("rev-parse", "main").out().strip();
    Result built = stage.run(stage.path("repo"), "sh", "pipeline.sh");
    must(built, "build the shop");
    scene("", "the pipeline builds and tests it", "build", 0, built, built.line());
    attest(stage, commit);
    DemoIssuer issuer = new DemoIssuer();
    configure(stage, issuer);
    String data = stage.path("data").toString();
    Result up = stage.sallyport("up", "--data", data, "--port", "0");
    must(up, "start the server");
    say("  server " + up.line());
    deploy(stage, issuer, data, commit);

    heading("The attacks");
    attack(
        stage,
        "R17",
        "bob pushes a commit that nobody signed",
        "unsigned-commit",
        "attack-unsigned");
    attack(stage, "R17", "bob signs with his own key as alice", "forged-author", "attack-forged");
    attack(
        stage,
        "R18",
        "a key that ended, on a backdated commit",
        "backdated-key",
        "attack-backdated");
    attack(stage, "R51", "mallory brings her own key and permit", "own-key", "attack-own-key");
    attack(stage, "R20", "a cloud key, committed and removed again", "leaked-key", "attack-leaked");
    attack(stage, "R04", "an action by a tag that can move", "unpinned-action", "attack-unpinned");
    attack(
        stage, "R12", "a privileged trigger runs a stranger's code", "fork-secrets", "attack-fork");
    attack(stage, "R31", "mallory edits the pipeline in passing", "quiet-pipeline", "attack-quiet");
    swapped(stage, issuer, data, commit);
    replayed(stage, data);
    altered(stage, data);
  }

  private void moveKeys(DemoStage stage) {
    try {
      Files.createDirectories(stage.path("keys"));
      Files.move(stage.path("keys-ci.key"), stage.path("keys/ci.key"));
      Files.move(stage.path("keys-ci.key.pub.pem"), stage.path("keys/ci.key.pub.pem"));
    } catch (IOException e) {
      throw new UserError("couldn't place the key: " + e.getMessage(), "try again");
    }
  }

  private Result verify(DemoStage stage, String branch) {
    Path advisories =
        Path.of(
            System.getProperty("sallyport.checkout", ""), "examples", "corner-shop", "advisories");
    return stage.sallyport(
        "verify",
        "repo",
        "--range",
        "main.." + branch,
        "--advisories",
        advisories.toString(),
        "--json");
  }

  private void attest(DemoStage stage, String commit) {
    Result attested =
        stage.sallyport(
            "attest",
            "repo/out/shop.jar",
            "--key",
            "keys/ci.key",
            "--source",
            "https://git.example/acme/corner-shop",
            "--commit",
            commit,
            "--builder",
            "https://git.example/acme/corner-shop/.github/workflows/release.yml",
            "--out",
            "shop.intoto.json");
    must(attested, "attest the jar");
    scene("", "and signs provenance for the jar's digest", "attest", 0, attested, attested.line());
  }

  /// The server's configuration: whose tokens, whose statements, what may be deployed from where.
  private void configure(DemoStage stage, DemoIssuer issuer) {
    ObjectNode root = Json.object();
    root.put("profile", "baseline");
    ObjectNode trusted = root.putArray("issuers").addObject();
    trusted.put("url", DemoIssuer.URL);
    trusted.put("forge", DemoIssuer.FORGE);
    trusted.put("kind", "github");
    trusted.put("audience", "sallyport");
    trusted.put("jwksFile", "issuer.jwks.json");
    trusted.putObject("trusted").putArray("repository_owner_id").add(DemoIssuer.OWNER);
    ObjectNode signer = root.putArray("signers").addObject();
    signer.put("name", "release pipeline");
    signer.putArray("roles").add("build");
    signer.put("keyFile", stage.path("keys/ci.key.pub.pem").toString());
    String repository = DemoIssuer.FORGE + "/" + DemoIssuer.REPOSITORY;
    ObjectNode environment = root.putArray("environments").addObject();
    environment.put("id", "prod");
    environment.put("production", true);
    environment.putArray("sources").add(repository);
    ObjectNode known = root.putArray("repositories").addObject();
    known.put("id", repository);
    known.put("name", "acme/corner-shop");
    known.putArray("urls").add("https://git.example/acme/corner-shop");
    try {
      Files.createDirectory(
          stage.path("data"),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UserError("couldn't make the data folder: " + e.getMessage(), "try again");
    }
    stage.write("data/config.json", Json.pretty(root));
    stage.write("data/issuer.jwks.json", issuer.keySet());
  }

  private void deploy(DemoStage stage, DemoIssuer issuer, String data, String commit) {
    stage.write("token-1", issuer.token("job-1", commit, clock.instant()));
    Result put =
        stage.sallyport(
            "evidence",
            "put",
            "shop.intoto.json",
            "--data",
            data,
            "--token-file",
            "token-1",
            "--session",
            "session-1");
    scene("", "the server takes the provenance", "evidence", 0, put, put.line());
    Result decided =
        decide(stage, data, digest(stage, "repo/out/shop.jar"), "token-1", "session-1");
    scene(
        "",
        "the job may deploy that digest to prod",
        "decide",
        0,
        decided,
        decided.out().lines().skip(1).findFirst().orElse("").strip());
    String entry =
        decided.out().lines().filter(line -> line.contains("entry ")).findFirst().orElse("");
    say(Style.DIM.on("  " + entry.strip(), colours));
  }

  private static String digest(DemoStage stage, String file) {
    return "sha256:" + ArtifactProof.sha256(stage.path(file));
  }

  private static Result decide(
      DemoStage stage, String data, String digest, String token, String session) {
    return stage.sallyport(
        "decide",
        "deploy",
        "--artifact",
        digest,
        "--to",
        "prod",
        "--data",
        data,
        "--token-file",
        token,
        "--session",
        session);
  }

  private void attack(DemoStage stage, String story, String title, String script, String branch) {
    stage.script("attacks/" + script + ".sh");
    Result result = verify(stage, branch);
    scene(story, title, "verify", 1, result, reason(result));
    stage.git("checkout", "-q", "-f", "main");
  }

  /// The policies that refused, and what was seen.
  private static String reason(Result result) {
    try {
      JsonNode report = Json.MAPPER.readTree(result.out());
      List<String> policies = new ArrayList<>();
      report.at("/ruling/policies").forEach(policy -> policies.add(policy.path("id").asString("")));
      return String.join(", ", policies);
    } catch (RuntimeException notJson) {
      return result.line();
    }
  }

  private void swapped(DemoStage stage, DemoIssuer issuer, String data, String commit) {
    try {
      byte[] jar = Files.readAllBytes(stage.path("repo/out/shop.jar"));
      Files.write(stage.path("swapped.jar"), Arrays.copyOf(jar, jar.length + 1));
    } catch (IOException e) {
      throw new UserError("couldn't swap the jar: " + e.getMessage(), "try again");
    }
    Result offline =
        stage.sallyport(
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
    stage.write("token-2", issuer.token("job-2", commit, clock.instant()));
    Result online = decide(stage, data, digest(stage, "swapped.jar"), "token-2", "session-2");
    scene(
        "R01",
        "and somebody tries to deploy it",
        "decide",
        1,
        online,
        online.out().lines().skip(1).findFirst().orElse("").strip());
  }

  private void replayed(DemoStage stage, String data) {
    Result replay =
        decide(stage, data, digest(stage, "repo/out/shop.jar"), "token-1", "session-of-a-thief");
    scene("R10", "a CI token from a log is used again", "decide", 2, replay, replay.line());
  }

  /// The row of the good deploy is changed on disk while the server is down; same length, so that
  /// nothing else breaks.
  private void altered(DemoStage stage, String data) {
    must(stage.sallyport("down", "--data", data), "stop the server");
    String digest = digest(stage, "repo/out/shop.jar").substring("sha256:".length());
    boolean found = overwrite(stage.path("data/ledger.db"), digest, "0".repeat(64));
    if (!found) {
      throw new UserError("the deploy's entry is not in the ledger's file", "report this");
    }
    Result up = stage.sallyport("up", "--data", data, "--port", "0");
    scene("R33", "the deploy's row is altered in the ledger", "up", 2, up, up.line());
    overwrite(stage.path("data/ledger.db"), "0".repeat(64), digest);
    if (keep) {
      must(stage.sallyport("up", "--data", data, "--port", "0"), "start the server again");
    }
  }

  private static boolean overwrite(Path file, String from, String to) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      if (!text.contains(from)) {
        return false;
      }
      Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
      return true;
    } catch (IOException e) {
      throw new UserError("couldn't alter the ledger's file: " + e.getMessage(), "try again");
    }
  }

  private static void must(Result result, String what) {
    if (result.exitCode() != 0) {
      throw new UserError(
          "couldn't "
              + what
              + ": "
              + Terminal.safe(
                  result.err().isBlank()
                      ? result.line()
                      : result.err().strip().lines().findFirst().orElse("")),
          "run it again with --keep and look around");
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
