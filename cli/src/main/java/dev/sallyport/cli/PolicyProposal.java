package dev.sallyport.cli;

import dev.sallyport.cedar.Formatter;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Source;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A policy that fits what was seen: a given one with an exemption from each policy that would have
/// refused what was allowed, for just those questions ([Exemption]); and a permit where nothing
/// would have permitted them.
///
/// The text stays that of the given policy; what is added stands behind a comment that says what
/// for. What a policy could not evaluate has no exemption, since an error denies whatever else
/// holds.
final class PolicyProposal {
  /// A forbid is exempted from in one round, the permit that is then wanting in the next.
  private static final int ROUNDS = 3;

  private static final int MOST = 1000;

  private final List<Source> given;
  private final Map<String, Map<Exemption, Set<Long>>> forbids = new TreeMap<>();
  private final Map<Exemption, Set<Long>> permits = new TreeMap<>();
  private final List<Seen> hopeless = new ArrayList<>();
  private PolicySnapshot policy;

  /// An answer that was an allow.
  ///
  /// @param entry its index
  record Seen(long entry, Case asked) {}

  private PolicyProposal(PolicySnapshot given) {
    this.given = given.sources();
    this.policy = given;
  }

  /// The policy that fits what was seen.
  ///
  /// @throws UserError where that would take too many exemptions to be a policy
  static PolicyProposal of(PolicySnapshot given, List<Seen> allowed) {
    var proposal = new PolicyProposal(given);
    for (int round = 0; round < ROUNDS; round++) {
      if (!proposal.exempt(allowed)) {
        break;
      }
      proposal.policy = PolicySnapshot.read(proposal.sources());
    }
    proposal.hopeless.clear();
    allowed.stream()
        .filter(one -> !Rehearsal.ask(one.asked(), proposal.policy).allowed())
        .forEach(proposal.hopeless::add);
    return proposal;
  }

  /// The policy, read and checked.
  PolicySnapshot policy() {
    return policy;
  }

  /// What was allowed and would be refused all the same.
  List<Seen> hopeless() {
    return List.copyOf(hopeless);
  }

  /// How many exemptions and permits were added.
  int additions() {
    return permits.size() + forbids.values().stream().mapToInt(Map::size).sum();
  }

  /// Whether there was anything to exempt.
  private boolean exempt(List<Seen> allowed) {
    Set<String> forbidding =
        policy.policies().stream()
            .filter(PolicyRef::forbids)
            .map(PolicyRef::id)
            .collect(Collectors.toSet());
    boolean added = false;
    for (Seen seen : allowed) {
      Rehearsal.Verdict verdict = Rehearsal.ask(seen.asked(), policy);
      boolean erred =
          verdict.outcome() == Ruling.Outcome.COULD_NOT_EVALUATE && verdict.missing().isEmpty();
      if (verdict.allowed() || erred) {
        continue;
      }
      added = true;
      Exemption exemption = Exemption.of(seen.asked());
      List<String> refusing = verdict.policies().stream().filter(forbidding::contains).toList();
      refusing.forEach(id ->
          forbids
              .computeIfAbsent(id, _ -> new TreeMap<>())
              .computeIfAbsent(exemption, _ -> new TreeSet<>())
              .add(seen.entry()));
      if (refusing.isEmpty()) {
        permits.computeIfAbsent(exemption, _ -> new TreeSet<>()).add(seen.entry());
      }
    }
    if (additions() > MOST) {
      throw new UserError(
          "what was seen would take " + additions() + " exemptions, which is no policy any more",
          "propose from fewer decisions (--last, --since), or write the policy by hand");
    }
    return added;
  }

  private List<Source> sources() {
    var sources = new ArrayList<Source>();
    var ids = new HashSet<String>();
    for (Source source : given) {
      var text = new StringBuilder(source.text());
      for (Policy one : PolicySet.parse(source.text()).policies().reversed()) {
        String id = one.annotations().getOrDefault("id", source.name() + ":" + one.span().line());
        ids.add(id);
        // Before the semicolon that ends it; from the last to the first, so that places stay.
        text.insert(one.span().end() - 1, exemptions(forbids.getOrDefault(id, Map.of())));
      }
      sources.add(new Source(source.name(), Formatter.format(text.toString())));
    }
    if (!permits.isEmpty()) {
      sources.add(new Source(name(), Formatter.format(permitted(ids))));
    }
    return sources;
  }

  /// A file name that is not taken.
  private String name() {
    String name = "seen.cedar";
    while (taken(name)) {
      name = "more-" + name;
    }
    return name;
  }

  private boolean taken(String name) {
    return given.stream().anyMatch(source -> source.name().equals(name));
  }

  private static String exemptions(Map<Exemption, Set<Long>> of) {
    var text = new StringBuilder();
    of.forEach((exemption, entries) ->
        text.append("\n// exempt: ")
            .append(why(exemption, entries))
            .append("\nunless { ")
            .append(exemption.condition())
            .append(" }"));
    return text.toString();
  }

  private String permitted(Set<String> ids) {
    var text =
        new StringBuilder("// What nothing else permits, and was allowed where it was seen.\n");
    int number = 0;
    for (Map.Entry<Exemption, Set<Long>> permit : permits.entrySet()) {
      String id;
      do {
        id = "seen-" + ++number;
      } while (!ids.add(id));
      text.append("\n// permit: ")
          .append(why(permit.getKey(), permit.getValue()))
          .append('\n')
          .append(
              permit
                  .getKey()
                  .permit(id, "nothing else permits this: mend what is wanting, then delete it"));
    }
    return text.toString();
  }

  /// One line, whatever stands in the names: a comment must not end before its end.
  private static String why(Exemption exemption, Set<Long> entries) {
    String line =
        exemption
            + "; seen "
            + entries.size()
            + (entries.size() == 1 ? " time, entry " : " times, newest entry ")
            + entries.stream().max(Long::compare).orElseThrow();
    return line.codePoints()
        .map(point -> point < ' ' || point > 126 ? '?' : point)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
