package dev.sallyport.cedar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One policy: its effect, its scope, its conditions in the order written.
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

  /// Whether the scope lets the request in.
  public boolean applies(Request request, Entities entities) {
    return action.matches(request.action(), entities)
        && principal.matches(request.principal(), entities)
        && resource.matches(request.resource(), entities);
  }
}
