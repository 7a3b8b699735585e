package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.cli.RangePlay.Ended;
import dev.sallyport.cli.agent.Enrolment;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Source;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The attacks on what comes after the push: steps, secrets, the registry's door, tickets, a
/// release that is live already, policy itself, and the responses themselves. Profile baseline, and
/// what strict asks of tests and of who publishes; one host with a real service.
final class RangeLoop {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String REPOSITORY = DemoIssuer.FORGE + "/" + DemoIssuer.REPOSITORY;
  private static final String SECRET = "corner-shop-till-4711";
  private static final String STARTER = DemoIssuer.FORGE + "/1";
  private static final String TESTED = "tested-before-deploy";
  private static final String OWN_RUNNER = "7";
  private static final String STOLEN_RUNNER = "66";
  private static final int CAP = 2;

  private final CornerShop shop;
  private final DemoStage stage;
  private final ShopFloor floor;
  private final RangePlay range;
  private final Clock clock;
  private int runs = 200;

  RangeLoop(CornerShop shop, RangePlay range, Clock clock) {
    this.shop = shop;
    this.stage = shop.stage();
    this.floor = new ShopFloor(shop);
    this.range = range;
    this.clock = clock;
  }

  /// A release that went out properly.
  private record Release(String run, String commit, String digest) {}

  void play() {
    open();
    ShopFloor.Host host = floor.hire("shop");
    secrets();
    Release first = tagMoved(host);
    startedByAnother(first, host);
    untested(host);
    tickets(first, host);
    new RangePolicy(shop, range)
        .play(
            List.of("baseline.cedar", "tested.cedar", "publish.cedar", "errs.cedar"),
            caller(first.commit()),
            first.digest());
    Release second = ship("pears", host);
    compromised(second, host);
    storm(second, host);
  }

  private void open() {
    shop.open();
    shop.configure(shop.openRegistry());
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(stage.read("data/config.json"));
    ((ObjectNode) config.path("repositories").path(0)).putArray("starters").add(STARTER);
    stage.write("data/config.json", Json.pretty(config));
    for (Source source : PolicySnapshot.builtIn(Profile.BASELINE).sources()) {
      stage.write("data/policy/baseline.cedar", source.text());
    }
    stage.write("data/policy/tested.cedar", clauseOfStrict(TESTED));
    stage.write("data/policy/publish.cedar", clauseOfStrict(RangePolicy.TWO_PEOPLE));
    stage.write("data/policy/errs.cedar", RangePolicy.ERRING);
    range.good("the control plane starts, to deploy only what was tested", "up", shop::up);
  }

  private static String clauseOfStrict(String id) {
    String text = PolicySnapshot.builtIn(Profile.STRICT).sources().getFirst().text();
    int begin = text.indexOf("@id(\"" + id + "\")");
    int end = text.indexOf("\n\n", begin);
    return text.substring(begin, end < 0 ? text.length() : end) + "\n";
  }

  private CornerShop.Job job(String commit, String runner) {
    String number = Integer.toString(++runs);
    return shop.job("run-" + number, commit, number, runner);
  }

  private String run() {
    return REPOSITORY + "/" + runs;
  }

  private String head() {
    return stage.git("rev-parse", "main").out().strip();
  }

  // ---- R21 ----

  private void secrets() {
    stage.write("secret.txt", SECRET);
    for (String path : List.of("shop/till", "bank/vault")) {
      CornerShop.must(
          shop.owner("secret", "put", path, "--file", stage.path("secret.txt").toString()),
          "put a secret");
    }
    declare("shop/till", REPOSITORY);
    declare("bank/vault", DemoIssuer.FORGE + "/9999");
    CornerShop.Job job = job(head(), OWN_RUNNER);
    range.good(
        "the step that needs the secret has it", "run", () -> reading(job, "package", "shop/till"));
    range.story(
        "R21",
        () -> {
          secret(
              "a secret of another step",
              () -> reading(job, "build", "shop/till"),
              "secret-for-declared-step");
          secret(
              "a secret of another repository",
              () -> reading(job, "package", "bank/vault"),
              "secret-for-declared-repository");
          secretByHand(head());
        });
  }

  private void declare(String path, String repository) {
    CornerShop.must(
        shop.owner("secret", "policy", path, "--repository", repository, "--for-step", "package"),
        "declare who reads a secret");
  }

  private Result reading(CornerShop.Job job, String step, String path) {
    return floor.step(
        job,
        "build",
        List.of("--name", step, "--secret", "TILL=" + path),
        "sh",
        "-c",
        "echo began; cat \"$TILL_FILE\" | base64");
  }

  private void secret(String what, Supplier<Result> move, String reason) {
    Result result = move.get();
    boolean began = result.out().contains("began") || shows(result.out() + result.err());
    boolean refused = result.exitCode() == 1 && said(result, reason);
    range.add(
        "R21", what, "readSecret", RangePlay.ended(began, refused), why(result), result.seconds());
  }

  /// A step that may begin asks later, by hand, for what it did not name at first.
  private void secretByHand(String commit) {
    String number = Integer.toString(++runs);
    var caller =
        new ApiCaller(
            range.client(shop),
            shop.issuer().token("run-" + number, commit, number, OWN_RUNNER, clock.instant()),
            clock);
    ObjectNode step = Json.object();
    step.put("action", "build");
    step.put("step", "build");
    step.put("isolation", "same-user");
    String id = caller.post("/v1/steps", step).json().path("step").asString("");
    for (String path : List.of("shop/till", "bank/vault")) {
      ObjectNode ask = Json.object();
      ask.put("step", id);
      ask.put("path", path);
      ask.put("name", "TILL");
      long before = System.nanoTime();
      ServerClient.Answer answer = caller.post("/v1/steps/secrets", ask);
      boolean refused =
          !id.isEmpty()
              && answer.status() == 403
              && (answer.text().contains("secret-for-declared-step")
                  || answer.text().contains("secret-for-declared-repository"));
      range.add(
          "R21",
          "asked for by hand in the middle of a step: " + path,
          "readSecret",
          RangePlay.ended(answer.status() == 200 || shows(answer.text()), refused),
          answer.status() + " " + answer.text(),
          RangePlay.since(before));
    }
  }

  private static boolean shows(String text) {
    return text.contains(SECRET)
        || text.contains(
            Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8)));
  }

  // ---- R22 ----

  private Release tagMoved(ShopFloor.Host host) {
    Release checked = built("apples", OWN_RUNNER, "release");
    Release other = built("plums", OWN_RUNNER, "release");
    CornerShop.Job job = job(checked.commit(), OWN_RUNNER);
    range.story(
        "R22",
        () -> {
          Result byTag = floor.deploy(job, host, "release");
          range.add(
              "R22",
              "a deploy by the tag that was pushed again",
              "deploy",
              RangePlay.ended(
                  byTag.exitCode() == 0, byTag.exitCode() == 2 && said(byTag, "is not a digest")),
              why(byTag),
              byTag.seconds());
          byTagByHand(checked.commit(), host);
          Result byDigest = floor.deploy(job, host, checked.digest());
          String says = floor.says(host);
          boolean right = byDigest.exitCode() == 0 && says.contains("apples");
          range.add(
              "R22",
              "the digest that was checked, after the tag moved to " + other.digest(),
              "deploy",
              RangePlay.ended(says.contains("plums"), right),
              why(byDigest) + " it says: " + says.strip(),
              byDigest.seconds());
        });
    return checked;
  }

  private void byTagByHand(String commit, ShopFloor.Host host) {
    long before = System.nanoTime();
    ServerClient.Answer answer = ask(caller(commit), host, "release");
    range.add(
        "R22",
        "the same by hand",
        "the server",
        RangePlay.ended(
            answer.status() / 100 == 2,
            answer.status() == 400 && answer.text().contains("artifact")),
        answer.status() + " " + answer.text(),
        RangePlay.since(before));
  }

  private ApiCaller caller(String commit) {
    String number = Integer.toString(++runs);
    return new ApiCaller(
        range.client(shop),
        shop.issuer().token("run-" + number, commit, number, OWN_RUNNER, clock.instant()),
        clock);
  }

  private static ServerClient.Answer ask(ApiCaller caller, ShopFloor.Host host, String artifact) {
    ObjectNode question = Json.object();
    question.put("service", host.service());
    question.put("environment", "prod");
    question.put("artifact", artifact);
    question.put("repository", CornerShop.PUBLISHED_AS);
    return caller.post("/v1/deploys", question);
  }

  /// One more ware, built, tested and published by one run.
  private Release built(String ware, String runner, String tag) {
    String commit = shop.sell(ware, "");
    CornerShop.Job job = job(commit, runner);
    String run = run();
    range.good(ware + ": built", "run", () -> floor.build(job));
    range.good(ware + ": tested", "run", () -> floor.test(job));
    var digest = new StringBuilder();
    range.good(
        ware + ": published",
        "door",
        () -> {
          Result published = floor.publish(job, tag);
          digest.append(published.out().strip());
          return published;
        });
    return new Release(run, commit, digest.toString());
  }

  private Release ship(String ware, ShopFloor.Host host) {
    Release made = built(ware, OWN_RUNNER, ware);
    CornerShop.Job job = job(made.commit(), OWN_RUNNER);
    range.good(ware + ": live", "deploy", () -> floor.deploy(job, host, made.digest()));
    return made;
  }

  // ---- R49 ----

  private void startedByAnother(Release good, ShopFloor.Host host) {
    String number = Integer.toString(++runs);
    Map<String, Object> claims = DemoIssuer.claims("run-" + number, good.commit(), clock.instant());
    claims.put("run_id", number);
    claims.put("event_name", "workflow_dispatch");
    claims.put("actor", "stranger");
    claims.put("actor_id", "666");
    CornerShop.Job job = shop.job("run-" + number, claims);
    range.story(
        "R49",
        () -> {
          starter("a build", "run", floor.step(job, "build", List.of(), "true"));
          starter("a publish", "door", floor.publish(job, "stranger"));
          starter("a deploy", "deploy", floor.deploy(job, host, good.digest()));
        });
  }

  private void starter(String what, String door, Result result) {
    range.add(
        "R49",
        what + " of a run that a stranger started",
        door,
        RangePlay.ended(
            result.exitCode() == 0,
            result.exitCode() == 1 && said(result, "started-by-declared-people")),
        why(result),
        result.seconds());
  }

  // ---- R41 ----

  private void untested(ShopFloor.Host host) {
    range.story(
        "R41",
        () -> {
          String commit = shop.sell("radishes", "");
          CornerShop.Job job = job(commit, OWN_RUNNER);
          CornerShop.must(floor.build(job), "build");
          stage.write(
              "repo/out/TEST-shop.xml",
              "<testsuite name=\"shop\" tests=\"1\"><testcase name=\"made up\"/></testsuite>\n");
          Result published = floor.publish(job, "untested");
          CornerShop.must(published, "publish what is not tested");
          String digest = published.out().strip();
          tested("no test step, and a result file by hand", floor.deploy(job, host, digest));
          Result empty = floor.step(job, "test", List.of("--junit", "out/TEST-*.xml"), "true");
          range.add(
              "R41",
              "a test step that tests nothing shows that file",
              "run",
              RangePlay.ended(
                  empty.exitCode() == 0,
                  empty.exitCode() == 2 && said(empty, "no result file of this step")),
              why(empty),
              empty.seconds());
          tested("deployed after that", floor.deploy(job, host, digest));
          CornerShop.Job other = job(commit, OWN_RUNNER);
          CornerShop.must(floor.test(other), "test in another run");
          tested("tested in another run only", floor.deploy(other, host, digest));
        });
  }

  private void tested(String what, Result result) {
    range.add(
        "R41",
        what,
        "deploy",
        RangePlay.ended(result.exitCode() == 0, result.exitCode() == 1 && said(result, TESTED)),
        why(result),
        result.seconds());
  }

  // ---- R23 ----

  private void tickets(Release release, ShopFloor.Host host) {
    ShopFloor.Host other = floor.admit("kiosk");
    ApiCaller owner = caller(release.commit());
    JsonNode issued = ask(owner, host, release.digest()).json();
    String ticket = issued.path("ticket").asString("");
    ApiCaller thief = caller(release.commit());
    range.story(
        "R23",
        () -> {
          started(thief, ticket, "by another key", "ticket is bound to another key");
          for (Map.Entry<String, String> claim :
              Map.of("environment", "test", "service", "kiosk", "exp", "late").entrySet()) {
            started(
                owner,
                altered(ticket, claim.getKey(), claim.getValue()),
                "altered to another " + claim.getKey(),
                "ticket");
          }
          redeemed(other, ticket, "by another host", "ticket is for another host");
          redeemed(host, ticket, "before its caller started it", "ticket was not started");
          range.good("its caller starts it", "the server", () -> start(owner, ticket));
          range.good(
              "its host redeems it",
              "the host",
              () -> waited(() -> stateOf(owner, issued.path("deployment").asString(""))));
          redeemed(host, ticket, "a second time", "ticket was used before");
          redeemed(other, ticket, "by another host afterwards", "ticket is for another host");
        });
  }

  private static String stateOf(ApiCaller caller, String deployment) {
    return caller.get("/v1/deploys", "?id=" + deployment).json().path("state").asString("");
  }

  private static Result waited(Supplier<String> state) {
    long before = System.nanoTime();
    String last = "";
    while (System.nanoTime() - before < PATIENCE.toNanos()) {
      last = state.get();
      if (last.equals("live") || last.equals("failed") || last.equals("undone")) {
        break;
      }
      pause();
    }
    return new Result(last.equals("live") ? 0 : 1, last, "", RangePlay.since(before));
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  private static Result start(ApiCaller caller, String ticket) {
    long before = System.nanoTime();
    ObjectNode body = Json.object();
    body.put("ticket", ticket);
    ServerClient.Answer answer = caller.post("/v1/deploys/start", body);
    return new Result(
        answer.status() == 200 ? 0 : 1,
        answer.status() + " " + answer.json().path("detail").asString(""),
        "",
        RangePlay.since(before));
  }

  private void started(ApiCaller caller, String ticket, String what, String reason) {
    Result result = start(caller, ticket);
    range.add(
        "R23",
        "a ticket started, " + what,
        "the server",
        RangePlay.ended(
            result.exitCode() == 0, result.out().startsWith("403 ") && said(result, reason)),
        result.out(),
        result.seconds());
  }

  /// As the host's agent would, with its certificate.
  private void redeemed(ShopFloor.Host host, String ticket, String what, String reason) {
    long before = System.nanoTime();
    Enrolment enrolment = Enrolment.read(stage.path(host.folder()));
    ObjectNode body = Json.object();
    body.put("ticket", ticket);
    body.put("nonce", "nonce-" + before);
    try (HttpClient http = HttpClient.newBuilder().sslContext(enrolment.tls()).build()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(enrolment.server() + "/v1/tickets/redeem"))
                  .timeout(Duration.ofSeconds(20))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      range.add(
          "R23",
          "a ticket redeemed " + what,
          "the server",
          RangePlay.ended(
              answer.statusCode() == 200,
              answer.statusCode() == 403 && answer.body().contains(reason)),
          answer.statusCode() + " " + answer.body(),
          RangePlay.since(before));
    } catch (IOException e) {
      throw new UserError("the server does not answer a host: " + e.getMessage(), "try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  private String altered(String ticket, String claim, String value) {
    String[] parts = ticket.split("\\.", -1);
    ObjectNode claims = (ObjectNode) Json.MAPPER.readTree(Base64.getUrlDecoder().decode(parts[1]));
    if (claim.equals("exp")) {
      claims.put(claim, clock.instant().plusSeconds(3600).getEpochSecond());
    } else {
      claims.put(claim, value);
    }
    return parts[0]
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(Json.MAPPER.writeValueAsBytes(claims))
        + "."
        + parts[2];
  }

  // ---- R26, R24 ----

  private void compromised(Release good, ShopFloor.Host host) {
    stage.script("attacks/hijacked-run.sh");
    String commit = head();
    CornerShop.Job job = job(commit, STOLEN_RUNNER);
    String run = run();
    CornerShop.must(floor.build(job), "build on the stolen runner");
    CornerShop.must(floor.test(job), "test on the stolen runner");
    Result published = floor.publish(job, "bad");
    CornerShop.must(published, "publish from the stolen runner");
    stage.git("checkout", "-q", "-f", "main");
    String digest = published.out().strip();
    long first = System.nanoTime();
    CornerShop.must(floor.deploy(job, host, digest), "deploy from the stolen runner");
    if (!floor.says(host).contains("card number")) {
      throw new UserError("the bad release is not live", "run ./sallyport demo and look around");
    }
    range.story(
        "R26",
        () -> {
          Result seen = waitedFor(() -> incident(run));
          range.add(
              "R26",
              "a runner never seen there delivers",
              "sentinel",
              RangePlay.ended(false, seen.exitCode() == 0),
              seen.line(),
              seen.seconds());
          long reported = System.nanoTime();
          Result contained =
              shop.owner("contain", "run:" + run, "--reason", "its key was reported stolen");
          Result back =
              waitedFor(() ->
                  floor.says(host).contains("pears") && floor.runs(host, good.digest())
                      ? Optional.of("the release before it")
                      : Optional.empty());
          boolean bad = floor.says(host).contains("card number");
          boolean undone = contained.exitCode() == 0 && back.exitCode() == 0 && !bad;
          range.add(
              "R26",
              "a release of a stolen runner, live: %.1f s after the report"
                  .formatted(RangePlay.since(reported)),
              "contain",
              bad ? Ended.LET_THROUGH : undone ? Ended.UNDONE : Ended.UNCLEAR,
              "it says: "
                  + floor.says(host).strip()
                  + ", wanted "
                  + good.digest()
                  + "; "
                  + last(contained),
              RangePlay.since(first));
        });
    range.story("R24", () -> downgrade(commit, digest, host));
  }

  private void downgrade(String commit, String digest, ShopFloor.Host host) {
    CornerShop.Job honest = job(commit, OWN_RUNNER);
    withdrawn("an honest run deploys what was withdrawn", floor.deploy(honest, host, digest));
    Result again = floor.deploy(job(commit, STOLEN_RUNNER), host, digest);
    withdrawn("the stolen runner too", again);
    if (floor.says(host).contains("card number")) {
      range.add("R24", "and it is live again", "the host", Ended.LET_THROUGH, "it is live", 0);
    }
  }

  private void withdrawn(String what, Result result) {
    range.add(
        "R24",
        what,
        "deploy",
        RangePlay.ended(
            result.exitCode() == 0,
            result.exitCode() == 1 && (said(result, "withdrawn") || said(result, "hold"))),
        why(result),
        result.seconds());
  }

  private Optional<String> incident(String run) {
    for (JsonNode incident :
        Json.MAPPER.readTree(shop.owner("incidents", "--json").out()).path("incidents")) {
      if (incident.toString().contains(run)) {
        return Optional.of(incident.path("title").asString("an incident"));
      }
    }
    return Optional.empty();
  }

  private static Result waitedFor(Supplier<Optional<String>> what) {
    long before = System.nanoTime();
    while (System.nanoTime() - before < PATIENCE.toNanos()) {
      Optional<String> found = what.get();
      if (found.isPresent()) {
        return new Result(0, found.get(), "", RangePlay.since(before));
      }
      pause();
    }
    return new Result(1, "nothing came of it", "", RangePlay.since(before));
  }

  // ---- R25 ----

  /// Whoever can show tickets that are not his makes findings at will, each about an honest run. A
  /// playbook that acts on them would be his weapon: the cap of the hour and the switch stop it.
  private void storm(Release live, ShopFloor.Host host) {
    CornerShop.must(shop.down(), "stop the server");
    stage.write(
        "data/playbooks/storm.yaml",
        """
        playbooks:
          - name: revoke-at-once
            rules: [used-twice]
            severity: high
            tier: revoke
            perHour: %d
        """
            .formatted(CAP));
    CornerShop.must(shop.up(), "start the server with a playbook");
    range.story(
        "R25",
        () -> {
          ApiCaller thief = caller(live.commit());
          for (int i = 0; i < CAP + 2; i++) {
            forgedFinding(thief, live, host);
          }
          storm(
              "more findings than the hour allows",
              () -> count("finished") == CAP && count("stopped") == 2);
          CornerShop.must(shop.owner("respond", "off", "--reason", "a storm"), "switch off");
          forgedFinding(thief, live, host);
          storm("one more when the switch is off", () -> count("stopped") == 3);
          boolean still = floor.says(host).contains("pears");
          range.add(
              "R25",
              "the service in the storm",
              "the host",
              RangePlay.ended(!still, still),
              "it says: " + floor.says(host).strip(),
              0);
        });
  }

  private void forgedFinding(ApiCaller thief, Release live, ShopFloor.Host host) {
    ApiCaller victim = caller(live.commit());
    String ticket = ask(victim, host, live.digest()).json().path("ticket").asString("");
    start(thief, ticket);
  }

  private void storm(String what, Supplier<Boolean> stopped) {
    Result result = waitedFor(() -> stopped.get() ? Optional.of("stopped") : Optional.empty());
    range.add(
        "R25",
        what,
        "sentinel",
        RangePlay.ended(count("finished") > CAP, result.exitCode() == 0),
        count("finished") + " finished, " + count("stopped") + " stopped",
        result.seconds());
  }

  private long count(String state) {
    long count = 0;
    for (JsonNode response :
        Json.MAPPER.readTree(shop.owner("respond", "list", "--json").out()).path("responses")) {
      if (response.path("playbook").asString("").equals("revoke-at-once")
          && response.path("state").asString("").equals(state)) {
        count++;
      }
    }
    return count;
  }

  private static boolean said(Result result, String text) {
    return (result.out() + result.err()).contains(text);
  }

  private static String last(Result result) {
    String all = (result.out() + "\n" + result.err()).strip().replace('\n', '|');
    return all.substring(Math.max(0, all.length() - 300));
  }

  private static String why(Result result) {
    String all = (result.out() + "\n" + result.err()).strip().replace('\n', '|');
    return all.length() > 300 ? all.substring(0, 300) : all;
  }
}
