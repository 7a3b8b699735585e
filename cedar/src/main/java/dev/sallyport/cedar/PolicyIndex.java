package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds the policies that a request can satisfy or make err, without looking at the others.
///
/// From action to the policies that name it (or name none), and there from principal, else
/// resource, to those that name it. A scope never errs, so that leaving out what cannot match
/// changes neither reasons nor errors (Cedar: authorization). The rest is found by the value that a
/// policy's first condition demands of one path, as `principal.project == "shop"`: where the path
/// has a value, a policy that demands another is false and cannot err; where it has none, each of
/// them errs, and each is a candidate.
final class PolicyIndex {
  private static final int[] NONE = {};

  private final Map<@Nullable EntityUid, Bucket> byAction = new HashMap<>();

  /// Policies of one action, by their places in the set.
  private static final class Bucket {
    final Map<EntityUid, Places> byPrincipal = new HashMap<>();
    final Map<EntityUid, Places> byResource = new HashMap<>();
    final Places rest = new Places();
    final Map<String, Demand> demands = new LinkedHashMap<>();
    final Places demanding = new Places();
  }

  /// Policies whose first condition begins with `path == value`.
  private record Demand(Expr path, Map<Value, Places> byValue, Places all) {}

  /// A growing list of places, smallest first.
  static final class Places {
    private int[] places = NONE;
    private int size;

    void add(int place) {
      if (size == places.length) {
        places = Arrays.copyOf(places, Math.max(4, 2 * size));
      }
      places[size++] = place;
    }

    void addAll(Places others) {
      if (size + others.size > places.length) {
        places = Arrays.copyOf(places, Math.max(2 * size, size + others.size));
      }
      System.arraycopy(others.places, 0, places, size, others.size);
      size += others.size;
    }

    int size() {
      return size;
    }

    int get(int at) {
      return places[at];
    }

    /// In the order of the set, none twice: an action may be named by two ways.
    void sort() {
      if (size < 2) {
        return;
      }
      Arrays.sort(places, 0, size);
      int kept = 0;
      for (int i = 0; i < size; i++) {
        if (kept == 0 || places[kept - 1] != places[i]) {
          places[kept++] = places[i];
        }
      }
      size = kept;
    }
  }

  /// @param conditions of each policy, as they are evaluated
  PolicyIndex(List<Policy> policies, List<List<Policy.Condition>> conditions) {
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      for (@Nullable EntityUid action : actionKeys(policy.action())) {
        add(byAction.computeIfAbsent(action, _ -> new Bucket()), policy, conditions.get(i), i);
      }
    }
  }

  private static void add(
      Bucket bucket, Policy policy, List<Policy.Condition> conditions, int place) {
    EntityUid principal = key(policy.principal());
    EntityUid resource = key(policy.resource());
    if (principal != null) {
      bucket.byPrincipal.computeIfAbsent(principal, _ -> new Places()).add(place);
    } else if (resource != null) {
      bucket.byResource.computeIfAbsent(resource, _ -> new Places()).add(place);
    } else if (!demands(bucket, conditions, place)) {
      bucket.rest.add(place);
    }
  }

  private static boolean demands(Bucket bucket, List<Policy.Condition> conditions, int place) {
    if (conditions.isEmpty() || conditions.getFirst().unless()) {
      return false;
    }
    Expr first = conditions.getFirst().body();
    if (first instanceof Expr.And and) {
      first = and.operands().getFirst();
    }
    if (!(first instanceof Expr.Binary(Expr.Operator operator, Expr left, Expr right, _))
        || operator != Expr.Operator.EQUAL) {
      return false;
    }
    if (isPath(left) && right instanceof Expr.Literal(Value value, _)) {
      demand(bucket, left, value, place);
      return true;
    }
    if (isPath(right) && left instanceof Expr.Literal(Value value, _)) {
      demand(bucket, right, value, place);
      return true;
    }
    return false;
  }

  private static void demand(Bucket bucket, Expr path, Value value, int place) {
    Demand demand =
        bucket.demands.computeIfAbsent(
            PolicyPrinter.text(path), _ -> new Demand(path, new HashMap<>(), new Places()));
    demand.byValue().computeIfAbsent(value, _ -> new Places()).add(place);
    demand.all().add(place);
    bucket.demanding.add(place);
  }

  static boolean isPath(Expr expression) {
    Expr at = expression;
    while (at instanceof Expr.Get get) {
      at = get.of();
    }
    return at instanceof Expr.Reference;
  }

  /// Policies whose scope may match, in their order.
  Places byScope(Request request, Entities entities) {
    var found = new Places();
    collect(request, entities, null, found);
    return found;
  }

  /// Policies that may hold or err, in their order.
  Places candidates(Request request, Entities entities, Evaluator evaluator) {
    var found = new Places();
    collect(request, entities, evaluator, found);
    return found;
  }

  /// Whether the scope of a policy that was found here matches: what its place in the index proved
  /// is not asked again.
  static boolean matches(Policy policy, Request request, Entities entities) {
    boolean byPrincipal = key(policy.principal()) != null;
    return left(policy.action(), request.action(), entities)
        && left(policy.principal(), request.principal(), entities)
        && (byPrincipal
            ? policy.resource().matches(request.resource(), entities)
            : left(policy.resource(), request.resource(), entities));
  }

  /// What is left to ask of a scope whose entity led here, itself or from above.
  private static boolean left(Scope scope, EntityUid asked, Entities entities) {
    return switch (scope) {
      case Scope.Any _, Scope.Within _ -> true;
      case Scope.Exactly(EntityUid uid) -> asked.equals(uid);
      case Scope.OfType(String type) -> asked.type().equals(type);
      case Scope.OfTypeWithin(String type, _) -> asked.type().equals(type);
      case Scope.WithinAny within -> within.matches(asked, entities);
      case Scope.Slot _ -> false;
    };
  }

  private void collect(
      Request request, Entities entities, @Nullable Evaluator evaluator, Places found) {
    collect(byAction.get(null), request, entities, evaluator, found);
    collect(byAction.get(request.action()), request, entities, evaluator, found);
    for (EntityUid group : entities.ancestorsOf(request.action())) {
      collect(byAction.get(group), request, entities, evaluator, found);
    }
    found.sort();
  }

  private static void collect(
      @Nullable Bucket bucket,
      Request request,
      Entities entities,
      @Nullable Evaluator evaluator,
      Places found) {
    if (bucket == null) {
      return;
    }
    found.addAll(bucket.rest);
    probe(bucket.byPrincipal, request.principal(), entities, found);
    probe(bucket.byResource, request.resource(), entities, found);
    if (evaluator == null) {
      found.addAll(bucket.demanding);
      return;
    }
    if (bucket.demands.isEmpty()) {
      return;
    }
    for (Demand demand : bucket.demands.values()) {
      try {
        Places wanting = demand.byValue().get(evaluator.value(demand.path()));
        if (wanting != null) {
          found.addAll(wanting);
        }
      } catch (EvaluationError absent) {
        found.addAll(demand.all());
      }
    }
  }

  private static void probe(
      Map<EntityUid, Places> map, EntityUid uid, Entities entities, Places found) {
    if (map.isEmpty()) {
      return;
    }
    Places own = map.get(uid);
    if (own != null) {
      found.addAll(own);
    }
    for (EntityUid ancestor : entities.ancestorsOf(uid)) {
      Places above = map.get(ancestor);
      if (above != null) {
        found.addAll(above);
      }
    }
  }

  private static List<@Nullable EntityUid> actionKeys(Scope scope) {
    var keys = new ArrayList<@Nullable EntityUid>();
    if (scope instanceof Scope.WithinAny(List<EntityUid> uids)) {
      keys.addAll(uids);
    } else {
      keys.add(key(scope));
    }
    return keys;
  }

  private static @Nullable EntityUid key(Scope scope) {
    return switch (scope) {
      case Scope.Exactly(EntityUid uid) -> uid;
      case Scope.Within(EntityUid uid) -> uid;
      case Scope.OfTypeWithin(_, EntityUid uid) -> uid;
      case Scope.Any _, Scope.OfType _, Scope.WithinAny _, Scope.Slot _ -> null;
    };
  }
}
