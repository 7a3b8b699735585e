package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Holds policies, requests and entities against a schema (Cedar: validation, strict).
///
/// A policy without an error cannot err for any request and entities that fit the schema, but by
/// overflow and by what is not in the store.
public final class Validator {
  /// What is wrong with a policy.
  ///
  /// @param error whether the policy must not be used; otherwise a warning
  public record Finding(String policy, Span span, boolean error, String message) {}

  private final Kinds kinds;
  private final Schema schema;

  /// For this schema.
  public Validator(Schema schema) {
    this.kinds = new Kinds(schema);
    this.schema = schema;
  }

  /// What is wrong with the policies and templates, in their order; nothing where all is well.
  public List<Finding> validate(PolicySet set) {
    return validate(set, Integer.MAX_VALUE);
  }

  /// The same, and what reads entities farther from the request than `level` (RFC 76).
  ///
  /// @param level 0 reads none, 1 those that the request names, 2 those that these name, and so on
  public List<Finding> validate(PolicySet set, int level) {
    var findings = new ArrayList<Finding>();
    for (List<Policy> policies : List.of(set.policies(), set.templates())) {
      policies.forEach(policy -> findings.addAll(validate(policy, level)));
    }
    return findings;
  }

  private List<Finding> validate(Policy policy, int level) {
    // One mistake is found again for each kind of request.
    var found = new LinkedHashSet<Finding>();
    names(policy, found);
    if (found.isEmpty() && !canApply(policy)) {
      found.add(error(policy, policy.span(), "no action applies to such a principal and resource"));
    }
    var tests = new Tests(policy, found);
    boolean mayHold = false;
    for (Schema.ActionType action : schema.actions().values()) {
      for (String principal : action.principals()) {
        for (String resource : action.resources()) {
          var typing = new Typing(kinds, action.uid(), principal, resource, tests);
          mayHold |= typing.mayHold(policy);
          if (level < Integer.MAX_VALUE) {
            new Levels(typing.found(), action.uid(), level, tests).check(policy);
          }
        }
      }
    }
    found.addAll(tests.idle());
    if (found.isEmpty() && !mayHold) {
      found.add(warning(policy, policy.span(), "it holds for no request that fits the schema"));
    }
    return List.copyOf(found);
  }

  /// What one policy's expressions were found to be, over all kinds of requests.
  private record Tests(
      Policy policy, Collection<Finding> found, Map<Span, String> never, Set<Span> useful)
      implements Typing.Problems {
    Tests(Policy policy, Collection<Finding> found) {
      this(policy, found, new LinkedHashMap<>(), new HashSet<>());
    }

    @Override
    public void add(Span span, String message) {
      found.add(error(policy, span, message));
    }

    @Override
    public void tested(Span span, boolean everThere, String message) {
      if (everThere) {
        useful.add(span);
      } else {
        never.putIfAbsent(span, message);
      }
    }

    /// Cedar takes a test for what is never there for false. Far more often it is a slip, and the
    /// guard guards nothing.
    List<Finding> idle() {
      return never.entrySet().stream()
          .filter(test -> !useful.contains(test.getKey()))
          .map(test -> warning(policy, test.getKey(), test.getValue()))
          .toList();
    }
  }

  private static Finding warning(Policy policy, Span span, String message) {
    return new Finding(policy.id(), span, false, message);
  }

  private static Finding error(Policy policy, Span span, String message) {
    return new Finding(policy.id(), span, true, message);
  }

  // ---- names ----

  private void names(Policy policy, Collection<Finding> found) {
    for (Scope scope : List.of(policy.principal(), policy.resource())) {
      switch (scope) {
        case Scope.Any _ -> {}
        case Scope.Exactly(EntityUid uid) -> entity(policy, policy.span(), uid, found);
        case Scope.Within(EntityUid uid) -> entity(policy, policy.span(), uid, found);
        case Scope.WithinAny(List<EntityUid> uids) ->
            uids.forEach(uid -> entity(policy, policy.span(), uid, found));
        case Scope.OfType(String type) -> type(policy, policy.span(), type, found);
        case Scope.OfTypeWithin(String type, EntityUid uid) -> {
          type(policy, policy.span(), type, found);
          entity(policy, policy.span(), uid, found);
        }
        case Scope.Slot(@Nullable String type, _) -> {
          if (type != null) {
            type(policy, policy.span(), type, found);
          }
        }
      }
    }
    actions(policy.action())
        .forEach(uid -> {
          if (!schema.actions().containsKey(uid)) {
            found.add(error(policy, policy.span(), "no action `" + uid + "` in the schema"));
          }
        });
    policy.conditions().forEach(condition -> names(policy, condition.body(), found));
  }

  private static List<EntityUid> actions(Scope scope) {
    return switch (scope) {
      case Scope.Exactly(EntityUid uid) -> List.of(uid);
      case Scope.Within(EntityUid uid) -> List.of(uid);
      case Scope.WithinAny(List<EntityUid> uids) -> uids;
      case Scope.Any _, Scope.OfType _, Scope.OfTypeWithin _, Scope.Slot _ -> List.of();
    };
  }

  private void names(Policy policy, Expr expression, Collection<Finding> found) {
    if (expression instanceof Expr.Literal(EntityUid uid, Span span)) {
      entity(policy, span, uid, found);
    }
    if (expression instanceof Expr.Is is) {
      type(policy, is.span(), is.type(), found);
    }
    expression.inner().forEach(inner -> names(policy, inner, found));
  }

  private void entity(Policy policy, Span span, EntityUid uid, Collection<Finding> found) {
    if (uid.isAction()) {
      if (!schema.actions().containsKey(uid)) {
        found.add(error(policy, span, "no action `" + uid + "` in the schema"));
      }
      return;
    }
    type(policy, span, uid.type(), found);
    notOneOf(uid).ifPresent(message -> found.add(error(policy, span, message)));
  }

  private void type(Policy policy, Span span, String type, Collection<Finding> found) {
    if (!schema.entityTypes().containsKey(type) && !kinds.isActionType(type)) {
      found.add(error(policy, span, "no entity type `" + type + "` in the schema"));
    }
  }

  /// Where a type's entities are enumerated, another is none.
  private Optional<String> notOneOf(EntityUid uid) {
    Schema.EntityType type = schema.entityTypes().get(uid.type());
    return type == null || type.ids().isEmpty() || type.ids().contains(uid.id())
        ? Optional.empty()
        : Optional.of("`" + uid + "` is none of the entities that `" + uid.type() + "` has");
  }

  // ---- scopes that no request fits ----

  private boolean canApply(Policy policy) {
    return schema.actions().values().stream()
        .filter(action -> kinds.names(policy.action(), action.uid()))
        .anyMatch(action ->
            action.principals().stream().anyMatch(type -> kinds.mayBe(policy.principal(), type))
                && action.resources().stream()
                    .anyMatch(type -> kinds.mayBe(policy.resource(), type)));
  }

  // ---- requests and entities ----

  /// Why a request does not fit the schema; empty where it does.
  public Optional<String> request(Request request) {
    Schema.ActionType action = schema.actions().get(request.action());
    if (action == null) {
      return Optional.of("no action `" + request.action() + "` in the schema");
    }
    if (!action.principals().contains(request.principal().type())) {
      return Optional.of(
          "`" + action.uid() + "` is not for a principal of type " + request.principal().type());
    }
    if (!action.resources().contains(request.resource().type())) {
      return Optional.of(
          "`" + action.uid() + "` is not for a resource of type " + request.resource().type());
    }
    return notOneOf(request.principal())
        .or(() -> notOneOf(request.resource()))
        .or(() -> mismatch(request.context(), action.context(), "context"));
  }

  private Optional<String> mismatch(Value value, Schema.Type type, String name) {
    return schema.mismatch(value, type, name).or(() -> strangers(value));
  }

  /// The first entity in a value that its enumerated type does not have.
  private Optional<String> strangers(Value value) {
    return switch (value) {
      case EntityUid uid -> notOneOf(uid);
      case Value.Group(Set<Value> members) -> firstStranger(members);
      case Value.Fields(Map<String, Value> members) -> firstStranger(members.values());
      case Value.Truth _,
          Value.Whole _,
          Value.Text _,
          IpRange _,
          Decimal _,
          Datetime _,
          Duration _ ->
          Optional.empty();
    };
  }

  private Optional<String> firstStranger(Collection<Value> values) {
    return values.stream().flatMap(one -> strangers(one).stream()).findFirst();
  }

  /// What does not fit the schema in entities, a sentence each, in no order.
  public List<String> entities(Entities entities) {
    return entities.all().stream().flatMap(entity -> problem(entity).stream()).toList();
  }

  private Optional<String> problem(Entities.Entity entity) {
    EntityUid uid = entity.uid();
    if (uid.isAction()) {
      return action(entity);
    }
    Schema.EntityType type = schema.entityTypes().get(uid.type());
    if (type == null) {
      return Optional.of("no entity type `" + uid.type() + "` in the schema");
    }
    Optional<String> name = notOneOf(uid);
    if (name.isPresent()) {
      return name;
    }
    for (EntityUid parent : entity.parents()) {
      if (parent.type().equals(uid.type())
          ? !type.parents().contains(uid.type())
          : !schema.mayBeIn(uid.type(), parent.type())) {
        return Optional.of("`" + uid + "` cannot be in a " + parent.type());
      }
      Optional<String> stranger = notOneOf(parent);
      if (stranger.isPresent()) {
        return stranger;
      }
    }
    Optional<String> attributes =
        schema
            .mismatch(entity.attributes(), type.attributes(), uid.toString())
            .or(() -> firstStranger(entity.attributes().values()));
    if (attributes.isPresent()) {
      return attributes;
    }
    if (type.tags().isEmpty()) {
      return entity.tags().isEmpty()
          ? Optional.empty()
          : Optional.of("`" + uid + "` cannot have tags");
    }
    return entity.tags().entrySet().stream()
        .flatMap(tag ->
            mismatch(tag.getValue(), type.tags().getFirst(), uid + " tag " + tag.getKey()).stream())
        .findFirst();
  }

  private Optional<String> action(Entities.Entity entity) {
    Schema.ActionType type = schema.actions().get(entity.uid());
    if (type == null) {
      return Optional.of("no action `" + entity.uid() + "` in the schema");
    }
    boolean same =
        entity.attributes().isEmpty()
            && entity.tags().isEmpty()
            && entity.parents().stream().allMatch(parent -> schema.isActionIn(entity.uid(), parent))
            && type.parents().stream().allMatch(entity.parents()::contains);
    return same
        ? Optional.empty()
        : Optional.of("`" + entity.uid() + "` is not as the schema declares it");
  }
}
