package dev.sallyport.gate;

import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Expr;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// What a policy asks for, in the words of [Story.Door#asks()].
final class Reads {
  private static final String NAMESPACE = Vocabulary.NAMESPACE + "::";

  private final Set<String> found = new TreeSet<>();

  private Reads() {}

  /// Every fact, attribute, kind and membership that scope and conditions of `policy` look at.
  static Set<String> in(Policy policy) {
    var reads = new Reads();
    reads.scope("principal", policy.principal());
    reads.scope("resource", policy.resource());
    Deque<Expr> open = new ArrayDeque<>();
    policy.conditions().forEach(condition -> open.push(condition.body()));
    while (!open.isEmpty()) {
      Expr next = open.pop();
      reads.note(next);
      next.inner().forEach(open::push);
    }
    return reads.found;
  }

  private void scope(String variable, Scope scope) {
    switch (scope) {
      case Scope.Any _, Scope.Slot _ -> {}
      case Scope.Exactly(EntityUid uid) -> is(variable, uid.type());
      case Scope.Within(EntityUid uid) -> within(variable, uid.type());
      case Scope.WithinAny(List<EntityUid> uids) ->
          uids.forEach(uid -> within(variable, uid.type()));
      case Scope.OfType(String type) -> is(variable, type);
      case Scope.OfTypeWithin(String type, EntityUid uid) -> {
        is(variable, type);
        within(variable, uid.type());
      }
    }
  }

  private void note(Expr expression) {
    if (expression instanceof Expr.Get) {
      path(FactLaws.path(expression));
    } else if (expression instanceof Expr.Has has) {
      var whole = new ArrayList<>(FactLaws.path(has.of()));
      whole.add(has.attribute());
      path(whole);
    } else if (expression instanceof Expr.Is(Expr.Reference of, String type, Expr within, _)) {
      is(of.variable().word(), type);
      if (within instanceof Expr.Literal(EntityUid uid, _)) {
        within(of.variable().word(), uid.type());
      }
    } else if (expression
            instanceof Expr.Binary(Expr.Operator operator, Expr.Reference of, Expr right, _)
        && operator == Expr.Operator.IN
        && right instanceof Expr.Literal(EntityUid uid, _)) {
      within(of.variable().word(), uid.type());
    }
  }

  private void path(List<String> path) {
    if (path.size() < 2) {
      return;
    }
    if (!path.getFirst().equals("CONTEXT")) {
      found.add(path.getFirst().toLowerCase(Locale.ROOT) + "." + path.get(1));
    } else if (path.get(1).equals("facts") && path.size() > 2) {
      found.add(String.join(".", path.subList(2, path.size())));
    }
  }

  private void is(String variable, String type) {
    found.add(variable + " is " + shortName(type));
  }

  private void within(String variable, String type) {
    found.add(variable + " in " + shortName(type));
  }

  private static String shortName(String type) {
    return type.startsWith(NAMESPACE) ? type.substring(NAMESPACE.length()) : type;
  }
}
