package dev.sallyport.gate;

import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.SyntaxRefused;
import dev.sallyport.cedar.Validator;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Policy as it stood at one moment: its texts, parsed and checked, and the digest that rulings
/// name.
///
/// Immutable; a new policy is a new snapshot. A policy is known by its `@id`, else by file and
/// line.
public final class PolicySnapshot {
  private static final Validator VALIDATOR = new Validator(Vocabulary.schema());
  private static final Map<Profile, PolicySnapshot> BUILT_IN = builtIns();

  private final String name;
  private final List<Source> sources;
  private final String digest;
  private final PolicySet policies;
  private final Map<String, PolicyRef> refs;
  private final Shadow shadow;

  /// The last one that [#at] gave; the same for a whole day.
  private volatile @Nullable PolicySnapshot dated;

  private PolicySnapshot(String name, List<Source> sources, Parsed parsed) {
    this.name = name;
    this.sources = sources;
    this.digest = digest(sources);
    this.policies = PolicySet.of(parsed.policies());
    this.refs = Map.copyOf(parsed.refs());
    this.shadow = Shadow.of(policies, refs, null);
  }

  private PolicySnapshot(PolicySnapshot other, LocalDate day) {
    this.name = other.name;
    this.sources = other.sources;
    this.digest = other.digest;
    this.policies = other.policies;
    this.refs = other.refs;
    this.shadow = Shadow.of(policies, refs, day);
  }

  /// The same as it stands on the day of `now` (UTC): which policies are still in shadow.
  ///
  /// Whoever does not ask for a day gets all marks as run out: forbids count, permits never do.
  public PolicySnapshot at(Instant now) {
    if (!shadow.isThere()) {
      return this;
    }
    LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
    if (day.equals(shadow.day())) {
      return this;
    }
    PolicySnapshot known = dated;
    if (known != null && day.equals(known.shadow.day())) {
      return known;
    }
    var fresh = new PolicySnapshot(this, day);
    dated = fresh;
    return fresh;
  }

  /// A profile of the house; validated when the house is built, by us and by cedar-java, and not
  /// again at each start.
  public static PolicySnapshot builtIn(Profile profile) {
    PolicySnapshot snapshot = BUILT_IN.get(profile);
    if (snapshot == null) {
      throw new IllegalStateException("no text for profile " + profile.word());
    }
    return snapshot;
  }

  /// The policy in `sources`, checked against the vocabulary and the laws of facts; every error in
  /// any of them is named by file, line and column.
  ///
  /// @throws PolicyRefused when anything is wrong; nothing is used then
  public static PolicySnapshot read(List<Source> sources) {
    List<Source> sorted = sorted(sources);
    Parsed parsed = parsed(sorted, false);
    if (parsed.policies().isEmpty()) {
      throw new PolicyRefused(
          List.of(new PolicyRefused.Problem("policy", 0, 0, "no file holds a policy")));
    }
    return new PolicySnapshot("custom", sorted, parsed);
  }

  /// The profile's name, or `custom`.
  public String name() {
    return name;
  }

  /// The texts, sorted by name.
  public List<Source> sources() {
    return sources;
  }

  /// `sha256:<hex>` over the names and texts.
  public String digest() {
    return digest;
  }

  /// Every policy in it, in the order of the files.
  public List<PolicyRef> policies() {
    return policies.policies().stream().map(policy -> ref(policy.id())).toList();
  }

  /// Whether there is a policy of this id.
  public boolean holds(String id) {
    return refs.containsKey(id);
  }

  /// The text of one policy as it was written, from its first annotation to its semicolon.
  ///
  /// @throws IllegalStateException if there is none of this id
  public String text(String id) {
    String file = ref(id).file();
    Policy policy =
        policies.policies().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    String text =
        sources.stream().filter(one -> one.name().equals(file)).findFirst().orElseThrow().text();
    return text.substring(policy.span().start(), policy.span().end());
  }

  /// Those that count.
  PolicySet set() {
    return shadow.counting();
  }

  /// Those that are only tried.
  Shadow shadow() {
    return shadow;
  }

  /// Whether a policy counts as things stand: it is not in shadow, or a forbid whose last day in
  /// shadow is over.
  public boolean counts(String id) {
    return shadow.counts(ref(id));
  }

  PolicyRef ref(String id) {
    PolicyRef ref = refs.get(id);
    if (ref == null) {
      throw new IllegalStateException("no policy `" + id + "`");
    }
    return ref;
  }

  @Override
  public String toString() {
    return name + " " + digest;
  }

  private record Parsed(List<Policy> policies, Map<String, PolicyRef> refs) {}

  private static List<Source> sorted(List<Source> sources) {
    return sources.stream().sorted(Comparator.comparing(Source::name)).toList();
  }

  private static Map<Profile, PolicySnapshot> builtIns() {
    var snapshots = new EnumMap<Profile, PolicySnapshot>(Profile.class);
    for (Profile profile : Profile.values()) {
      String file = profile.word() + ".cedar";
      List<Source> sources = List.of(new Source(file, Vocabulary.resource(file)));
      snapshots.put(profile, new PolicySnapshot(profile.word(), sources, parsed(sources, true)));
    }
    return snapshots;
  }

  /// Parses all files and makes our own checks; a file that is no Cedar does not hide what is wrong
  /// in the others.
  private static Parsed parsed(List<Source> sources, boolean builtIn) {
    var problems = new ArrayList<PolicyRefused.Problem>();
    var policies = new ArrayList<Policy>();
    var refs = new LinkedHashMap<String, PolicyRef>();
    var files = new HashSet<String>();
    for (Source source : sources) {
      if (!files.add(source.name())) {
        problems.add(
            new PolicyRefused.Problem(source.name(), 0, 0, "a file of this name stands twice"));
      }
      try {
        PolicySet set = PolicySet.parse(source.text());
        for (Policy policy : set.policies()) {
          add(source, policy, builtIn, policies, refs, problems);
        }
        // A file of text has no links, and a template without one would decide nothing, silently.
        for (Policy template : set.templates()) {
          problems.add(
              new PolicyRefused.Problem(
                  source.name(),
                  template.span().line(),
                  template.span().column(),
                  "a template decides nothing here: write out the policy with its principal or"
                      + " resource"));
        }
      } catch (SyntaxRefused e) {
        problems.add(
            new PolicyRefused.Problem(
                source.name(), e.line(), e.column(), String.valueOf(e.getMessage())));
      }
    }
    if (!problems.isEmpty()) {
      throw new PolicyRefused(problems);
    }
    return new Parsed(policies, refs);
  }

  private static void add(
      Source source,
      Policy policy,
      boolean builtIn,
      List<Policy> policies,
      Map<String, PolicyRef> refs,
      List<PolicyRefused.Problem> problems) {
    int line = policy.span().line();
    int column = policy.span().column();
    String id = policy.annotations().getOrDefault("id", source.name() + ":" + line);
    String controls = policy.annotations().getOrDefault("control", "");
    var ref =
        new PolicyRef(
            id,
            policy.effect() == Policy.Effect.FORBID,
            source.name(),
            line,
            column,
            policy.annotations().get("advice"),
            Arrays.stream(controls.split(" ")).filter(word -> !word.isEmpty()).toList(),
            Vocabulary.sha256(
                List.of(source.text().substring(policy.span().start(), policy.span().end()))),
            lastDay(source, policy, id, problems));
    PolicyRef before = refs.putIfAbsent(id, ref);
    if (before != null) {
      problems.add(
          new PolicyRefused.Problem(
              source.name(), line, column, "`@id(\"" + id + "\")` stands already at " + before));
      return;
    }
    policies.add(policy.withId(id));
    if (builtIn) {
      return;
    }
    var found = new HashMap<dev.sallyport.cedar.Span, String>();
    // A warning is a refusal here: a policy that never holds, or a guard that guards nothing, is a
    // slip that nobody would notice.
    for (Validator.Finding finding : VALIDATOR.validate(PolicySet.of(List.of(policy)))) {
      found.put(finding.span(), finding.message());
    }
    for (FactLaws.Finding finding : FactLaws.in(policy)) {
      found.putIfAbsent(finding.span(), finding.message());
    }
    found.entrySet().stream()
        .sorted(Comparator.comparingInt(finding -> finding.getKey().start()))
        .forEach(finding ->
            problems.add(
                new PolicyRefused.Problem(
                    source.name(),
                    finding.getKey().line(),
                    finding.getKey().column(),
                    "policy `" + id + "`: " + finding.getValue())));
  }

  private static @Nullable LocalDate lastDay(
      Source source, Policy policy, String id, List<PolicyRefused.Problem> problems) {
    String mark = policy.annotations().get(Shadow.MARK);
    if (mark == null) {
      return null;
    }
    Optional<LocalDate> day = Shadow.lastDay(mark);
    if (day.isEmpty()) {
      problems.add(
          new PolicyRefused.Problem(
              source.name(),
              policy.span().line(),
              policy.span().column(),
              "policy `" + id + "`: `@shadow` wants its last day, as `@shadow(\"2026-12-31\")`"));
    }
    return day.orElse(null);
  }

  private static String digest(List<Source> sources) {
    var parts = new ArrayList<String>();
    for (Source source : sources) {
      parts.add(source.name());
      parts.add(source.text());
    }
    return Vocabulary.sha256(parts);
  }
}
