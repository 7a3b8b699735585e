package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Policies as they stood at one moment, ready to be asked; immutable.
///
/// The index goes from action to the policies that name it (or name none), and there from
/// principal, else resource, to those that name it. A scope never errs, so that leaving out what
/// cannot match changes neither reasons nor errors (Cedar: authorization). Nothing is
/// short-circuited either: whoever is refused learns of every forbid.
public final class PolicySet {
  private final List<Policy> policies;
  private final Map<@Nullable EntityUid, Bucket> byAction;

  /// Policies of one action: by the principal they name, else by the resource, else the rest.
  private record Bucket(
      Map<EntityUid, BitSet> byPrincipal, Map<EntityUid, BitSet> byResource, BitSet rest) {
    Bucket() {
      this(new HashMap<>(), new HashMap<>(), new BitSet());
    }
  }

  private final List<Policy> templates;
  private final Map<String, Link> links;

  private PolicySet(List<Policy> policies, List<Policy> templates, Map<String, Link> links) {
    this.policies = List.copyOf(policies);
    this.templates = List.copyOf(templates);
    this.links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
    this.byAction = index(this.policies);
  }

  /// The policies and templates of `text`, named `policy0`, `policy1`, ... in their order.
  ///
  /// @throws SyntaxRefused with line and column
  public static PolicySet parse(String text) {
    return of(PolicyParser.policies(text));
  }

  /// Everything that is wrong with the text of a file, in its order, at most 100; nothing where
  /// [#parse] takes it.
  public static List<SyntaxRefused> mistakes(String text) {
    return PolicyParser.mistakes(text);
  }

  /// The set that Cedar's JSON format of policy sets holds, links and all.
  ///
  /// @throws SyntaxRefused with the way to what is wrong
  public static PolicySet parseJson(String json) {
    return PolicyJsonReader.set(json);
  }

  /// A set of policies and templates with ids of their own.
  ///
  /// @throws IllegalArgumentException when an id stands twice
  public static PolicySet of(List<Policy> policies) {
    return of(policies, List.of());
  }

  /// A set of policies and templates, and of the policies that links make of the templates.
  ///
  /// @throws IllegalArgumentException when an id stands twice, or a link does not fit its template
  public static PolicySet of(List<Policy> policies, List<Link> links) {
    var byId = new LinkedHashMap<String, Policy>();
    for (Policy policy : policies) {
      if (byId.put(policy.id(), policy) != null) {
        throw new IllegalArgumentException("policy id `" + policy.id() + "` stands twice");
      }
    }
    var asked = new ArrayList<>(policies.stream().filter(one -> !one.isTemplate()).toList());
    var linked = new LinkedHashMap<String, Link>();
    for (Link link : links) {
      Policy template = byId.get(link.template());
      if (template == null || !template.isTemplate()) {
        throw new IllegalArgumentException("no template `" + link.template() + "` to link");
      }
      if (byId.containsKey(link.id()) || linked.put(link.id(), link) != null) {
        throw new IllegalArgumentException("policy id `" + link.id() + "` stands twice");
      }
      asked.add(template.linked(link));
    }
    return new PolicySet(asked, policies.stream().filter(Policy::isTemplate).toList(), linked);
  }

  /// The same policies and templates, each under the id that `name` gives for the old one; links
  /// keep theirs.
  public PolicySet renamed(UnaryOperator<String> name) {
    var renamed = new ArrayList<Policy>();
    policies.stream().filter(policy -> !isLinked(policy.id())).forEach(renamed::add);
    renamed.addAll(templates);
    return of(
        renamed.stream().map(policy -> policy.withId(name.apply(policy.id()))).toList(),
        links.values().stream()
            .map(link ->
                new Link(name.apply(link.template()), link.id(), link.principal(), link.resource()))
            .toList());
  }

  /// The templates, which decide nothing themselves.
  public List<Policy> templates() {
    return templates;
  }

  /// What makes policies of the templates.
  public List<Link> links() {
    return List.copyOf(links.values());
  }

  /// Whether a link made this policy.
  public boolean isLinked(String id) {
    return links.containsKey(id);
  }

  /// Cedar's JSON format of the whole set, for people.
  public String json() {
    return JsonWriter.pretty(PolicyJsonWriter.set(this));
  }

  /// Cedar text of its policies and templates in their order, a blank line between two. What links
  /// made is left out: the text has no form for links.
  public String text() {
    return Stream.concat(
            policies.stream().filter(policy -> !isLinked(policy.id())), templates.stream())
        .map(PolicyPrinter::text)
        .collect(Collectors.joining("\n\n", "", "\n"));
  }

  /// The policies in their order, those that links made last.
  public List<Policy> policies() {
    return policies;
  }

  /// Decides `request`: a forbid beats every permit, no permit is a deny, a policy that errs is
  /// skipped and named.
  public Answer ask(Request request, Entities entities) {
    return answer(candidates(request, entities), request, entities);
  }

  /// The policies whose scope matches, in their order.
  public List<Policy> applying(Request request, Entities entities) {
    return candidates(request, entities).stream()
        .mapToObj(policies::get)
        .filter(policy -> policy.applies(request, entities))
        .toList();
  }

  /// As [#ask] without the index: the reference it is tested against.
  Answer askEach(Request request, Entities entities) {
    var all = new BitSet();
    all.set(0, policies.size());
    return answer(all, request, entities);
  }

  private Answer answer(BitSet candidates, Request request, Entities entities) {
    var evaluator = new Evaluator(request, entities);
    var permits = new ArrayList<String>();
    var forbids = new ArrayList<String>();
    var errors = new TreeMap<String, String>();
    for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
      Policy policy = policies.get(i);
      if (!policy.applies(request, entities)) {
        continue;
      }
      try {
        if (evaluator.satisfies(policy)) {
          (policy.effect() == Policy.Effect.PERMIT ? permits : forbids).add(policy.id());
        }
      } catch (EvaluationError e) {
        errors.put(policy.id(), String.valueOf(e.getMessage()));
      }
    }
    return forbids.isEmpty()
        ? new Answer(!permits.isEmpty(), permits, errors)
        : new Answer(false, forbids, errors);
  }

  private BitSet candidates(Request request, Entities entities) {
    var found = new BitSet();
    collect(byAction.get(null), request, entities, found);
    collect(byAction.get(request.action()), request, entities, found);
    for (EntityUid group : entities.ancestorsOf(request.action())) {
      collect(byAction.get(group), request, entities, found);
    }
    return found;
  }

  private static void collect(
      @Nullable Bucket bucket, Request request, Entities entities, BitSet found) {
    if (bucket == null) {
      return;
    }
    found.or(bucket.rest());
    probe(bucket.byPrincipal(), request.principal(), entities, found);
    probe(bucket.byResource(), request.resource(), entities, found);
  }

  private static void probe(
      Map<EntityUid, BitSet> map, EntityUid uid, Entities entities, BitSet found) {
    if (map.isEmpty()) {
      return;
    }
    BitSet own = map.get(uid);
    if (own != null) {
      found.or(own);
    }
    for (EntityUid ancestor : entities.ancestorsOf(uid)) {
      BitSet above = map.get(ancestor);
      if (above != null) {
        found.or(above);
      }
    }
  }

  private static Map<@Nullable EntityUid, Bucket> index(List<Policy> policies) {
    var index = new LinkedHashMap<@Nullable EntityUid, Bucket>();
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      for (@Nullable EntityUid action : actionKeys(policy.action())) {
        Bucket bucket = index.computeIfAbsent(action, _ -> new Bucket());
        EntityUid principal = key(policy.principal());
        EntityUid resource = key(policy.resource());
        if (principal != null) {
          bucket.byPrincipal().computeIfAbsent(principal, _ -> new BitSet()).set(i);
        } else if (resource != null) {
          bucket.byResource().computeIfAbsent(resource, _ -> new BitSet()).set(i);
        } else {
          bucket.rest().set(i);
        }
      }
    }
    return index;
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
