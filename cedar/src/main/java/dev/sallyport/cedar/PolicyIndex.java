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
  ///
  /// @param all of them
  /// @param unscoped those that look at no principal, no resource, and at the action no closer than
  ///   their place in the index
  /// @param oneAction the same, but for this very action
  /// @param rest the others, whose scope is still to be asked
  private record Demand(
      Expr path,
      Map<Value, Places> byValue,
      Places all,
      Places unscoped,
      Places oneAction,
      Places rest) {
    Demand(Expr path) {
      this(path, new HashMap<>(), new Places(), new Places(), new Places(), new Places());
    }

    void add(Policy policy, Value value, int place) {
      byValue.computeIfAbsent(value, _ -> new Places()).add(place);
      all.add(place);
      boolean open =
          policy.principal() instanceof Scope.Any && policy.resource() instanceof Scope.Any;
      if (open
          && (policy.action() instanceof Scope.Any || policy.action() instanceof Scope.Within)) {
        unscoped.add(place);
      } else if (open && policy.action() instanceof Scope.Exactly) {
        oneAction.add(place);
      } else {
        rest.add(place);
      }
    }
  }

  /// Policies that all err with one message: where a path has no value, whoever begins with it
  /// errs.
  record Erring(Places places, String message) {}

  /// What was found for a request.
  ///
  /// @param candidates policies that may hold or err, in their order
  /// @param erring those that are known to err
  record Found(Places candidates, List<Erring> erring) {
    Found() {
      this(new Places(), new ArrayList<>(0));
    }
  }

  /// A growing list of places, smallest first.
  static final class Places {
    private int[] places = NONE;
    private int size;

    void add(int place) {
      if (size == places.length) {
        places = Arrays.copyOf(places, Math.max(8, 2 * size));
      }
      places[size++] = place;
    }

    void addAll(Places others) {
      if (others.size == 0) {
        return;
      }
      if (size + others.size > places.length) {
        places = Arrays.copyOf(places, Math.max(8, Math.max(2 * size, size + others.size)));
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
    } else if (!demands(bucket, policy, conditions, place)) {
      bucket.rest.add(place);
    }
  }

  private static boolean demands(
      Bucket bucket, Policy policy, List<Policy.Condition> conditions, int place) {
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
      demand(bucket, left, policy, value, place);
      return true;
    }
    if (isPath(right) && left instanceof Expr.Literal(Value value, _)) {
      demand(bucket, right, policy, value, place);
      return true;
    }
    return false;
  }

  private static void demand(Bucket bucket, Expr path, Policy policy, Value value, int place) {
    bucket
        .demands
        .computeIfAbsent(PolicyPrinter.text(path), _ -> new Demand(path))
        .add(policy, value, place);
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
    return new Search(request, entities, null).found().candidates();
  }

  /// Policies that may hold or err.
  Found candidates(Request request, Entities entities, Evaluator evaluator) {
    return new Search(request, entities, evaluator).found();
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

  /// One request's way through the index.
  private final class Search {
    private final Request request;
    private final Entities entities;
    private final @Nullable Evaluator evaluator;
    private final Found found = new Found();

    /// @param evaluator null where conditions are not looked at
    Search(Request request, Entities entities, @Nullable Evaluator evaluator) {
      this.request = request;
      this.entities = entities;
      this.evaluator = evaluator;
    }

    Found found() {
      collect(byAction.get(null), false);
      collect(byAction.get(request.action()), true);
      for (EntityUid group : entities.ancestorsOf(request.action())) {
        collect(byAction.get(group), false);
      }
      found.candidates().sort();
      return found;
    }

    private void collect(@Nullable Bucket bucket, boolean ownAction) {
      if (bucket == null) {
        return;
      }
      Places candidates = found.candidates();
      candidates.addAll(bucket.rest);
      probe(bucket.byPrincipal, request.principal());
      probe(bucket.byResource, request.resource());
      if (evaluator == null) {
        candidates.addAll(bucket.demanding);
      } else if (!bucket.demands.isEmpty()) {
        bucket.demands.values().forEach(demand -> demanded(demand, evaluator, ownAction));
      }
    }

    private void demanded(Demand demand, Evaluator asked, boolean ownAction) {
      Value value;
      try {
        value = asked.value(demand.path());
      } catch (EvaluationError absent) {
        found.candidates().addAll(demand.rest());
        err(demand.unscoped(), absent);
        if (ownAction) {
          err(demand.oneAction(), absent);
        }
        return;
      }
      Places wanting = demand.byValue().get(value);
      if (wanting != null) {
        found.candidates().addAll(wanting);
      }
    }

    private void err(Places places, EvaluationError error) {
      if (places.size() > 0) {
        found.erring().add(new Erring(places, String.valueOf(error.getMessage())));
      }
    }

    private void probe(Map<EntityUid, Places> map, EntityUid uid) {
      if (map.isEmpty()) {
        return;
      }
      Places own = map.get(uid);
      if (own != null) {
        found.candidates().addAll(own);
      }
      for (EntityUid ancestor : entities.ancestorsOf(uid)) {
        Places at = map.get(ancestor);
        if (at != null) {
          found.candidates().addAll(at);
        }
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
