package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// `sallyport verify` against those who attack a repository: the scripts of `examples/corner-shop`
/// first, then attacks of our own.
///
/// Each attack must be refused with exit 1, by the policy that is there for it, having seen what it
/// did; a change that is only refused for another reason would hide that nobody sees the attack.
final class VerifyIT {
  private static Set<String> texts(JsonNode list, String member) {
    Set<String> texts = new TreeSet<>();
    list.forEach(one -> texts.add(one.path(member).asString("")));
    return texts;
  }

  private static JsonNode refused(Program.Answer answer, String... policies) {
    assertThat(answer.exitCode()).as("%s", answer).isEqualTo(1);
    JsonNode report = answer.json();
    assertThat(report.path("verdict").asString()).isEqualTo("deny");
    assertThat(report.path("ruling").path("decision").asString()).isEqualTo("deny");
    assertThat(texts(report.path("ruling").path("policies"), "id")).contains(policies);
    assertThat(report.path("ruling").path("wouldSatisfy")).isNotEmpty();
    return report;
  }

  private static List<String> asked(JsonNode report) {
    List<String> actions = new ArrayList<>();
    report.path("rulings").forEach(one -> actions.add(one.path("action").asString()));
    return actions;
  }

  @Test
  void the_good_change_is_allowed() {
    Program.Answer answer = Shop.open().script("good-change.sh").verify();
    assertThat(answer.exitCode()).as("%s", answer).isZero();
    JsonNode report = answer.json();
    assertThat(report.path("verdict").asString()).isEqualTo("allow");
    assertThat(report.path("profile").asString()).isEqualTo("strict");
    assertThat(report.path("trust").asString()).isEqualTo("anchored");
    assertThat(report.path("notChecked")).isEmpty();
    assertThat(report.path("facts").propertyNames())
        .contains("commits", "secrets", "pipeline", "inventory", "advisories", "change", "trust");
    assertThat(texts(report.path("commits"), "signer")).containsExactly("alice@shop.example");
  }

  @ParameterizedTest
  @CsvSource({
    "R17, unsigned-commit, every-commit-good, unsigned",
    "R17, forged-author, commits-not-forged, not-author",
    "R18, backdated-key, commits-not-forged, expired",
    "R51, own-key, trust-changed-by-declared-signers, unknown-signer",
    "R51, own-key, every-commit-good, unknown-signer",
    "R31, quiet-pipeline, every-commit-good, unknown-signer",
  })
  void a_commit_that_is_not_its_authors_is_refused(
      String story, String script, String policy, String outcome) {
    JsonNode report = refused(Shop.open().script("attacks/" + script + ".sh").verify(), policy);
    assertThat(texts(report.path("commits"), "outcome")).as(story).containsExactly(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "R20, leaked-key, no-committed-secrets, secret/aws-access-key, deploy.ini",
    "R04, unpinned-action, everything-pinned, pipeline/unpinned-action,"
        + " .github/workflows/release.yml",
    "R12, fork-secrets, no-open-pipelines, pipeline/untrusted-checkout,"
        + " .github/workflows/preview.yml",
  })
  void a_change_that_leaks_or_opens_the_pipeline_is_refused_where_it_stands(
      String story, String script, String policy, String rule, String path) {
    JsonNode report = refused(Shop.open().script("attacks/" + script + ".sh").verify(), policy);
    assertThat(report.path("findings"))
        .as(story)
        .anySatisfy(finding -> {
          assertThat(finding.path("rule").asString()).isEqualTo(rule);
          assertThat(finding.path("path").asString()).isEqualTo(path);
          assertThat(finding.path("line").asInt()).isPositive();
          assertThat(finding.path("fix").asString()).isNotBlank();
        });
  }

  @Test
  void a_change_of_the_pipeline_or_of_trust_is_an_action_of_its_own() {
    assertThat(asked(Shop.open().script("attacks/quiet-pipeline.sh").verify().json()))
        .containsExactly("push", "changePipeline");
    assertThat(asked(Shop.open().script("attacks/own-key.sh").verify().json()))
        .containsExactly("push", "administer");
  }

  // ---- bringing one's own trust along (R51) ----

  @Test
  void a_key_that_a_merge_brings_along_is_not_trusted() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch side
        printf 'mallory@shop.example %s\\n' "$(cut -d' ' -f1,2 "$KEYS/mallory.pub")" >>.sallyport/signers
        git add -A
        as mallory signed_with mallory commit -q -S -m "Prepare"
        branch attack
        echo '// nothing to see' >>src/Shop.java
        as mallory signed_with mallory commit -q -S -a -m "Work"
        as mallory signed_with mallory merge -q -S --no-ff -m "Merge side" side
        """);
    JsonNode report =
        refused(shop.verify(), "every-commit-good", "trust-changed-by-declared-signers");
    assertThat(report.path("commits")).hasSize(3);
    assertThat(texts(report.path("commits"), "outcome")).containsExactly("unknown-signer");
  }

  @Test
  void a_key_brought_along_by_a_declared_signer_does_not_count_in_the_same_push() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        printf 'mallory@shop.example %s\\n' "$(cut -d' ' -f1,2 "$KEYS/mallory.pub")" >>.sallyport/signers
        as bob signed_with bob commit -q -S -a -m "Welcome mallory"
        echo '// hello' >>src/Shop.java
        as mallory signed_with mallory commit -q -S -a -m "First work"
        """);
    JsonNode report = refused(shop.verify(), "every-commit-good");
    assertThat(texts(report.path("commits"), "outcome"))
        .containsExactlyInAnyOrder("good", "unknown-signer");
  }

  @Test
  void a_policy_changed_in_the_same_push_does_not_judge_it() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        mkdir -p .sallyport/policy
        echo 'permit (principal, action, resource);' >.sallyport/policy/open.cedar
        echo observe >.sallyport/profile
        git add -A
        as mallory signed_with mallory commit -q -S -m "Simplify"
        """);
    JsonNode report = refused(shop.verify(), "every-commit-good");
    assertThat(report.path("profile").asString()).isEqualTo("strict");
    assertThat(asked(report)).contains("administer");
  }

  private static final String LEAK =
      """
      printf 'aws_access_key_id = %s%s\\naws_secret_access_key = %s%s%s\\n' AKIA 3QZ7XK5MPLW2VNRT \\
        'q7Yx2Lm9' 'Vb4Nc8Kd1Zf6Ths0WpRg3Eju5Ai+oQ/2' "$MARK" >deploy.ini
      """;

  @Test
  void an_allow_entry_added_in_the_same_push_allows_nothing() {
    Shop shop = Shop.open();
    shop.play("branch attack\nMARK=\n" + LEAK);
    shop.git("add", "-A");
    JsonNode before = Program.sallyport(shop.folder(), "verify", "repo", "--json").json();
    assertThat(before.path("findings")).isNotEmpty();
    StringBuilder allow = new StringBuilder();
    for (JsonNode finding : before.path("findings")) {
      allow
          .append("echo '")
          .append(finding.path("fingerprint").asString())
          .append(" a test value' >>.sallyport/allow\n");
    }
    shop.play(allow + "git add -A\nas bob signed_with bob commit -q -S -m 'Deploy by hand'\n");
    JsonNode report = refused(shop.verify(), "no-committed-secrets");
    assertThat(report.path("suppressed")).isEmpty();
    // The same entry counts once it stands in the base.
    shop.git("checkout", "-q", "main");
    shop.git("merge", "-q", "--ff-only", "attack");
    shop.play(
        """
        branch later
        sed 's/^/# /' deploy.ini | cat - deploy.ini >deploy.new
        mv deploy.new deploy.ini
        as bob signed_with bob commit -q -S -a -m "Say it twice"
        """);
    JsonNode later = shop.verify().json();
    assertThat(later.path("suppressed")).isNotEmpty();
    assertThat(texts(later.path("suppressed"), "suppressedBecause")).contains("a test value");
  }

  @Test
  void an_inline_comment_added_in_the_same_push_allows_nothing() {
    Shop shop = Shop.open();
    shop.play(
        "branch attack\nMARK=' # sallyport:allow-secret only a test'\n"
            + LEAK
            + "git add -A\nas bob signed_with bob commit -q -S -m 'Deploy by hand'\n");
    JsonNode report = refused(shop.verify(), "no-committed-secrets");
    assertThat(texts(report.path("findings"), "rule")).contains("secret/aws-secret-key");
  }

  @Test
  void a_link_in_place_of_the_trust_folder_is_judged_by_the_base() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        cp -r .sallyport elsewhere
        printf 'mallory@shop.example %s\\n' "$(cut -d' ' -f1,2 "$KEYS/mallory.pub")" >>elsewhere/signers
        rm -r .sallyport
        ln -s elsewhere .sallyport
        git add -A
        as mallory signed_with mallory commit -q -S -m "Move the folder"
        """);
    JsonNode report = refused(shop.verify(), "every-commit-good");
    assertThat(asked(report)).contains("administer");
  }

  @Test
  void a_submodule_in_place_of_the_trust_folder_is_judged_by_the_base() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        git rm -q -r .sallyport
        git update-index --add --cacheinfo 160000,"$(git rev-parse HEAD)",.sallyport
        as mallory signed_with mallory commit -q -S -m "Share the folder"
        """);
    JsonNode report = refused(shop.verify(), "every-commit-good");
    assertThat(asked(report)).contains("administer");
    assertThat(texts(report.path("notChecked"), "what")).contains("submodule .sallyport");
  }

  // ---- hiding what was done ----

  @Test
  void a_change_of_trust_taken_back_later_in_the_range_is_still_asked_about() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        echo observe >.sallyport/profile
        as bob signed_with bob commit -q -S -a -m "Try something"
        git revert -n HEAD
        as bob signed_with bob commit -q -S -a -m "Take it back"
        """);
    assertThat(asked(shop.verify().json())).contains("administer");
  }

  @Test
  void a_pipeline_change_taken_back_later_in_the_range_is_still_asked_about() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        echo '# note' >>.github/workflows/release.yml
        as bob signed_with bob commit -q -S -a -m "Try something"
        git revert -n HEAD
        as bob signed_with bob commit -q -S -a -m "Take it back"
        """);
    assertThat(asked(shop.verify().json())).contains("changePipeline");
  }

  @Test
  void other_case_does_not_hide_a_pipeline_or_the_trust_folder() {
    Shop shop = Shop.open();
    shop.play(
        """
        branch attack
        mkdir -p .GITHUB/Workflows .Sallyport
        sed 's|      - run: ./pipeline.sh|      - uses: fast-tools/changed-files@v45|' \\
          .github/workflows/release.yml >.GITHUB/Workflows/Release.YML
        printf 'mallory@shop.example %s\\n' "$(cut -d' ' -f1,2 "$KEYS/mallory.pub")" >.Sallyport/signers
        git add -A
        as bob signed_with bob commit -q -S -m "Add files"
        """);
    JsonNode report = refused(shop.verify(), "everything-pinned");
    assertThat(asked(report)).contains("changePipeline", "administer");
    assertThat(texts(report.path("findings"), "path")).contains(".GITHUB/Workflows/Release.YML");
  }

  @Test
  void a_range_is_judged_by_its_own_tree_not_by_what_happens_to_be_checked_out() {
    Shop shop = Shop.open().script("attacks/unpinned-action.sh");
    shop.git("checkout", "-q", "main");
    JsonNode report = refused(shop.verifyRange("main..attack-unpinned"), "everything-pinned");
    assertThat(texts(report.path("findings"), "rule")).contains("pipeline/unpinned-action");
  }

  @Test
  void an_uncommitted_repair_does_not_whitewash_the_commit() {
    Shop shop = Shop.open().script("attacks/unpinned-action.sh");
    shop.play("git show main:.github/workflows/release.yml >.github/workflows/release.yml");
    refused(shop.verify(), "everything-pinned");
  }

  @Test
  void odd_paths_hide_nothing() throws IOException {
    Shop shop = Shop.open();
    shop.play("branch attack\nMARK=\n" + LEAK);
    byte[] leak = Files.readAllBytes(shop.repo().resolve("deploy.ini"));
    Files.delete(shop.repo().resolve("deploy.ini"));
    for (String name :
        List.of(
            "back\\slash.ini", "ünïcode-\u202Eini", "two  spaces.ini", "-rf.ini", "q\"'$(x).ini")) {
      Files.write(shop.repo().resolve(name), leak);
    }
    shop.play("git add -A\nas bob signed_with bob commit -q -S -m 'Odd names'\n");
    JsonNode report = refused(shop.verify(), "no-committed-secrets");
    assertThat(texts(report.path("findings"), "path"))
        .contains("back\\slash.ini", "two  spaces.ini", "-rf.ini", "q\"'$(x).ini");
  }

  @Test
  void a_branch_or_tag_named_like_an_option_is_a_name_and_nothing_else() {
    Shop shop = Shop.open().script("good-change.sh");
    shop.git("update-ref", "refs/tags/--output=x", "HEAD");
    shop.git("update-ref", "refs/heads/-rf", "HEAD");
    assertThat(shop.verifyRange("main..--output=x").exitCode()).isZero();
    assertThat(shop.verifyRange("main..-rf").exitCode()).isZero();
    assertThat(Files.exists(shop.folder().resolve("x"))).isFalse();
    assertThat(Files.exists(shop.repo().resolve("x"))).isFalse();
  }

  @Test
  void a_range_that_means_nothing_is_said_in_one_sentence() {
    Shop shop = Shop.open().script("good-change.sh");
    for (String range :
        List.of("main .. good-change", "main...good-change", "nowhere..HEAD", "main..@{99}", " ")) {
      Program.Answer answer = shop.verifyRange(range);
      assertThat(answer.exitCode()).as("%s: %s", range, answer).isEqualTo(2);
      assertThat(answer.err()).as(range).isNotBlank();
    }
  }

  @Test
  void a_huge_author_line_is_judged_like_any_other() throws IOException {
    Shop shop = Shop.open();
    Path name = shop.folder().resolve("name");
    Files.writeString(name, "x".repeat(2_000_000));
    shop.play(
        """
        branch attack
        {
          printf 'tree %s\\nparent %s\\nauthor ' "$(git rev-parse 'HEAD^{tree}')" "$(git rev-parse HEAD)"
          cat ../name
          printf ' <bob@shop.example> 1764000000 +0000\\ncommitter bob <bob@shop.example> 1764000000 +0000\\n\\nBig\\n'
        } >../commit
        git update-ref refs/heads/attack "$(git hash-object -t commit -w --literally ../commit)"
        """);
    JsonNode report = refused(shop.verifyRange("main..attack"), "every-commit-good");
    assertThat(texts(report.path("commits"), "outcome")).doesNotContain("good");
  }

  @Test
  void facts_of_a_check_that_did_not_finish_are_absent() {
    Shop shop = Shop.open().script("good-change.sh");
    String blob = shop.git("rev-parse", "HEAD:src/Shop.java");
    Path object =
        shop.repo().resolve(".git/objects/" + blob.substring(0, 2) + "/" + blob.substring(2));
    assertThat(object.toFile().delete()).isTrue();
    JsonNode report = refused(shop.verify(), "no-committed-secrets");
    assertThat(report.path("facts").has("secrets")).isFalse();
    assertThat(report.path("facts").has("commits")).isTrue();
    assertThat(report.path("notChecked").toString()).contains("src/Shop.java");
    assertThat(shop.verify("--profile", "observe").json().path("facts").has("secrets")).isFalse();
  }
}
