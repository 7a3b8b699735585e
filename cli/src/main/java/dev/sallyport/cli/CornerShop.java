package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The example's shop on a stage: its people, its pipeline and its control plane, each move one
/// real process. The demo tells it as a story, the range measures by it.
final class CornerShop {
  private final DemoStage stage;
  private final Path example;
  private final DemoIssuer issuer = new DemoIssuer();
  private final Clock clock;

  CornerShop(DemoStage stage, Path example, Clock clock) {
    this.stage = stage;
    this.example = example;
    this.clock = clock;
  }

  /// The folder of the example in the checkout that this program belongs to.
  static Path example() {
    String checkout = System.getProperty("sallyport.checkout", "");
    Path example = Path.of(checkout, "examples", "corner-shop");
    if (checkout.isEmpty() || !Files.isDirectory(example)) {
      throw new UserError("the example is not here", "run through ./sallyport, in a checkout");
    }
    return example;
  }

  DemoStage stage() {
    return stage;
  }

  DemoIssuer issuer() {
    return issuer;
  }

  /// The data folder of its control plane.
  String data() {
    return stage.path("data").toString();
  }

  /// Keys, people and history.
  void open() {
    must(stage.sallyport("key", "new", "keys-ci.key"), "make the pipeline's signing key");
    try {
      Files.createDirectories(stage.path("keys"));
      Files.move(stage.path("keys-ci.key"), stage.path("keys/ci.key"));
      Files.move(stage.path("keys-ci.key.pub.pem"), stage.path("keys/ci.key.pub.pem"));
    } catch (IOException e) {
      throw new UserError("couldn't place the key: " + e.getMessage(), "try again");
    }
    stage.script("history.sh");
  }

  /// Plays a script that makes a branch, and verifies that branch against main.
  Result verify(String script, String branch) {
    stage.script(script);
    Result result =
        stage.sallyport(
            "verify",
            "repo",
            "--range",
            "main.." + branch,
            "--advisories",
            example.resolve("advisories").toString(),
            "--json");
    stage.git("checkout", "-q", "-f", "main");
    return result;
  }

  /// Main takes over a branch; its commit.
  String merge(String branch) {
    must(stage.git("merge", "-q", "--ff-only", branch), "merge " + branch);
    return stage.git("rev-parse", "main").out().strip();
  }

  /// Alice sells one more ware on main; the commit.
  ///
  /// @param needs what the shop depends on from then on, as `till==2.0`; empty for nothing new
  String sell(String ware, String needs) {
    stage.script("sell.sh", ware, needs);
    return stage.git("rev-parse", "main").out().strip();
  }

  /// The pipeline compiles, tests and packs.
  Result build() {
    Result built = stage.run(stage.path("repo"), "sh", "pipeline.sh");
    must(built, "build the shop");
    return built;
  }

  /// The pipeline signs provenance for what it built.
  Result attest(String commit) {
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
    return attested;
  }

  /// Starts the example's registry and gives its URL.
  String openRegistry() {
    stage.background("registry.log", "example-registry", "--folder", "registry", "--port", "0");
    return stage.await("registry.log", "example registry: ready at ");
  }

  /// What the server says of itself, while it runs.
  JsonNode server() {
    return Json.MAPPER.readTree(stage.read("data/server.json"));
  }

  /// Where a person looks at it: under a name, as passkeys want it.
  String console() {
    return server().path("url").asString("").replace("127.0.0.1", "localhost")
        + " (code in "
        + data()
        + "/admin-code)";
  }

  /// The name under which the shop's artifacts are published.
  static final String PUBLISHED_AS = "acme/corner-shop";

  /// The control plane's configuration: whose tokens, whose statements, what may be deployed from
  /// where, and the registry behind its door.
  ///
  /// @param registry the URL of the real one; empty for none
  void configure(String registry) {
    ObjectNode root = Json.object();
    root.put("profile", "baseline");
    ObjectNode trusted = root.putArray("issuers").addObject();
    trusted.put("url", DemoIssuer.URL);
    trusted.put("forge", DemoIssuer.FORGE);
    trusted.put("kind", "github");
    trusted.put("audience", DemoIssuer.AUDIENCE);
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
    if (!registry.isEmpty()) {
      ObjectNode behind = root.putObject("registry");
      behind.put("upstream", registry);
      behind.putObject("repositories").putArray(PUBLISHED_AS).add(repository);
    }
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

  /// Starts the control plane on a free port.
  Result up() {
    return stage.sallyport("up", "--data", data(), "--port", "0");
  }

  Result down() {
    return stage.sallyport("down", "--data", data());
  }

  /// What a job asks `sallyport` for, with its CI token and the session it keeps.
  ///
  /// @param token the file of the job's CI token
  /// @param session the file of its session
  record Job(String token, String session) {}

  /// A job whose CI token was just issued; `name` is the token's `jti`.
  Job job(String name, String commit) {
    stage.write("token-" + name, issuer.token(name, commit, clock.instant()));
    return new Job("token-" + name, "session-" + name);
  }

  /// A job of a certain run on a certain runner of the shop's own.
  Job job(String name, String commit, String run, String runner) {
    stage.write("token-" + name, issuer.token(name, commit, run, runner, clock.instant()));
    return new Job("token-" + name, "session-" + name);
  }

  /// A job whose CI token says all of this.
  Job job(String name, Map<String, Object> claims) {
    stage.write("token-" + name, issuer.signed(claims));
    return new Job("token-" + name, "session-" + name);
  }

  /// Runs `sallyport` as a job: with its token and session, against this control plane.
  Result as(Job job, String folder, List<String> command, List<String> more) {
    List<String> all = new ArrayList<>(command);
    all.addAll(
        List.of(
            "--data",
            data(),
            "--token-file",
            stage.path(job.token()).toString(),
            "--session",
            stage.path(job.session()).toString()));
    all.addAll(more);
    return stage.sallyportIn(folder, all.toArray(String[]::new));
  }

  /// Runs `sallyport` as the owner of the control plane's folder.
  Result owner(String... command) {
    List<String> all = new ArrayList<>(Arrays.asList(command));
    all.addAll(List.of("--data", data()));
    return stage.sallyport(all.toArray(String[]::new));
  }

  Result putEvidence(Job job) {
    return stage.sallyport(
        "evidence",
        "put",
        "shop.intoto.json",
        "--data",
        data(),
        "--token-file",
        job.token(),
        "--session",
        job.session());
  }

  /// May the job deploy `digest` to production?
  Result decide(Job job, String digest) {
    return stage.sallyport(
        "decide",
        "deploy",
        "--artifact",
        digest,
        "--to",
        "prod",
        "--data",
        data(),
        "--token-file",
        job.token(),
        "--session",
        job.session());
  }

  /// The digest of a file on the stage, `sha256:<hex>`.
  String digest(String file) {
    return "sha256:" + ArtifactProof.sha256(stage.path(file));
  }

  /// The jar with one byte more.
  void swapJar() {
    try {
      byte[] jar = Files.readAllBytes(stage.path("repo/out/shop.jar"));
      Files.write(stage.path("swapped.jar"), Arrays.copyOf(jar, jar.length + 1));
    } catch (IOException e) {
      throw new UserError("couldn't swap the jar: " + e.getMessage(), "try again");
    }
  }

  /// Rewrites a text in the ledger's file while the server is down; same length, so that nothing
  /// else breaks.
  void alterLedger(String from, String to) {
    try {
      Path file = stage.path("data/ledger.db");
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      if (!text.contains(from)) {
        throw new UserError("the text is not in the ledger's file", "report this");
      }
      Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UserError("couldn't alter the ledger's file: " + e.getMessage(), "try again");
    }
  }

  /// A file of the control plane's data folder: what is in the log, and what says how long it is.
  static boolean isLog(Path file) {
    return file.getFileName().toString().startsWith("ledger.db");
  }

  /// All files of the control plane as they are, while it is down.
  Map<Path, byte[]> backup() {
    Map<Path, byte[]> files = new TreeMap<>();
    try {
      for (Path file : dataFiles()) {
        files.put(file, Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UserError("couldn't back up the ledger: " + e.getMessage(), "try again");
    }
    return files;
  }

  /// Puts those files of a backup that `which` wants in place of what is there.
  void restore(Map<Path, byte[]> backup, Predicate<Path> which) {
    try {
      for (Path file : dataFiles()) {
        if (which.test(file) && !backup.containsKey(file)) {
          Files.delete(file);
        }
      }
      for (Map.Entry<Path, byte[]> file : backup.entrySet()) {
        if (which.test(file.getKey())) {
          // Written over and not made anew, so that a key's file keeps its mode.
          Files.write(file.getKey(), file.getValue());
        }
      }
    } catch (IOException e) {
      throw new UserError("couldn't restore the ledger: " + e.getMessage(), "try again");
    }
  }

  private List<Path> dataFiles() throws IOException {
    try (Stream<Path> files = Files.walk(stage.path("data"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /// The ids of the policies that decided a `verify --json`; empty where it gave no ruling.
  static List<String> policies(Result result) {
    List<String> policies = new ArrayList<>();
    try {
      JsonNode report = Json.MAPPER.readTree(result.out());
      report.at("/ruling/policies").forEach(policy -> policies.add(policy.path("id").asString("")));
    } catch (RuntimeException notJson) {
      return List.of();
    }
    return policies;
  }

  /// Goes on only when a step of the good way worked.
  static void must(Result result, String what) {
    if (result.exitCode() != 0) {
      throw new UserError(
          "couldn't "
              + what
              + ": "
              + Terminal.safe(
                  result.err().isBlank()
                      ? result.line()
                      : result.err().strip().lines().findFirst().orElse("")),
          "run ./sallyport demo --keep and look around");
    }
  }
}
