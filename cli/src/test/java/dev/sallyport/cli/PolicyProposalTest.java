package dev.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.cedar.Formatter;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A proposal fits what was seen, and nothing that was not.
class PolicyProposalTest {
  private static final EntityRef RUN = new EntityRef("Workload", "repo:acme/shop");
  private static final EntityRef SHOP = new EntityRef("Repository", "forge/1");
  private static final EntityRef OTHER = new EntityRef("Repository", "forge/2");
  private static final PolicySnapshot BASELINE = PolicySnapshot.builtIn(Profile.BASELINE);
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private static Case asked(
      EntityRef repository, Action action, EntityRef resource, Map<String, Object> claimed) {
    return new Case(
        new Question(
            RUN,
            action,
            resource,
            claimed,
            List.of(
                new Entity(
                    RUN,
                    Set.of(repository),
                    Map.of("repository", repository, "ref", "refs/heads/main")))),
        Map.of());
  }

  private static Case deploy(EntityRef repository, String environment) {
    return asked(
        repository,
        Action.DEPLOY,
        new EntityRef("Environment", environment),
        Map.of("artifact", DIGEST));
  }

  private static Case push(EntityRef repository) {
    return asked(repository, Action.PUSH, repository, Map.of());
  }

  private static Case publish(EntityRef repository, char digest) {
    return asked(
        repository,
        Action.PUBLISH,
        new EntityRef("Artifact", "sha256:" + String.valueOf(digest).repeat(64)),
        Map.of());
  }

  private static PolicyProposal propose(PolicySnapshot given, Case... seen) {
    return propose(given, List.of(seen));
  }

  private static PolicyProposal propose(PolicySnapshot given, List<Case> seen) {
    var all = new ArrayList<PolicyProposal.Seen>();
    seen.forEach(one -> all.add(new PolicyProposal.Seen(all.size(), one)));
    return PolicyProposal.of(given, all);
  }

  private static boolean allowed(PolicyProposal proposal, Case asked) {
    return Rehearsal.ask(asked, proposal.policy()).allowed();
  }

  private static String text(PolicyProposal proposal) {
    var text = new StringBuilder();
    proposal.policy().sources().forEach(source -> text.append(source.text()));
    return text.toString();
  }

  @Test
  void the_profile_stays_as_it_is_where_it_fits_already() {
    PolicyProposal proposal = propose(BASELINE, asked(SHOP, Action.BUILD, SHOP, Map.of()));
    assertThat(proposal.additions()).isZero();
    assertThat(proposal.policy().sources()).isEqualTo(BASELINE.sources());
  }

  @Test
  void what_was_seen_is_allowed_and_each_exemption_says_what_for() {
    PolicyProposal proposal = propose(BASELINE, deploy(SHOP, "prod"), deploy(SHOP, "prod"));
    assertThat(allowed(proposal, deploy(SHOP, "prod"))).isTrue();
    assertThat(proposal.hopeless()).isEmpty();
    assertThat(text(proposal))
        .contains(
            "// exempt: deploy Environment::\"prod\" by runs of Repository::\"forge/1\"; seen 2"
                + " times, newest entry 1",
            "principal.repository == Sallyport::Repository::\"forge/1\"",
            "// permit: deploy Environment::\"prod\"",
            "@id(\"seen-1\")");
  }

  @Test
  void what_was_not_seen_stays_refused() {
    PolicyProposal proposal = propose(BASELINE, deploy(SHOP, "prod"), push(SHOP));
    assertThat(allowed(proposal, push(SHOP))).isTrue();
    for (Case other :
        List.of(deploy(OTHER, "prod"), deploy(SHOP, "staging"), push(OTHER), publish(SHOP, 'b'))) {
      assertThat(allowed(proposal, other)).as(other.toString()).isFalse();
    }
  }

  @Test
  void what_comes_once_is_exempted_by_its_kind() {
    PolicyProposal proposal = propose(BASELINE, publish(SHOP, 'a'));
    assertThat(allowed(proposal, publish(SHOP, 'b'))).isTrue();
    assertThat(allowed(proposal, publish(OTHER, 'a'))).isFalse();
    assertThat(proposal.additions()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Profile.class,
      names = {"BASELINE", "STRICT"})
  void whatever_was_seen_fits_and_the_text_is_laid_out(Profile profile) {
    Seed.forAll(
        15,
        random -> {
          var seen = new ArrayList<Case>();
          for (int i = 0; i < 1 + random.nextInt(8); i++) {
            seen.add(any(random));
          }
          PolicyProposal proposal = propose(PolicySnapshot.builtIn(profile), seen);
          seen.forEach(one -> assertThat(allowed(proposal, one)).as(one.toString()).isTrue());
          if (proposal.additions() > 0) {
            proposal
                .policy()
                .sources()
                .forEach(
                    source -> assertThat(Formatter.format(source.text())).isEqualTo(source.text()));
          }
        });
  }

  /// Nothing is opened but what the exemptions name: another caller's question is answered as by
  /// the profile.
  @Test
  void an_exemption_opens_nothing_for_anybody_else() {
    Seed.forAll(
        15,
        random -> {
          PolicyProposal proposal = propose(BASELINE, any(random), any(random));
          for (int i = 0; i < 20; i++) {
            Case other = of(random, new EntityRef("Repository", "forge/9"));
            assertThat(allowed(proposal, other))
                .isEqualTo(Rehearsal.ask(other, BASELINE).allowed());
          }
        });
  }

  private static Case any(Random random) {
    return of(random, random.nextBoolean() ? SHOP : OTHER);
  }

  private static Case of(Random random, EntityRef repository) {
    return switch (random.nextInt(6)) {
      case 0 -> deploy(repository, random.nextBoolean() ? "prod" : "staging");
      case 1 -> push(repository);
      case 2 -> publish(repository, (char) ('a' + random.nextInt(6)));
      case 3 -> asked(repository, Action.READ_SECRET, new EntityRef("Secret", "a/b"), Map.of());
      case 4 -> asked(repository, Action.CALL, new EntityRef("Service", "billing"), Map.of());
      default ->
          new Case(
              new Question(
                  new EntityRef("Person", "of " + repository.id()),
                  Action.ADMINISTER,
                  new EntityRef("Environment", "prod")),
              Map.of());
    };
  }

  @Test
  void names_that_look_like_policy_stay_names() {
    for (String name :
        List.of(
            "a\" }; permit (principal, action, resource); //",
            "line\npermit (principal, action, resource);",
            "back\\slash\"",
            "\u2028permit(principal,action,resource);",
            "\u202Eright to left",
            "tab\tand \u0000 and \uD83D\uDE00")) {
      Case odd = deploy(new EntityRef("Repository", name), name);
      PolicyProposal proposal = propose(BASELINE, odd);
      assertThat(allowed(proposal, odd)).as(name).isTrue();
      assertThat(allowed(proposal, deploy(OTHER, "prod"))).as(name).isFalse();
      assertThat(proposal.policy().policies()).hasSize(BASELINE.policies().size() + 1);
    }
  }

  @Test
  void more_exemptions_than_a_policy_can_be_are_refused() {
    var seen = new ArrayList<Case>();
    for (int i = 0; i < 600; i++) {
      seen.add(deploy(SHOP, "env-" + i));
    }
    assertThatThrownBy(() -> propose(BASELINE, seen))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no policy any more");
  }
}
