package dev.sallyport.cedar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One policy: its effect, its scope, its conditions in the order written. One with a slot in its
/// scope is a template, which decides nothing until it is linked.
///
/// `annotations` map names to values, the empty string where none is written. `span` covers the
/// text from the first annotation to the semicolon.
public record Policy(
    String id,
    Effect effect,
    Map<String, String> annotations,
    Scope principal,
    Scope action,
    Scope resource,
    List<Condition> conditions,
    Span span) {
  /// What the policy does when it is satisfied.
  public enum Effect {
    PERMIT,
    FORBID
  }

  /// One `when { ... }` or `unless { ... }`.
  public record Condition(boolean unless, Expr body, Span span) {}

  public Policy {
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    conditions = List.copyOf(conditions);
  }

  /// The same policy under another id.
  public Policy withId(String other) {
    return new Policy(other, effect, annotations, principal, action, resource, conditions, span);
  }

  /// Whether its scope has a slot.
  public boolean isTemplate() {
    return principal instanceof Scope.Slot || resource instanceof Scope.Slot;
  }

  /// The policy that a link makes of this template: the slots filled, no other change.
  ///
  /// @throws IllegalArgumentException when a slot is left open, or filled that is not there
  Policy linked(Link link) {
    return new Policy(
        link.id(),
        effect,
        annotations,
        filled(principal, "?principal", link.principal()),
        action,
        filled(resource, "?resource", link.resource()),
        conditions,
        span);
  }

  private Scope filled(Scope scope, String name, @Nullable EntityUid value) {
    if (scope instanceof Scope.Slot slot) {
      if (value == null) {
        throw new IllegalArgumentException("nothing is given for `" + name + "` of `" + id + "`");
      }
      return slot.filled(value);
    }
    if (value != null) {
      throw new IllegalArgumentException("`" + id + "` has no `" + name + "` to fill");
    }
    return scope;
  }

  /// Whether the scope lets the request in.
  public boolean applies(Request request, Entities entities) {
    return action.matches(request.action(), entities)
        && principal.matches(request.principal(), entities)
        && resource.matches(request.resource(), entities);
  }
}
