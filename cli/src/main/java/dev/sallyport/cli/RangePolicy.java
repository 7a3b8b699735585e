package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The attack on policy itself: an administrator who opens everything, alone, and a forbid that
/// cannot be evaluated just when it should refuse.
final class RangePolicy {
  /// The clause of `strict` that asks two people.
  static final String TWO_PEOPLE = "policy-published-by-two-people";

  /// Valid, and beyond the numbers that there are for whoever claims two seconds or more.
  static final String ERRING =
      """
      @id("errs-when-asked-for-long")
      @advice("claim fewer seconds")
      forbid (principal, action == Sallyport::Action::"deploy", resource)
      when { context.claimed has seconds && context.claimed.seconds * 9223372036854775807 > 60 };
      """;

  private static final String STORY = "R35";
  private static final String WIDE =
      """
      @id("for-a-moment")
      permit (principal, action, resource);
      """;

  private final CornerShop shop;
  private final DemoStage stage;
  private final RangePlay range;

  RangePolicy(CornerShop shop, RangePlay range) {
    this.shop = shop;
    this.stage = shop.stage();
    this.range = range;
  }

  /// Plays it.
  ///
  /// @param files the policy files of the control plane's data folder
  /// @param caller a job that may deploy `digest`
  void play(List<String> files, ApiCaller caller, String digest) {
    for (String file : files) {
      stage.write("wide/" + file, stage.read("data/policy/" + file));
    }
    range.good("what is in force opens nothing", "policy publish", () -> publish("--dry-run"));
    stage.write("wide/wide.cedar", WIDE);
    range.story(
        STORY,
        () -> {
          shown();
          alone();
          erring(caller, digest);
        });
  }

  private Result publish(String how) {
    return shop.owner(
        "policy",
        "publish",
        stage.path("wide").toString(),
        "--reason",
        "only for a moment",
        "--json",
        how);
  }

  private void shown() {
    Result shown = publish("--dry-run");
    JsonNode replay =
        shown.exitCode() == 0 ? Json.MAPPER.readTree(shown.out()).path("replay") : Json.object();
    long opened = replay.path("opened").asLong(0);
    boolean named = replay.path("opens").path("for-a-moment").asLong(0) > 0;
    range.add(
        STORY,
        "a permit for everything: " + opened + " refusals that it would open are shown before",
        "policy publish",
        RangePlay.ended(shown.exitCode() == 0 && opened == 0, opened > 0 && named),
        shown.line(),
        shown.seconds());
  }

  private void alone() {
    Result published = publish("--yes");
    range.add(
        STORY,
        "published by an administrator alone",
        "policy publish",
        RangePlay.ended(
            published.exitCode() == 0,
            published.exitCode() == 1 && published.err().contains(TWO_PEOPLE)),
        published.line(),
        published.seconds());
  }

  private void erring(ApiCaller caller, String digest) {
    range.good(
        "a deploy that claims nothing of the kind", "decide", () -> asked(caller, digest, 0));
    Result errs = asked(caller, digest, 2);
    range.add(
        STORY,
        "a forbid that errs is no way through",
        "decide",
        RangePlay.ended(
            errs.exitCode() == 0,
            errs.out().contains("could-not-evaluate")
                && errs.out().contains("errs-when-asked-for-long")),
        errs.out(),
        errs.seconds());
  }

  private static Result asked(ApiCaller caller, String digest, long seconds) {
    ObjectNode question = Json.object();
    question.put("action", "deploy");
    question.putObject("resource").put("type", "Environment").put("id", "prod");
    ObjectNode claimed = question.putObject("claimed").put("artifact", digest);
    if (seconds > 0) {
      claimed.put("seconds", seconds);
    }
    long before = System.nanoTime();
    ServerClient.Answer answer = caller.post("/v1/decisions", question);
    JsonNode json = answer.json();
    return new Result(
        json.path("decision").asString("").equals("allow") ? 0 : 1,
        json.path("outcome").asString("") + ": " + json.path("reasons"),
        "",
        RangePlay.since(before));
  }
}
