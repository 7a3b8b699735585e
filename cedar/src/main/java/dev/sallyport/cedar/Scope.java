package dev.sallyport.cedar;

import java.util.List;

/// What the head of a policy says of principal, action or resource. A scope never errs.
public sealed interface Scope {
  /// No constraint.
  record Any() implements Scope {}

  /// `== uid`
  record Exactly(EntityUid uid) implements Scope {}

  /// `in uid`
  record Within(EntityUid uid) implements Scope {}

  /// `in [uid, ...]`, for actions
  record WithinAny(List<EntityUid> uids) implements Scope {
    public WithinAny {
      uids = List.copyOf(uids);
    }
  }

  /// `is type`
  record OfType(String type) implements Scope {}

  /// `is type in uid`
  record OfTypeWithin(String type, EntityUid uid) implements Scope {}

  /// Whether `asked` satisfies it.
  default boolean matches(EntityUid asked, Entities entities) {
    return switch (this) {
      case Any _ -> true;
      case Exactly(EntityUid uid) -> asked.equals(uid);
      case Within(EntityUid uid) -> entities.isIn(asked, uid);
      case WithinAny(List<EntityUid> uids) ->
          uids.stream().anyMatch(uid -> entities.isIn(asked, uid));
      case OfType(String type) -> asked.type().equals(type);
      case OfTypeWithin(String type, EntityUid uid) ->
          asked.type().equals(type) && entities.isIn(asked, uid);
    };
  }
}
