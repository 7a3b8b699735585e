package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a schema lets through: heads of policies, requests and entities, one each.
class SchemaLawsTest {
  private static final Validator VALIDATOR = new Validator(LawsOfSchemas.READ);

  static Stream<String> heads() {
    return Stream.concat(LawsOfSchemas.HEADS.stream(), LawsOfSchemas.TEMPLATES.stream());
  }

  static List<String> requests() {
    return LawsOfSchemas.REQUESTS;
  }

  static List<String> entities() {
    return LawsOfSchemas.ENTITIES;
  }

  private static List<String> found(String policy) {
    return VALIDATOR.validate(PolicySet.parse(policy)).stream()
        .map(Validator.Finding::message)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("heads")
  void a_head_names_what_is_there_and_some_request_can_meet_it(String law) {
    String[] parts = law.split(" § ", -1);
    List<String> found = found("permit (" + parts[0] + ");");
    if (parts[1].isEmpty()) {
      assertThat(found).isEmpty();
      return;
    }
    assertThat(found).hasSize(1).first().asString().contains(parts[1]);
  }

  @ParameterizedTest
  @MethodSource("requests")
  void a_request_fits_its_action(String law) {
    String[] parts = law.split(" § ", -1);
    expect(VALIDATOR.request(request(law)).stream().toList(), parts[2]);
  }

  static Request request(String law) {
    String[] parts = law.split(" § ", -1);
    List<Value> uids = new ArrayList<>();
    for (String uid : parts[0].split(", ", -1)) {
      String[] names = uid.split("::", -1);
      uids.add(new EntityUid(names[0], names[1].substring(1, names[1].length() - 1)));
    }
    return new Request(
        (EntityUid) uids.get(0),
        (EntityUid) uids.get(1),
        (EntityUid) uids.get(2),
        EntitiesReader.record(parts[1]));
  }

  private static void expect(List<String> problems, String message) {
    if (message.isEmpty()) {
      assertThat(problems).isEmpty();
      return;
    }
    assertThat(problems).singleElement().asString().contains(message);
  }

  @ParameterizedTest
  @MethodSource("entities")
  void an_entity_fits_its_type(String law) {
    String[] parts = law.split(" § ", -1);
    expect(VALIDATOR.entities(Entities.parseJson(parts[0])), parts[1]);
  }

  @Test
  void an_action_is_as_the_schema_declares_it_and_has_no_tags() {
    var tagged =
        new Entities.Entity(
            new EntityUid("Action", "all"), Set.of(), Map.of(), Map.of("t", Value.of(1)));
    assertThat(VALIDATOR.entities(Entities.of(List.of(tagged)))).hasSize(1);
  }

  @Test
  void every_value_in_a_context_is_looked_through_for_strangers() {
    String law = LawsOfSchemas.REQUESTS.getFirst();
    Request request = request(law);
    List<Value> harmless =
        List.of(
            Value.of(true),
            Value.of(1),
            Value.of("s"),
            Value.ip("::1"),
            new Decimal(1),
            new Datetime(1),
            new Duration(1));
    for (Value value : harmless) {
      var context = Map.of("n", Value.of(1), "odd", value);
      assertThat(
              VALIDATOR.request(
                  new Request(
                      request.principal(),
                      request.action(),
                      request.resource(),
                      new Value.Fields(context))))
          .contains("`context` has no `odd` in the vocabulary");
    }
  }

  @Test
  void a_literal_that_no_text_can_write_is_a_programmers_error() {
    Policy policy =
        PolicySet.parse("permit (principal, action, resource) when { true };")
            .policies()
            .getFirst();
    List<Value> odd =
        List.of(
            Value.of(List.of()),
            Value.of(Map.of()),
            Value.ip("::1"),
            new Decimal(1),
            new Datetime(1),
            new Duration(1));
    for (Value value : odd) {
      var literal = new Expr.Literal(value, policy.span());
      var handmade =
          new Policy(
              policy.id(),
              policy.effect(),
              Map.of(),
              policy.principal(),
              policy.action(),
              policy.resource(),
              List.of(new Policy.Condition(false, literal, policy.span())),
              policy.span());
      assertThatIllegalStateException()
          .isThrownBy(() -> VALIDATOR.validate(PolicySet.of(List.of(handmade))))
          .withMessage("no literal is a " + value.typeName());
    }
  }

  private static List<String> judged(Scope principal, Scope action, Scope resource) {
    var span = new Span(0, 0, 1, 1);
    var policy =
        new Policy(
            "handmade",
            Policy.Effect.PERMIT,
            Map.of(),
            principal,
            action,
            resource,
            List.of(),
            span);
    return VALIDATOR.validate(PolicySet.of(List.of(policy))).stream()
        .map(Validator.Finding::message)
        .toList();
  }

  /// The text has lists only behind `action in`; a program may write one elsewhere.
  @Test
  void a_head_that_no_text_can_write_is_judged_by_what_it_means() {
    var any = new Scope.Any();
    Scope groups =
        new Scope.WithinAny(List.of(new EntityUid("Doc", "d"), new EntityUid("Group", "g")));
    Scope docs = new Scope.WithinAny(List.of(new EntityUid("Doc", "d")));
    assertThat(judged(groups, any, any)).isEmpty();
    assertThat(judged(docs, any, any)).singleElement().asString().startsWith("no action applies");
    assertThat(judged(any, any, docs)).isEmpty();
    assertThat(judged(any, any, groups)).isEmpty();
    assertThat(judged(new Scope.WithinAny(List.of(new EntityUid("Robot", "r"))), any, any))
        .contains("no entity type `Robot` in the schema");
    for (Scope odd :
        List.of(
            new Scope.OfType("Action"),
            new Scope.OfTypeWithin("Action", new EntityUid("Action", "all")),
            new Scope.Slot(null, true))) {
      assertThat(judged(any, odd, any)).singleElement().asString().startsWith("no action applies");
    }
  }

  @Test
  void actions_of_two_namespaces_may_be_in_each_other() {
    var schema =
        Schema.parse(
            """
            entity User;
            namespace N { action all; }
            action read in [N::Action::"all"] appliesTo { principal: User, resource: User, context: { on: Bool } };
            action write in [read] appliesTo { principal: User, resource: User, context: { on: Bool } };
            """);
    String text =
        "permit (principal, action == Action::\"read\", resource)"
            + " when { (if context.on then action else Action::\"write\") in N::Action::\"all\" };";
    assertThat(new Validator(schema).validate(PolicySet.parse(text))).isEmpty();
    String never =
        "permit (principal, action == Action::\"read\", resource)"
            + " when { (if context.on then action else Action::\"write\") in User::\"a\" };";
    assertThat(new Validator(schema).validate(PolicySet.parse(never))).hasSize(1);
  }
}
