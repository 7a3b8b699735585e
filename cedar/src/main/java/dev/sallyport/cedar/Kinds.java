package dev.sallyport.cedar;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A schema as the validator asks it: every type followed to its end, once.
final class Kinds {
  private final Schema schema;
  private final Map<EntityUid, Kind> contexts = new HashMap<>();
  private final Map<String, Map<String, Kind.Member>> attributes = new HashMap<>();
  private final Map<String, Kind> tags = new HashMap<>();
  private final Set<String> actionTypes;

  Kinds(Schema schema) {
    this.schema = schema;
    schema.actions().forEach((uid, action) -> contexts.put(uid, Kind.of(action.context(), schema)));
    schema
        .entityTypes()
        .forEach((name, type) -> {
          attributes.put(name, Kind.of(type.attributes(), schema).members());
          type.tags().forEach(tag -> tags.put(name, Kind.of(tag, schema)));
        });
    this.actionTypes =
        schema.actions().keySet().stream().map(EntityUid::type).collect(Collectors.toSet());
  }

  Schema schema() {
    return schema;
  }

  Kind context(EntityUid action) {
    return contexts.getOrDefault(action, new Kind.Fields(Map.of()));
  }

  /// Of an entity type; none of an action's.
  Map<String, Kind.Member> attributes(String type) {
    return attributes.getOrDefault(type, Map.of());
  }

  /// What the tags of an entity type are; empty where it has none.
  Optional<Kind> tag(String type) {
    return Optional.ofNullable(tags.get(type));
  }

  boolean isActionType(String type) {
    return actionTypes.contains(type);
  }

  boolean isKnown(EntityUid uid) {
    return schema.actions().containsKey(uid) || schema.entityTypes().containsKey(uid.type());
  }

  /// Whether what a scope says of principal or resource can hold for an entity of this type.
  boolean mayBe(Scope scope, String type) {
    return switch (scope) {
      case Scope.Any _ -> true;
      case Scope.Exactly(EntityUid uid) -> uid.type().equals(type);
      case Scope.Within(EntityUid uid) -> schema.mayBeIn(type, uid.type());
      case Scope.WithinAny(List<EntityUid> uids) ->
          uids.stream().anyMatch(uid -> schema.mayBeIn(type, uid.type()));
      case Scope.OfType(String name) -> name.equals(type);
      case Scope.OfTypeWithin(String name, EntityUid uid) ->
          name.equals(type) && schema.mayBeIn(type, uid.type());
      case Scope.Slot(@Nullable String name, _) -> name == null || name.equals(type);
    };
  }

  /// Whether a scope of actions holds for this one.
  boolean names(Scope scope, EntityUid action) {
    return switch (scope) {
      case Scope.Any _ -> true;
      case Scope.Exactly(EntityUid uid) -> uid.equals(action);
      case Scope.Within(EntityUid uid) -> schema.isActionIn(action, uid);
      case Scope.WithinAny(List<EntityUid> uids) ->
          uids.stream().anyMatch(uid -> schema.isActionIn(action, uid));
      case Scope.OfType _, Scope.OfTypeWithin _, Scope.Slot _ -> false;
    };
  }
}
