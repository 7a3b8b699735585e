package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Entities;
import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Request;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Value;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
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
  private static final Entities ACTIONS = Entities.of(Vocabulary.schema().actionEntities());

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
    Entities entities;
    Request request;
    try {
      entities = entities(question);
      request = request(question, relevant(question, facts));
      Optional<String> wrong = wrong(question, request, entities);
      if (wrong.isPresent()) {
        return unclear(wrong.get(), policy);
      }
    } catch (IllegalArgumentException | Entities.Refused e) {
      return unclear(String.valueOf(e.getMessage()), policy);
    }
    Answer answer = policy.set().ask(request, entities);
    if (!answer.errors().isEmpty()) {
      return erred(answer, policy);
    }
    if (answer.allowed()) {
      return permitted(answer.reasons(), policy, Waived.NOTHING);
    }
    if (waivers.isEmpty()) {
      return refused(question, answer, request, entities, policy);
    }
    Waived waived = Waived.of(answer.reasons(), policy, waivers);
    Answer rest = waived.rest(answer, policy, request, entities);
    if (rest.allowed()) {
      return permitted(rest.reasons(), policy, waived);
    }
    Optional<Waived> want =
        rest.errors().isEmpty() && rest.reasons().isEmpty()
            ? waived.andPermit(permits(policy.set().applying(request, entities), policy), waivers)
            : Optional.empty();
    return want.isPresent()
        ? permitted(List.of(), policy, want.get())
        : refused(question, rest, request, entities, policy);
  }

  private static Ruling permitted(List<String> ids, PolicySnapshot policy, Waived waived) {
    var reasons = new ArrayList<String>();
    if (!ids.isEmpty()) {
      reasons.add("permitted by " + named(ids));
    }
    reasons.addAll(waived.reasons());
    return new Ruling.Allow(
        new Ruling.Grounds(refs(ids, policy), reasons, List.of(), policy.digest()),
        waived.waivers());
  }

  private static Ruling refused(
      Question question, Answer answer, Request request, Entities entities, PolicySnapshot policy) {
    if (!answer.errors().isEmpty()) {
      return erred(answer, policy);
    }
    return answer.reasons().isEmpty()
        ? notPermitted(question, policy.set().applying(request, entities), policy)
        : forbidden(answer.reasons(), policy);
  }

  /// The permits of these policies: those which could have held.
  private static List<PolicyRef> permits(List<Policy> applying, PolicySnapshot policy) {
    return applying.stream()
        .filter(one -> one.effect() == Policy.Effect.PERMIT)
        .map(one -> policy.ref(one.id()))
        .toList();
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

  /// Whether the scope of `policy` lets `action` in, whoever asks.
  static boolean isAbout(Policy policy, Action action) {
    return policy.action().matches(Vocabulary.uid(action), ACTIONS);
  }

  private static Ruling erred(Answer answer, PolicySnapshot policy) {
    List<String> reasons =
        answer.errors().entrySet().stream()
            .map(error ->
                "policy `" + error.getKey() + "` could not be evaluated: " + error.getValue())
            .toList();
    List<PolicyRef> erring = refs(List.copyOf(answer.errors().keySet()), policy);
    return new Ruling.Deny(
        Ruling.Outcome.COULD_NOT_EVALUATE,
        new Ruling.Grounds(erring, reasons, advice(erring), policy.digest()));
  }

  private static Ruling forbidden(List<String> ids, PolicySnapshot policy) {
    List<PolicyRef> forbids = refs(ids, policy);
    return new Ruling.Deny(
        Ruling.Outcome.FORBIDDEN,
        new Ruling.Grounds(
            forbids, List.of("forbidden by " + named(ids)), advice(forbids), policy.digest()));
  }

  /// No permit held: the advice is that of the permits which could have, since their scope matches.
  private static Ruling notPermitted(
      Question question, List<Policy> applying, PolicySnapshot policy) {
    List<PolicyRef> permits = permits(applying, policy);
    String reason =
        permits.isEmpty()
            ? "no policy permits a %s to %s a %s"
                .formatted(
                    question.principal().type(),
                    question.action().word(),
                    question.resource().type())
            : "not permitted: no condition held of "
                + named(permits.stream().map(PolicyRef::id).toList());
    return new Ruling.Deny(
        Ruling.Outcome.NOT_PERMITTED,
        new Ruling.Grounds(permits, List.of(reason), advice(permits), policy.digest()));
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

  private static String named(List<String> ids) {
    return ids.stream().map(id -> "`" + id + "`").collect(Collectors.joining(", "));
  }

  /// Evidence of one artifact shown for another is no evidence: it is left out, which opens
  /// nothing, since absence never does.
  private static Facts relevant(Question question, Facts facts) {
    if (!(facts.asMap().get("artifact") instanceof Map<?, ?> artifact)) {
      return facts;
    }
    Object digest = artifact.get("digest");
    Object claimed = question.claimed().get("artifact");
    boolean otherThanClaimed = claimed != null && !claimed.equals(digest);
    boolean otherThanAsked =
        question.resource().type().equals("Artifact") && !question.resource().id().equals(digest);
    return otherThanClaimed || otherThanAsked ? facts.without("artifact") : facts;
  }

  private static Request request(Question question, Facts facts) {
    var context = new LinkedHashMap<String, Value>();
    context.put("facts", Value.of(Values.fields(facts.asMap())));
    context.put("claimed", Value.of(Values.fields(question.claimed())));
    return new Request(
        Vocabulary.uid(question.principal()),
        Vocabulary.uid(question.action()),
        Vocabulary.uid(question.resource()),
        new Value.Fields(context));
  }

  private static Entities entities(Question question) {
    var entities = new ArrayList<Entities.Entity>();
    Set<EntityUid> known = new LinkedHashSet<>();
    for (Entity entity : question.entities()) {
      EntityUid uid = Vocabulary.uid(entity.ref());
      known.add(uid);
      entities.add(
          new Entities.Entity(
              uid,
              entity.parents().stream().map(Vocabulary::uid).collect(Collectors.toSet()),
              Values.fields(entity.attributes()),
              Map.of()));
    }
    for (EntityRef named : List.of(question.principal(), question.resource())) {
      if (known.add(Vocabulary.uid(named))) {
        entities.add(new Entities.Entity(Vocabulary.uid(named), Set.of(), Map.of(), Map.of()));
      }
    }
    return ACTIONS.with(entities);
  }

  /// The first thing in which the question does not keep to the vocabulary.
  private static Optional<String> wrong(Question question, Request request, Entities entities) {
    Schema schema = Vocabulary.schema();
    Schema.ActionType action = schema.actions().get(request.action());
    if (action == null) {
      return Optional.of("the vocabulary has no action `" + question.action().word() + "`");
    }
    if (!action.principals().contains(request.principal().type())) {
      return Optional.of(
          "a `%s` is nobody who can ask to %s"
              .formatted(question.principal().type(), question.action().word()));
    }
    if (!action.resources().contains(request.resource().type())) {
      return Optional.of(
          "a `%s` is nothing that one can %s"
              .formatted(question.resource().type(), question.action().word()));
    }
    for (Entities.Entity entity : entities.all()) {
      Optional<String> inside = wrong(entity, schema);
      if (inside.isPresent()) {
        return inside;
      }
    }
    return schema.mismatch(request.context(), action.context(), "context");
  }

  private static Optional<String> wrong(Entities.Entity entity, Schema schema) {
    if (schema.actions().containsKey(entity.uid())) {
      return Optional.empty();
    }
    Schema.EntityType type = schema.entityTypes().get(entity.uid().type());
    if (type == null) {
      return Optional.of("the vocabulary has no entity type `" + entity.uid().type() + "`");
    }
    for (EntityUid parent : entity.parents()) {
      if (!type.parents().contains(parent.type())) {
        return Optional.of("`" + entity.uid() + "` can't be in `" + parent + "`");
      }
    }
    return schema.mismatch(entity.attributes(), type.attributes(), String.valueOf(entity.uid()));
  }
}
