package dev.sallyport.cedar;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /// A slot of a template: `== ?principal`, `in ?principal` or `is type in ?principal`, and the
  /// same of `?resource`. A link fills it; until then nothing satisfies it.
  ///
  /// @param type null where the scope names none
  /// @param within `in`, not `==`
  record Slot(@Nullable String type, boolean within) implements Scope {
    /// What it is once `uid` stands in it.
    Scope filled(EntityUid uid) {
      if (type != null) {
        return new OfTypeWithin(type, uid);
      }
      return within ? new Within(uid) : new Exactly(uid);
    }
  }

  /// Whether `asked` satisfies it.
  default boolean matches(EntityUid asked, Entities entities) {
    return switch (this) {
      case Any _ -> true;
      case Exactly(EntityUid uid) -> asked.equals(uid);
      case Within(EntityUid uid) -> entities.isIn(asked, uid);
      case WithinAny(List<EntityUid> uids) ->
          uids.stream().anyMatch(uid -> entities.isIn(asked, uid));
      case OfType(String type) -> asked.type().equals(type);
      case Slot _ -> false;
      case OfTypeWithin(String type, EntityUid uid) ->
          asked.type().equals(type) && entities.isIn(asked, uid);
    };
  }
}
