package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.credential.Dpop;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Plays known attacks for real: a scratch repository, a scratch control plane, real processes.
///
/// An attack counts as refused only when the right door gave the right reason: exit code 1 of
/// `verify` with the policy that is about it, or the word of the contract from the server. Any
/// other failure is `unclear`, since something that is merely broken also says no. And before each
/// group of attacks the good twin has to pass, or a gate that refuses everything would look
/// perfect.
final class RangePlay {
  /// How a try ended.
  enum Ended {
    /// The right door said no, for the right reason.
    REFUSED,
    /// Nothing said no.
    LET_THROUGH,
    /// It was live, and was taken back.
    UNDONE,
    /// Something else happened.
    UNCLEAR,
    /// A good twin came through.
    PASSED
  }

  /// One try, of an attack or of a good twin.
  ///
  /// @param story its story, or `good` for a twin
  /// @param what was tried
  /// @param door who answered
  /// @param ended how
  /// @param because what was said
  /// @param seconds how long it took
  record Try(String story, String what, String door, Ended ended, String because, double seconds) {}

  private final CornerShop shop;
  private final Clock clock;
  private final Consumer<String> say;
  private final List<Try> tries = new ArrayList<>();
  private final SecureRandom random = new SecureRandom();

  RangePlay(CornerShop shop, Clock clock, Consumer<String> say) {
    this.shop = shop;
    this.clock = clock;
    this.say = say;
  }

  /// Every try so far.
  List<Try> tries() {
    return List.copyOf(tries);
  }

  /// Plays the attacks on the way from push to deploy, a line a story as soon as it ended.
  void play() {
    shop.open();
    good("alice sells eggs", "verify", () -> shop.verify("good-change.sh", "good-change"));
    good(
        "bob tells the pipeline to keep its log, signed and pinned",
        "verify",
        () -> shop.verify("good-pipeline.sh", "good-pipeline"));
    good(
        "alice declares dora's key, signed",
        "verify",
        () -> shop.verify("good-trust.sh", "good-trust"));
    source();
    String commit = shop.merge("good-change");
    shop.build();
    shop.attest(commit);
    shop.configure("");
    good("the control plane starts", "up", shop::up);
    CornerShop.Job job = shop.job("1", commit);
    good("the job hands in its provenance", "evidence", () -> shop.putEvidence(job));
    String digest = shop.digest("repo/out/shop.jar");
    good("the job deploys what it built", "decide", () -> shop.decide(job, digest));
    stolenToken(job, digest);
    forgedTokens(commit);
    editedLedger(commit, digest);
  }

  private void source() {
    story("R04", () -> verify("R04", "unpinned-action", "attack-unpinned", "everything-pinned"));
    story("R12", () -> verify("R12", "fork-secrets", "attack-fork", "no-open-pipelines"));
    story(
        "R17",
        () -> {
          verify("R17", "unsigned-commit", "attack-unsigned", "every-commit-good");
          verify("R17", "forged-author", "attack-forged", "commits-not-forged");
        });
    story("R18", () -> verify("R18", "backdated-key", "attack-backdated", "commits-not-forged"));
    story("R20", () -> verify("R20", "leaked-key", "attack-leaked", "no-committed-secrets"));
    story("R31", () -> verify("R31", "quiet-pipeline", "attack-quiet", "every-commit-good"));
    story(
        "R51",
        () -> verify("R51", "own-key", "attack-own-key", "trust-changed-by-declared-signers"));
  }

  /// A token from a log, and one that is bound to a key the thief does not have.
  private void stolenToken(CornerShop.Job job, String digest) {
    story(
        "R10",
        () -> {
          Result replay =
              shop.decide(new CornerShop.Job(job.token(), "session-of-a-thief"), digest);
          boolean refused =
              replay.exitCode() == 2 && replay.err().contains("token was exchanged before");
          add(
              "R10",
              "a CI token from a log",
              "the exchange",
              ended(replay.exitCode() == 0, refused),
              replay.line(),
              replay.seconds());
          String token = sessionToken(job);
          ServerClient client = client();
          bound(client, token, "a bound token as a bearer's", "Bearer", Set.of("bearer"), false);
          bound(client, token, "a bound token without a proof", "DPoP", Set.of("no-proof"), false);
          bound(client, token, "a bound token by another key", "DPoP", Set.of("binding"), true);
        });
  }

  private void bound(
      ServerClient client,
      String token,
      String what,
      String scheme,
      Set<String> reasons,
      boolean prove) {
    String path = "/v1/decisions";
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", scheme + " " + token);
    headers.put("Content-Type", "application/json");
    if (prove) {
      headers.put("DPoP", Dpop.prove(key(), "POST", client.at(path), token, id(), clock.instant()));
    }
    byte[] question =
        "{\"action\":\"deploy\",\"resource\":{\"type\":\"Environment\",\"id\":\"prod\"},\"claimed\":{}}"
            .getBytes(StandardCharsets.UTF_8);
    long before = System.nanoTime();
    ServerClient.Answer answer = client.send("POST", path, headers, question);
    JsonNode json = answer.json();
    String word = json.path("type").asString("").replaceFirst("^urn:sallyport:problem:", "");
    add(
        "R10",
        what,
        "the server",
        ended(answer.status() == 200, answer.status() == 401 && reasons.contains(word)),
        answer.status() + " " + word,
        since(before));
  }

  private void forgedTokens(String commit) {
    ServerClient client = client();
    good(
        "a true token of the issuer's",
        "the exchange",
        () -> {
          long before = System.nanoTime();
          String token = shop.issuer().token("true", commit, clock.instant());
          int status = CallerSession.exchange(client, key(), token, id(), clock.instant()).status();
          return new Result(status == 200 ? 0 : 1, "status " + status, "", since(before));
        });
    story(
        "R11",
        () -> {
          for (ForgedTokens.Forged forged :
              ForgedTokens.all(shop.issuer(), commit, clock.instant())) {
            long before = System.nanoTime();
            ServerClient.Answer answer =
                CallerSession.exchange(client, key(), forged.token(), id(), clock.instant());
            String word = answer.json().path("reason").asString("");
            add(
                "R11",
                forged.what(),
                "the exchange",
                ended(
                    answer.status() == 200,
                    answer.status() == 400 && forged.reasons().contains(word)),
                answer.status() + " " + word,
                since(before));
          }
        });
  }

  /// A row altered on disk, or an older file of rows: the server does not start on it. An older
  /// backup of everything it has: the server cannot know, but whoever saw more of the log does.
  private void editedLedger(String commit, String digest) {
    CornerShop.must(shop.down(), "stop the server");
    Map<Path, byte[]> backup = shop.backup();
    String hex = digest.substring("sha256:".length());
    String sign = "the ledger was changed behind our back";
    story(
        "R33",
        () -> {
          shop.alterLedger(hex, "0".repeat(64));
          ledger("the deploy's row is altered", "up", shop.up(), sign);
          shop.restore(backup, _ -> true);
          good("the untouched log starts again", "up", shop::up);
          CornerShop.Job job = shop.job("2", commit);
          good("another job deploys", "decide", () -> shop.decide(job, digest));
          CornerShop.must(shop.down(), "stop the server");
          shop.restore(backup, CornerShop::isLog);
          ledger("older rows", "up", shop.up(), sign);
          shop.restore(backup, _ -> true);
          CornerShop.must(shop.up(), "start the server on an older backup of all it has");
          ledger(
              "an older backup of everything",
              "status",
              shop.stage().sallyport("status", "--data", shop.data()),
              "does not contain what it showed before");
        });
  }

  private void ledger(String what, String door, Result result, String sign) {
    add(
        "R33",
        what,
        door,
        ended(result.exitCode() == 0, result.exitCode() == 2 && result.err().contains(sign)),
        result.line(),
        result.seconds());
  }

  private void verify(String story, String script, String branch, String policy) {
    Result result = shop.verify("attacks/" + script + ".sh", branch);
    List<String> policies = CornerShop.policies(result);
    add(
        story,
        script,
        "verify",
        ended(result.exitCode() == 0, result.exitCode() == 1 && policies.contains(policy)),
        policies.isEmpty() ? result.line() : String.join(", ", policies),
        result.seconds());
  }

  static Ended ended(boolean through, boolean refused) {
    if (through) {
      return Ended.LET_THROUGH;
    }
    return refused ? Ended.REFUSED : Ended.UNCLEAR;
  }

  void good(String what, String door, Supplier<Result> move) {
    Result result = move.get();
    boolean passed = result.exitCode() == 0;
    tries.add(
        new Try(
            "good",
            what,
            door,
            passed ? Ended.PASSED : Ended.UNCLEAR,
            Terminal.safe(result.line()),
            result.seconds()));
    say.accept(
        "good "
            + (passed ? "passed " + door + in(result.seconds()) : "refused by " + door)
            + ": "
            + what
            + (passed ? "" : "; " + Terminal.safe(result.line())));
  }

  void story(String id, Runnable moves) {
    moves.run();
    say.accept(line(id, tries.stream().filter(one -> one.story().equals(id)).toList()));
  }

  /// `R17 refused by verify in 0.4 s (2 ways)`, or the first try that went otherwise.
  static String line(String id, List<Try> own) {
    for (Ended ended : List.of(Ended.LET_THROUGH, Ended.UNCLEAR)) {
      for (Try one : own) {
        if (one.ended() == ended) {
          return id
              + (ended == Ended.LET_THROUGH ? " let through by " : " unclear at ")
              + one.door()
              + ": "
              + one.what()
              + "; "
              + one.because();
        }
      }
    }
    double slowest = own.stream().mapToDouble(Try::seconds).max().orElse(0);
    boolean undone = own.stream().anyMatch(one -> one.ended() == Ended.UNDONE);
    String doors =
        own.stream()
            .filter(one -> !undone || one.ended() == Ended.UNDONE)
            .map(Try::door)
            .distinct()
            .collect(Collectors.joining(" and "));
    return id
        + (undone ? " undone by " : " refused by ")
        + doors
        + in(slowest)
        + (own.size() > 1 ? " (" + own.size() + " ways)" : "");
  }

  /// The closing count.
  static String summary(List<Try> tries) {
    Map<String, List<Try>> stories =
        tries.stream()
            .filter(one -> !one.story().equals("good"))
            .collect(Collectors.groupingBy(Try::story));
    long through =
        stories.values().stream()
            .filter(all -> all.stream().anyMatch(one -> one.ended() == Ended.LET_THROUGH))
            .count();
    long refused =
        stories.values().stream()
            .filter(all -> all.stream().allMatch(one -> refusedOrUndone(one)))
            .count();
    long good = tries.stream().filter(one -> one.ended() == Ended.PASSED).count();
    long bad =
        tries.stream()
            .filter(one -> one.story().equals("good") && one.ended() != Ended.PASSED)
            .count();
    return "%d stories played: %d refused or undone, %d let through, %d unclear; %d good steps passed, %d did not"
        .formatted(stories.size(), refused, through, stories.size() - refused - through, good, bad);
  }

  /// 0 when everything ended as it should, 1 when an attack was let through, 2 otherwise.
  static int exitCode(List<Try> tries) {
    if (tries.stream().anyMatch(one -> one.ended() == Ended.LET_THROUGH)) {
      return 1;
    }
    return tries.stream().allMatch(one -> refusedOrUndone(one) || one.ended() == Ended.PASSED)
        ? 0
        : 2;
  }

  private static boolean refusedOrUndone(Try one) {
    return one.ended() == Ended.REFUSED || one.ended() == Ended.UNDONE;
  }

  private static String in(double seconds) {
    return String.format(Locale.ROOT, " in %.1f s", seconds);
  }

  void add(String story, String what, String door, Ended ended, String because, double seconds) {
    tries.add(new Try(story, what, door, ended, Terminal.safe(because), seconds));
  }

  private String sessionToken(CornerShop.Job job) {
    return Json.MAPPER.readTree(shop.stage().read(job.session())).path("token").asString("");
  }

  private ServerClient client() {
    return client(shop);
  }

  ServerClient client(CornerShop at) {
    JsonNode here = at.server();
    return new ServerClient(
        java.net.URI.create(here.path("url").asString("")),
        Path.of(here.path("caPem").asString("")));
  }

  private SigningKey key() {
    return SigningKey.generate(KeyAlgorithm.ECDSA_P256, random);
  }

  private String id() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  static double since(long before) {
    return (System.nanoTime() - before) / 1e9;
  }
}
