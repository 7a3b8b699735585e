package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Policies as they stood at one moment, ready to be asked; immutable.
///
/// What cannot match is not looked at ([PolicyIndex]), and nothing else is short-circuited: whoever
/// is refused learns of every forbid.
public final class PolicySet {
  private final List<Policy> policies;
  private final List<List<Policy.Condition>> conditions;
  private final PolicyIndex index;
  private final List<Policy> templates;
  private final Map<String, Link> links;

  private PolicySet(List<Policy> policies, List<Policy> templates, Map<String, Link> links) {
    this.policies = List.copyOf(policies);
    this.templates = List.copyOf(templates);
    this.links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
    this.conditions = this.policies.stream().map(PolicySet::folded).toList();
    this.index = new PolicyIndex(this.policies, this.conditions);
  }

  private static List<Policy.Condition> folded(Policy policy) {
    return policy.conditions().stream()
        .map(one -> new Policy.Condition(one.unless(), Folding.fold(one.body()), one.span()))
        .toList();
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

  /// Cedar's JSON format of the whole set, for people. A row of `&&` nests there.
  ///
  /// @throws SyntaxRefused where it nests deeper than [#parseJson] reads
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
    var evaluator = new Evaluator(request, entities);
    PolicyIndex.Found found = index.candidates(request, entities, evaluator);
    return answer(found, policy -> PolicyIndex.matches(policy, request, entities), evaluator);
  }

  /// The policies whose scope matches, in their order.
  public List<Policy> applying(Request request, Entities entities) {
    PolicyIndex.Places found = index.byScope(request, entities);
    return IntStream.range(0, found.size())
        .mapToObj(i -> policies.get(found.get(i)))
        .filter(policy -> policy.applies(request, entities))
        .toList();
  }

  /// What each policy makes of the request, clause by clause, in the order of the set; also those
  /// whose scope does not match. Far slower than [#ask].
  public List<Explained> explain(Request request, Entities entities) {
    return policies.stream().map(policy -> Explanation.of(policy, request, entities)).toList();
  }

  /// What one policy makes of the request.
  ///
  /// @throws java.util.NoSuchElementException where no policy has this id
  public Explained explain(String id, Request request, Entities entities) {
    Policy policy = policies.stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    return Explanation.of(policy, request, entities);
  }

  /// What the policies whose scope matches come to if what is absent below `under` is not known,
  /// where for [#ask] it is just not there.
  ///
  /// @param under a path, its steps in their order, a variable first: `context`, `facts`
  public List<Tentative> tentative(Request request, Entities entities, List<String> under) {
    return applying(request, entities).stream()
        .map(policy -> Doubt.of(policy, request, entities, under))
        .toList();
  }

  /// As [#ask] without the index: the reference it is tested against.
  Answer askEach(Request request, Entities entities) {
    var all = new PolicyIndex.Found();
    IntStream.range(0, policies.size()).forEach(all.candidates()::add);
    return answer(
        all, policy -> policy.applies(request, entities), new Evaluator(request, entities));
  }

  private Answer answer(PolicyIndex.Found found, Predicate<Policy> scope, Evaluator evaluator) {
    PolicyIndex.Places candidates = found.candidates();
    List<String> permits = List.of();
    List<String> forbids = List.of();
    Errors errors = null;
    for (int i = 0; i < candidates.size(); i++) {
      int place = candidates.get(i);
      Policy policy = policies.get(place);
      if (!scope.test(policy)) {
        continue;
      }
      try {
        if (!evaluator.holds(conditions.get(place))) {
          continue;
        }
        if (policy.effect() == Policy.Effect.PERMIT) {
          permits = with(permits, policy.id());
        } else {
          forbids = with(forbids, policy.id());
        }
      } catch (EvaluationError e) {
        errors = errors == null ? new Errors() : errors;
        errors.add(place, String.valueOf(e.getMessage()));
      }
    }
    for (PolicyIndex.Erring erring : found.erring()) {
      errors = errors == null ? new Errors() : errors;
      errors.add(erring.places(), erring.message());
    }
    boolean allowed = forbids.isEmpty() && !permits.isEmpty();
    return new Answer(
        allowed,
        forbids.isEmpty() ? permits : forbids,
        errors == null ? Map.of() : errors.named(policies),
        errors == null ? 0 : errors.count);
  }

  /// Those that erred, by their places, as many as are named; and how many they are.
  private static final class Errors {
    private final TreeMap<Integer, String> messages = new TreeMap<>();
    private int count;

    void add(int place, String message) {
      count++;
      messages.put(place, message);
      if (messages.size() > Answer.MOST_ERRORS) {
        messages.pollLastEntry();
      }
    }

    /// All of these with one message.
    void add(PolicyIndex.Places places, String message) {
      int looked = Math.min(places.size(), Answer.MOST_ERRORS);
      for (int i = 0; i < looked; i++) {
        add(places.get(i), message);
      }
      count += places.size() - looked;
    }

    Map<String, String> named(List<Policy> policies) {
      var named = new TreeMap<String, String>();
      messages.forEach((place, message) -> named.put(policies.get(place).id(), message));
      return named;
    }
  }

  private static List<String> with(List<String> ids, String id) {
    if (ids.isEmpty()) {
      return List.of(id);
    }
    List<String> grown = ids.size() == 1 ? new ArrayList<>(ids) : ids;
    grown.add(id);
    return grown;
  }
}
