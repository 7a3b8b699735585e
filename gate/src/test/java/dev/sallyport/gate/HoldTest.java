package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HoldTest {
  private static final PolicySnapshot EVERYTHING =
      PolicyTexts.snapshot("@id(\"all\") permit (principal, action, resource);");
  private static final EntityRef REPOSITORY = new EntityRef("Repository", "forge/1");
  private static final EntityRef PROD = new EntityRef("Environment", "prod");
  private static final Facts NONE = new FactSheet().facts();
  private static final Hold ON_RUN = hold("Run", "forge/1/7");

  private static Hold hold(String type, String id) {
    return new Hold(new EntityRef(type, id), "its key was stolen");
  }

  private static Question asks(EntityRef who, Action action, EntityRef what) {
    Entity known =
        who.type().equals("Workload")
            ? new Entity(who, java.util.Set.of(), Map.of("repository", REPOSITORY))
            : new Entity(who, java.util.Set.of(), Map.of());
    return new Question(who, action, what, Map.of(), List.of(known));
  }

  private static Ruling rule(Question question, Hold... holds) {
    return Gate.rule(question, NONE, EVERYTHING, List.of(holds));
  }

  @Test
  void a_hold_beats_a_policy_that_permits_everything_and_says_why() {
    var run = new EntityRef("Workload", "forge/1");
    for (Action action : List.of(Action.BUILD, Action.MINT)) {
      Question question = asks(run, action, REPOSITORY);
      assertThat(rule(question).allowed()).isTrue();
      Ruling held = rule(question, ON_RUN);
      assertThat(held.outcome()).isEqualTo(Ruling.Outcome.FORBIDDEN);
      assertThat(held.reasons()).containsExactly("run `forge/1/7` is held: its key was stolen");
    }
  }

  @Test
  void a_person_can_contain_and_administer_whatever_is_held() {
    var person = new EntityRef("Person", "administrator");
    Hold onHim = hold("Person", "administrator");
    assertThat(rule(asks(person, Action.CONTAIN, PROD), onHim).allowed()).isTrue();
    assertThat(rule(asks(person, Action.ADMINISTER, PROD), onHim).allowed()).isTrue();
    var machine = new EntityRef("Machine", "host/a");
    assertThat(rule(asks(machine, Action.ADMINISTER, PROD), hold("Machine", "host/a")).allowed())
        .isFalse();
  }

  @Test
  void a_held_place_can_be_rolled_back_but_never_to_a_held_artifact() {
    var machine = new EntityRef("Machine", "sentinel");
    Question question = asks(machine, Action.ROLLBACK, PROD);
    assertThat(rule(question, hold("Service", "shop"), hold("Environment", "prod")).allowed())
        .isTrue();
    assertThat(rule(question, hold("Artifact", FactSheets.DIGEST)).allowed()).isFalse();
  }
}
