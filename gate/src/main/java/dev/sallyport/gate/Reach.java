package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Entities;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Request;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Tentative;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Who can do what: every question over a store of things is really asked, none is guessed.
///
/// A decision takes less than a microsecond, so that a million of them are looked through in about
/// a second; nothing is derived from the policies' text.
public final class Reach {
  private final PolicySnapshot policy;
  private final List<Entity> things;
  private final Entities store;
  private final Map<String, Object> claimed;
  private final Facts facts;

  /// Over `things`, where the askers claim `claimed` and these are the facts.
  ///
  /// @throws IllegalArgumentException where a thing does not keep to the vocabulary
  public Reach(
      PolicySnapshot policy,
      List<Entity> things,
      Map<String, Object> claimed,
      Map<String, Object> facts) {
    this.policy = policy;
    this.things = List.copyOf(things);
    this.store = Asking.store(this.things);
    this.claimed = Map.copyOf(claimed);
    this.facts = FactSheet.hypothetical(new TreeMap<>(facts));
  }

  /// How far it goes.
  public enum Can {
    /// By the facts given it is allowed.
    YES,
    /// It hangs on facts that are not given.
    IF,
    NO;

    /// In JSON.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One answer.
  ///
  /// @param missing of [Can#IF], the facts on which it hangs
  /// @param policies the ids of those that decide
  public record Found(
      EntityRef who,
      Action action,
      EntityRef what,
      Can can,
      Set<String> missing,
      List<String> policies) {
    public Found {
      missing = Collections.unmodifiableSet(new TreeSet<>(missing));
      policies = List.copyOf(policies);
    }
  }

  /// Who of the things can do `action` on `resource`: an answer for each of a type that may ask.
  public List<Found> whoCan(Action action, EntityRef resource) {
    Schema.ActionType type = actionType(action);
    var found = new ArrayList<Found>();
    for (Entity thing : things) {
      if (type.principals().contains(Vocabulary.uid(thing.ref()).type())) {
        found.add(ask(thing.ref(), action, resource));
      }
    }
    return found;
  }

  /// What `who` can do with the things: an answer for each action and thing that go together.
  public List<Found> whatCan(EntityRef who) {
    var found = new ArrayList<Found>();
    for (Action action : Action.values()) {
      Schema.ActionType type = actionType(action);
      if (!type.principals().contains(Vocabulary.uid(who).type())) {
        continue;
      }
      for (Entity thing : things) {
        if (type.resources().contains(Vocabulary.uid(thing.ref()).type())) {
          found.add(ask(who, action, thing.ref()));
        }
      }
    }
    return found;
  }

  private static Schema.ActionType actionType(Action action) {
    return Objects.requireNonNull(Vocabulary.schema().actions().get(Vocabulary.uid(action)));
  }

  private Found ask(EntityRef who, Action action, EntityRef what) {
    Request request = Asking.request(new Question(who, action, what, claimed, List.of()), facts);
    Answer answer = policy.set().ask(request, store);
    if (!answer.errors().isEmpty()) {
      return new Found(who, action, what, Can.NO, Set.of(), List.copyOf(answer.errors().keySet()));
    }
    return answer.allowed()
        ? new Found(who, action, what, Can.YES, Set.of(), answer.reasons())
        : inDoubt(new Found(who, action, what, Can.NO, Set.of(), answer.reasons()), request);
  }

  /// A refusal that facts may turn: no forbid holds whatever they are, and a permit may. Of several
  /// permits the one that asks for least is told.
  private Found inDoubt(Found refused, Request request) {
    var missing = new TreeSet<String>();
    var policies = new ArrayList<String>();
    Tentative easiest = null;
    for (Tentative one : policy.set().tentative(request, store, Asking.FACTS)) {
      boolean permits = one.policy().effect() == Policy.Effect.PERMIT;
      switch (one.state()) {
        case FAILS -> {}
        case HOLDS -> {
          if (!permits) {
            return refused;
          }
          easiest = one;
        }
        case OPEN -> {
          if (!permits) {
            missing.addAll(one.missing());
            policies.add(one.policy().id());
          } else if (easiest == null || one.missing().size() < easiest.missing().size()) {
            easiest = one;
          }
        }
      }
    }
    if (easiest == null) {
      return refused;
    }
    missing.addAll(easiest.missing());
    policies.add(easiest.policy().id());
    return new Found(
        refused.who(),
        refused.action(),
        refused.what(),
        Can.IF,
        missing.stream().map(Asking::factName).collect(Collectors.toCollection(TreeSet::new)),
        policies);
  }
}
