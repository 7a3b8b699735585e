package dev.sallyport.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Each rule sees its attack and is silent on the harmless twin.
class DetectorsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void r10_a_stolen_ci_token_exchanged_again_is_seen() {
    var story =
        new Story().tell("token", "mint", "refused", "workload shop", "Token=replayed", "reason:x");
    assertThat(story.findings("used-twice"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.about()).contains(new Thing("workload", "shop"));
          assertThat(finding.severity()).isEqualTo(Severity.HIGH);
        });
  }

  @Test
  void a_token_refused_for_its_age_is_no_second_use() {
    assertThat(
            new Story()
                .tell("token", "mint", "refused", "unknown unknown", "Token=expired", "reason:old")
                .tell("token", "mint", "minted", "workload shop", "Token=1", "Run=forge/1/1")
                .findings())
        .isEmpty();
  }

  @Test
  void r23_a_ticket_redeemed_twice_is_seen_and_one_that_came_late_is_not() {
    var story =
        new Story()
            .tell("ticket", "redeem", "redeemed", "machine host/web", "Ticket=t", "Artifact=a")
            .tell(
                "ticket",
                "redeem",
                "refused",
                "machine host/web",
                "Ticket=t",
                "Artifact=a",
                "reason:ticket was used before");
    assertThat(story.findings("used-twice")).hasSize(1);
    assertThat(
            new Story()
                .tell(
                    "ticket",
                    "redeem",
                    "refused",
                    "machine host/web",
                    "Ticket=t",
                    "reason:ticket has expired")
                .findings("used-twice"))
        .isEmpty();
  }

  private static Story used(String first, String then) {
    return new Story()
        .tell(
            "decision",
            "deploy",
            "allowed",
            "workload shop",
            "Environment=prod",
            "token:t1",
            "network:" + first)
        .tell(
            "decision",
            "deploy",
            "allowed",
            "workload shop",
            "Environment=prod",
            "token:t1",
            "network:" + then);
  }

  @Test
  void a_token_used_from_another_network_is_seen_once() {
    Story story =
        used("192.0.2.7", "198.51.100.9")
            .tell(
                "decision",
                "deploy",
                "allowed",
                "workload shop",
                "Environment=prod",
                "token:t1",
                "network:203.0.113.1");
    assertThat(story.findings("used-elsewhere"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.evidence()).containsExactly(0L, 1L));
  }

  @Test
  void the_next_address_of_the_same_network_is_not_elsewhere() {
    assertThat(used("192.0.2.7", "192.0.2.250").findings("used-elsewhere")).isEmpty();
    assertThat(used("2001:db8:1::7", "2001:0DB8:0001:ffff::1").findings("used-elsewhere"))
        .isEmpty();
    assertThat(used("2001:db8:1::7", "2001:db8:2::7").findings("used-elsewhere")).hasSize(1);
    assertThat(used("192.0.2.7", "not an address").findings("used-elsewhere")).isEmpty();
  }

  @Test
  void a_token_used_with_another_key_is_seen() {
    assertThat(
            new Story()
                .tell(
                    "decision",
                    "deploy",
                    "allowed",
                    "workload s",
                    "Environment=p",
                    "Key=a",
                    "token:t")
                .tell(
                    "decision",
                    "deploy",
                    "allowed",
                    "workload s",
                    "Environment=p",
                    "Key=b",
                    "token:t")
                .findings("used-elsewhere"))
        .hasSize(1);
  }

  /// An administrator contains one key and then a run, with one token bound to his own key.
  @Test
  void containing_a_key_is_no_use_of_it() {
    assertThat(
            new Story()
                .tell("decision", "contain", "allowed", "person a", "Key=bad", "token:t", "key:his")
                .tell("decision", "contain", "allowed", "person a", "Run=r", "token:t", "key:his")
                .findings("used-elsewhere"))
        .isEmpty();
  }

  @Test
  void r07_a_publish_from_a_runner_never_seen_is_found_after_two_runs() {
    List<Finding> found =
        new Story()
            .publish(1, "forge/runner/1", "forge/9", "192.0.2.1")
            .publish(2, "forge/runner/1", "forge/9", "192.0.2.1")
            .publish(3, "forge/runner/666", "forge/9", "192.0.2.1")
            .findings("first-seen");
    assertThat(found)
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.about().getFirst()).isEqualTo(new Thing("Runner", "forge/runner/666"));
          assertThat(finding.about()).contains(new Thing("Run", "forge/1/3"));
          assertThat(finding.severity()).isEqualTo(Severity.HIGH);
        });
  }

  @Test
  void r49_a_release_started_by_a_stranger_is_found() {
    assertThat(
            new Story()
                .publish(1, "r", "forge/9", "192.0.2.1")
                .publish(2, "r", "forge/9", "192.0.2.1")
                .publish(3, "r", "forge/13", "192.0.2.1")
                .findings("first-seen"))
        .singleElement()
        .satisfies(finding ->
            assertThat(finding.about().getFirst()).isEqualTo(new Thing("Person", "forge/13")));
  }

  @Test
  void the_first_release_of_a_new_repository_is_no_finding_and_two_publishes_of_one_run_are_one() {
    assertThat(
            new Story()
                .publish(1, "forge/runner/1", "forge/9", "192.0.2.1")
                .publish(1, "forge/runner/1", "forge/9", "192.0.2.1")
                .publish(2, "forge/runner/2", "forge/8", "198.51.100.1")
                .findings("first-seen"))
        .isEmpty();
  }

  @Test
  void runners_that_live_for_one_job_are_no_news() {
    var story = new Story();
    for (int run = 1; run <= 20; run++) {
      story.publish(run, "forge/runner/" + run, "forge/9", "10." + run + ".0.1");
    }
    assertThat(story.findings("first-seen")).isEmpty();
  }

  @Test
  void the_runner_of_a_run_may_stand_in_its_step_alone() {
    var story = new Story();
    for (int run = 1; run <= 3; run++) {
      String runner = run == 3 ? "forge/runner/666" : "forge/runner/1";
      story
          .tell(
              "step",
              "begin",
              "begun",
              "workload shop",
              "Step=s" + run,
              "Run=forge/1/" + run,
              "Runner=" + runner)
          .tell(
              "decision",
              "deploy",
              "allowed",
              "workload shop",
              "Environment=prod",
              "Run=forge/1/" + run);
    }
    assertThat(story.findings("first-seen")).hasSize(1);
  }

  @Test
  void a_refused_publish_teaches_nothing() {
    assertThat(
            new Story()
                .publish(1, "r1", "forge/9", "192.0.2.1")
                .publish(2, "r1", "forge/9", "192.0.2.1")
                .tell(
                    "decision",
                    "publish",
                    "forbidden",
                    "workload shop",
                    "Artifact=a",
                    "Run=forge/1/3",
                    "Runner=r2")
                .publish(4, "r2", "forge/9", "192.0.2.1")
                .findings("first-seen"))
        .hasSize(1);
  }

  @Test
  void r12_a_fork_that_asks_for_a_secret_is_seen() {
    assertThat(
            new Story()
                .tell(
                    "decision",
                    "readSecret",
                    "forbidden",
                    "workload f",
                    "Secret=db",
                    "Run=forge/1/5",
                    "fork:true")
                .findings("secret-asked"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.MEDIUM));
  }

  @Test
  void r21_a_secret_given_to_an_unreviewed_pipeline_is_worse_than_one_refused() {
    assertThat(
            new Story()
                .tell(
                    "decision",
                    "readSecret",
                    "allowed",
                    "workload f",
                    "Secret=db",
                    "pipelineReviewed:false")
                .findings("secret-asked"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.HIGH));
    assertThat(
            new Story()
                .tell(
                    "decision",
                    "readSecret",
                    "allowed",
                    "workload f",
                    "Secret=db",
                    "pipelineReviewed:true",
                    "fork:false")
                .tell("decision", "readSecret", "allowed", "workload f", "Secret=db")
                .findings())
        .isEmpty();
  }

  private static Story leased(String... end) {
    return new Story()
        .tell(
            "secret",
            "lease",
            "leased",
            "workload s",
            "Secret=db",
            "Lease=l1",
            "Step=s1",
            "name:DB")
        .tell(
            "secret",
            "lease",
            "leased",
            "workload s",
            "Secret=k",
            "Lease=l2",
            "Step=s1",
            "name:KEY")
        .tell("step", "end", "succeeded", "workload s", end);
  }

  @Test
  void a_secret_that_a_step_never_used_is_seen() {
    assertThat(leased("Step=s1", "usedSecrets:DB").findings("secret-unused"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.about().getFirst()).isEqualTo(new Thing("Secret", "k"));
          assertThat(finding.evidence()).containsExactly(1L, 2L);
        });
    assertThat(leased("Step=s1", "usedSecrets:").findings("secret-unused")).hasSize(2);
    assertThat(
            new Story()
                .tell("secret", "end", "ended", "workload s", "Secret=db", "Lease=l1", "used:false")
                .findings("secret-unused"))
        .hasSize(1);
  }

  @Test
  void secrets_that_were_used_or_of_which_nothing_is_said_are_no_finding() {
    assertThat(leased("Step=s1", "usedSecrets:DB\nKEY").findings()).isEmpty();
    assertThat(leased("Step=s1").findings()).isEmpty();
    assertThat(leased("Step=other", "usedSecrets:").findings()).isEmpty();
  }

  @Test
  void a_statement_signed_by_another_key_than_the_callers_is_no_journey_of_his_token() {
    assertThat(
            new Story()
                .tell(
                    "evidence",
                    "attest",
                    "allowed",
                    "workload s",
                    "Artifact=a",
                    "Key=sha256:signer",
                    "key:mine",
                    "token:t")
                .tell(
                    "decision",
                    "deploy",
                    "allowed",
                    "workload s",
                    "Environment=p",
                    "Key=mine",
                    "key:mine",
                    "token:t")
                .findings())
        .isEmpty();
  }

  private static Story refusals(int many) {
    var story = new Story();
    for (int i = 0; i < many; i++) {
      story.tell("decision", "deploy", "forbidden", "workload shop", "Environment=prod");
    }
    return story;
  }

  private static Story allowed(Story story) {
    return story.tell("decision", "deploy", "allowed", "workload shop", "Environment=prod");
  }

  @Test
  void five_refusals_and_then_an_allow_are_seen_four_are_not() {
    assertThat(allowed(refusals(RefusalsThenAllowRule.MANY)).findings("refusals-then-allow"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.evidence()).hasSize(6));
    assertThat(allowed(refusals(RefusalsThenAllowRule.MANY - 1)).findings()).isEmpty();
    assertThat(refusals(20).findings()).isEmpty();
  }

  @Test
  void the_window_of_refusals_ends_after_exactly_ten_minutes() {
    Duration sinceFirst = SECOND.multipliedBy(RefusalsThenAllowRule.MANY);
    Story within =
        refusals(RefusalsThenAllowRule.MANY).wait(RefusalsThenAllowRule.WINDOW.minus(sinceFirst));
    assertThat(allowed(within).findings("refusals-then-allow")).hasSize(1);
    Story beyond =
        refusals(RefusalsThenAllowRule.MANY)
            .wait(RefusalsThenAllowRule.WINDOW.minus(sinceFirst).plusMillis(1));
    assertThat(allowed(beyond).findings("refusals-then-allow")).isEmpty();
  }

  @Test
  void refusals_of_others_do_not_count_but_those_of_the_same_key_do() {
    var story = new Story();
    for (int i = 0; i < RefusalsThenAllowRule.MANY; i++) {
      story.tell("decision", "deploy", "forbidden", "workload w" + i, "Environment=p", "Key=k");
    }
    story.tell("decision", "deploy", "allowed", "workload other", "Environment=p", "Key=j");
    assertThat(story.findings()).isEmpty();
    story.tell("decision", "deploy", "allowed", "workload new", "Environment=p", "Key=k");
    assertThat(story.findings("refusals-then-allow"))
        .singleElement()
        .satisfies(
            finding -> assertThat(finding.about().getFirst()).isEqualTo(new Thing("Key", "k")));
  }

  @Test
  void r35_another_policy_is_seen_the_same_one_at_the_next_start_is_not() {
    assertThat(
            new Story()
                .tell(
                    "policy",
                    "enforce",
                    "in-force",
                    "server sallyport",
                    "PolicySet=baseline",
                    "policy:a")
                .tell(
                    "policy",
                    "enforce",
                    "in-force",
                    "server sallyport",
                    "PolicySet=baseline",
                    "policy:a")
                .findings())
        .isEmpty();
    assertThat(
            new Story()
                .tell(
                    "policy",
                    "enforce",
                    "in-force",
                    "server sallyport",
                    "PolicySet=baseline",
                    "policy:a")
                .tell(
                    "policy",
                    "enforce",
                    "in-force",
                    "server sallyport",
                    "PolicySet=observe",
                    "policy:b")
                .findings("trust-weakened"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.HIGH));
  }

  private static Story declared(String first, String then) {
    return new Story()
        .tell("secret", "declare", "declared", "person administrator", "Secret=db", first)
        .tell("secret", "declare", "declared", "person administrator", "Secret=db", then);
  }

  @Test
  void a_secret_that_more_may_read_is_seen_one_that_fewer_may_is_not() {
    String build = "declaration.steps:build";
    String both = "declaration.steps:build\ntest";
    assertThat(declared(build, both).findings("trust-weakened")).hasSize(1);
    assertThat(declared(both, build).findings()).isEmpty();
    assertThat(declared(build, build).findings()).isEmpty();
  }

  @Test
  void where_nobody_said_which_steps_all_may_read_and_where_no_repository_none() {
    assertThat(declared("declaration.steps:build", "x:y").findings("trust-weakened")).hasSize(1);
    assertThat(declared("x:y", "declaration.steps:build").findings()).isEmpty();
    assertThat(declared("declaration.repositories:a", "x:y").findings()).isEmpty();
    assertThat(declared("x:y", "declaration.repositories:a").findings("trust-weakened")).hasSize(1);
  }

  @Test
  void switching_responses_off_is_seen_switching_them_on_is_not() {
    assertThat(
            new Story()
                .tell("response", "switch", "off", "person administrator", "Response=automatic")
                .findings("trust-weakened"))
        .hasSize(1);
    assertThat(
            new Story()
                .tell("response", "switch", "on", "person administrator", "Response=automatic")
                .tell("response", "contain", "finished", "person administrator", "Response=1")
                .findings())
        .isEmpty();
  }

  private static Story reported(String digest) {
    return new Story()
        .tell(
            "deployment",
            "deploy",
            "live",
            "machine host/web",
            "Deployment=d",
            "Artifact=" + Story.GOOD,
            "Service=shop",
            "Environment=prod",
            "Machine=host/web")
        .tell(
            "agent",
            "report",
            "reported",
            "machine host/web",
            "Machine=host/web",
            "Artifact=" + digest,
            "service:shop",
            "environment:prod",
            "digest:" + digest);
  }

  @Test
  void a_host_that_runs_something_else_is_seen_once() {
    assertThat(reported(Story.GOOD).findings()).isEmpty();
    Story story =
        reported(Story.BAD)
            .tell(
                "agent",
                "report",
                "reported",
                "machine host/web",
                "Machine=host/web",
                "service:shop",
                "environment:prod",
                "digest:" + Story.BAD);
    assertThat(story.findings("running-other-digest"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
          assertThat(finding.about().getFirst()).isEqualTo(new Thing("Machine", "host/web"));
        });
  }

  @Test
  void a_release_on_its_way_or_just_live_is_where_it_should_be_whatever_was_expected_before() {
    for (String outcome : List.of("redeemed", "live")) {
      Story story =
          new Story()
              .tell(
                  "deployment",
                  "deploy",
                  outcome,
                  "machine host/web",
                  "Deployment=d",
                  "Artifact=" + Story.BAD,
                  "Service=shop",
                  "Environment=prod",
                  "Machine=host/web")
              .tell(
                  "agent",
                  "report",
                  "running",
                  "machine host/web",
                  "Machine=host/web",
                  "Service=shop",
                  "Environment=prod",
                  "digest:" + Story.BAD,
                  "expected:" + Story.GOOD);
      assertThat(story.findings()).as(outcome).isEmpty();
    }
    assertThat(
            new Story()
                .tell(
                    "deployment",
                    "deploy",
                    "redeemed",
                    "machine host/web",
                    "Deployment=d",
                    "Artifact=" + Story.BAD,
                    "Service=shop",
                    "Environment=prod",
                    "Machine=host/web")
                .tell(
                    "deployment",
                    "deploy",
                    "undone",
                    "machine host/web",
                    "Deployment=d",
                    "Artifact=" + Story.BAD,
                    "Service=shop",
                    "Environment=prod",
                    "Machine=host/web")
                .tell(
                    "agent",
                    "report",
                    "running",
                    "machine host/web",
                    "Machine=host/web",
                    "Service=shop",
                    "Environment=prod",
                    "digest:" + Story.BAD,
                    "expected:" + Story.GOOD)
                .findings("running-other-digest"))
        .hasSize(1);
  }

  @Test
  void the_report_says_itself_what_was_expected() {
    assertThat(
            new Story()
                .tell(
                    "agent",
                    "report",
                    "reported",
                    "machine host/web",
                    "Machine=host/web",
                    "service:shop",
                    "environment:prod",
                    "digest:" + Story.BAD,
                    "expected:" + Story.GOOD)
                .findings("running-other-digest"))
        .hasSize(1);
  }

  private static Story agent() {
    return new Story()
        .tell("agent", "report", "reported", "machine host/web", "Machine=host/web", "interval:10");
  }

  @Test
  void an_agent_is_silent_after_three_intervals_and_not_a_millisecond_before() {
    var memory = new Memory();
    Watch watch = Watch.standard();
    assertThat(watch.steps(memory, agent().events())).isEmpty();
    assertThat(watch.step(memory, new Tick(Story.BEGIN.plusSeconds(30)))).isEmpty();
    assertThat(watch.step(memory, new Tick(Story.BEGIN.plusSeconds(30).plusMillis(1))))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.rule()).isEqualTo("silence");
          assertThat(finding.time()).isEqualTo(Story.BEGIN.plusSeconds(30));
          assertThat(finding.at()).isZero();
        });
    assertThat(watch.step(memory, new Tick(Story.BEGIN.plusSeconds(300)))).isEmpty();
  }

  @Test
  void the_return_of_a_silent_agent_is_seen_and_an_agent_that_keeps_its_word_is_not() {
    Story late =
        agent()
            .wait(Duration.ofSeconds(60))
            .tell(
                "agent",
                "report",
                "reported",
                "machine host/web",
                "Machine=host/web",
                "interval:10");
    assertThat(late.findings("silence"))
        .extracting(Finding::severity)
        .containsExactly(Severity.MEDIUM, Severity.LOW);
    Story timely =
        agent()
            .wait(Duration.ofSeconds(29))
            .tell(
                "agent",
                "report",
                "reported",
                "machine host/web",
                "Machine=host/web",
                "interval:10");
    assertThat(timely.findings()).isEmpty();
  }

  @Test
  void silence_that_a_room_recorded_is_found_once() {
    assertThat(
            new Story()
                .tell("agent", "silent", "silent", "server sallyport", "Machine=host/web")
                .tell("agent", "silent", "silent", "server sallyport", "Machine=host/web")
                .tell("agent", "back", "back", "machine host/web", "Machine=host/web")
                .findings("silence"))
        .hasSize(2);
  }
}
