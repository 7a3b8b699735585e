package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Tentative;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Question, facts and policy in; ruling out. A pure function: no clock, no network, no memory.
///
/// Every doubt is a deny. Cedar skips a policy that errs, so an erring `forbid` would let a request
/// through; here any error of a policy whose scope matches makes the ruling
/// [Ruling.Outcome#COULD_NOT_EVALUATE], and so does a question that the vocabulary does not allow.
public final class Gate {
  private Gate() {}

  /// Rules on `question` by `policy`, where `holds` are on things that the question touches. A hold
  /// that [Hold#blocks] forbids, and no policy can permit against it.
  public static Ruling rule(
      Question question, Facts facts, PolicySnapshot policy, List<Hold> holds) {
    return rule(question, facts, policy, holds, List.of());
  }

  /// The same where refusals were waived: those of `waivers` that are for just this question leave
  /// out the policies that they name, and nothing else. A hold beats them all.
  public static Ruling rule(
      Question question,
      Facts facts,
      PolicySnapshot policy,
      List<Hold> holds,
      List<Waiver> waivers) {
    List<String> held =
        holds.stream()
            .filter(hold -> hold.blocks(question))
            .map(hold ->
                "%s `%s` is held: %s"
                    .formatted(
                        hold.on().type().toLowerCase(Locale.ROOT), hold.on().id(), hold.reason()))
            .toList();
    if (held.isEmpty()) {
      return ruled(
          question,
          facts,
          policy,
          waivers.stream().filter(waiver -> waiver.covers(question)).toList());
    }
    return new Ruling.Deny(
        Ruling.Outcome.FORBIDDEN,
        new Ruling.Grounds(
            List.of(),
            held,
            List.of("wait until the hold is lifted, or take another way that it is not on"),
            policy.digest()));
  }

  /// Rules on `question` by `policy`, where nothing is held.
  public static Ruling rule(Question question, Facts facts, PolicySnapshot policy) {
    return ruled(question, facts, policy, List.of());
  }

  private static Ruling ruled(
      Question question, Facts facts, PolicySnapshot policy, List<Waiver> waivers) {
    Asking asking;
    try {
      asking = Asking.of(question, facts);
    } catch (Asking.Unclear e) {
      return unclear(e.reason(), policy);
    }
    Answer answer = policy.set().ask(asking.request(), asking.entities());
    Ruling ruling = answered(question, asking, answer, policy, waivers);
    List<Tried> tried = policy.shadow().tried(asking, answer, ruling.allowed());
    return tried.isEmpty()
        ? ruling
        : switch (ruling) {
          case Ruling.Allow allow ->
              new Ruling.Allow(allow.grounds().trying(tried), allow.waivers());
          case Ruling.Deny deny -> new Ruling.Deny(deny.outcome(), deny.grounds().trying(tried));
        };
  }

  private static Ruling answered(
      Question question,
      Asking asking,
      Answer answer,
      PolicySnapshot policy,
      List<Waiver> waivers) {
    if (!answer.errors().isEmpty()) {
      return erred(answer, policy);
    }
    if (answer.allowed()) {
      return permitted(answer.reasons(), policy, Waived.NOTHING);
    }
    if (waivers.isEmpty()) {
      return refused(question, asking, answer.reasons(), policy);
    }
    Waived waived = Waived.of(answer.reasons(), policy, waivers);
    Answer rest = waived.rest(answer, policy, asking);
    if (!rest.errors().isEmpty()) {
      return erred(rest, policy);
    }
    if (rest.allowed()) {
      return permitted(rest.reasons(), policy, waived);
    }
    if (rest.reasons().isEmpty()) {
      List<PolicyRef> permits =
          policy.set().applying(asking.request(), asking.entities()).stream()
              .filter(one -> one.effect() == Policy.Effect.PERMIT)
              .map(one -> policy.ref(one.id()))
              .toList();
      Optional<Waived> want = waived.andPermit(permits, waivers);
      if (want.isPresent()) {
        return permitted(List.of(), policy, want.get());
      }
    }
    return refused(question, asking, rest.reasons(), policy);
  }

  private static Ruling permitted(List<String> ids, PolicySnapshot policy, Waived waived) {
    var reasons = new ArrayList<String>();
    if (!ids.isEmpty()) {
      reasons.add("permitted by " + words(ids));
    }
    reasons.addAll(waived.reasons());
    return new Ruling.Allow(
        new Ruling.Grounds(refs(ids, policy), reasons, List.of(), policy.digest()),
        waived.waivers());
  }

  /// What each built-in profile says of the question; with `observe` in force this is what it would
  /// have refused.
  public static Map<Profile, Ruling> compare(Question question, Facts facts) {
    var rulings = new EnumMap<Profile, Ruling>(Profile.class);
    for (Profile profile : Profile.values()) {
      rulings.put(profile, rule(question, facts, PolicySnapshot.builtIn(profile)));
    }
    return rulings;
  }

  private static Ruling erred(Answer answer, PolicySnapshot policy) {
    var reasons = new ArrayList<String>();
    answer
        .errors()
        .forEach(
            (id, error) -> reasons.add("policy `" + id + "` could not be evaluated: " + error));
    int unnamed = answer.erring() - answer.errors().size();
    if (unnamed > 0) {
      reasons.add(unnamed + " more policies could not be evaluated");
    }
    List<PolicyRef> erring = refs(List.copyOf(answer.errors().keySet()), policy);
    return new Ruling.Deny(
        Ruling.Outcome.COULD_NOT_EVALUATE,
        new Ruling.Grounds(erring, reasons, advice(erring), policy.digest()));
  }

  /// What refused: the forbids that held, else the permits that did not. Where each of them hangs
  /// on facts that nobody checked, it is no refusal for what was found: it might have come out the
  /// other way.
  private static Ruling refused(
      Question question, Asking asking, List<String> forbids, PolicySnapshot policy) {
    List<Tentative> refusing =
        policy.set().tentative(asking.request(), asking.entities(), Asking.FACTS).stream()
            .filter(one ->
                forbids.isEmpty()
                    ? one.policy().effect() == Policy.Effect.PERMIT
                    : forbids.contains(one.policy().id()))
            .toList();
    List<String> missing =
        refusing.stream()
            .flatMap(one -> one.missing().stream())
            .map(Asking::factName)
            .distinct()
            .sorted()
            .toList();
    List<PolicyRef> policies =
        refs(refusing.stream().map(one -> one.policy().id()).toList(), policy);
    boolean inDoubt =
        !refusing.isEmpty() && refusing.stream().noneMatch(one -> one.missing().isEmpty());
    Ruling.Outcome outcome =
        inDoubt
            ? Ruling.Outcome.COULD_NOT_EVALUATE
            : forbids.isEmpty() ? Ruling.Outcome.NOT_PERMITTED : Ruling.Outcome.FORBIDDEN;
    String reason =
        forbids.isEmpty() ? unpermitted(question, policies) : "forbidden by " + named(policies);
    return new Ruling.Deny(
        outcome,
        new Ruling.Grounds(
            policies,
            List.of(inDoubt ? reason + ", since nobody checked " + words(missing) : reason),
            advice(policies),
            missing,
            policy.digest()));
  }

  /// No permit held; those which could have are named, since their scope matches.
  private static String unpermitted(Question question, List<PolicyRef> permits) {
    return permits.isEmpty()
        ? "no policy permits a %s to %s a %s"
            .formatted(
                question.principal().type(), question.action().word(), question.resource().type())
        : "not permitted: no condition held of " + named(permits);
  }

  /// A deny for want of something that had to be known before policy could be asked.
  public static Ruling unclear(String reason, PolicySnapshot policy) {
    return new Ruling.Deny(
        Ruling.Outcome.COULD_NOT_EVALUATE,
        new Ruling.Grounds(List.of(), List.of(reason), List.of(), policy.digest()));
  }

  private static List<PolicyRef> refs(List<String> ids, PolicySnapshot policy) {
    return ids.stream().map(policy::ref).toList();
  }

  private static List<String> advice(List<PolicyRef> policies) {
    Set<String> advice = new LinkedHashSet<>();
    for (PolicyRef policy : policies) {
      if (policy.advice() != null) {
        advice.add(policy.advice());
      }
    }
    return List.copyOf(advice);
  }

  private static String named(List<PolicyRef> policies) {
    return words(policies.stream().map(PolicyRef::id).toList());
  }

  private static String words(List<String> words) {
    return words.stream().map(word -> "`" + word + "`").collect(Collectors.joining(", "));
  }
}
