package dev.sallyport.gate;

import dev.sallyport.cedar.Entities;
import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Request;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A question and facts in Cedar's terms, held against the vocabulary: what a policy is asked.
record Asking(Request request, Entities entities) {
  /// Below it, what is absent was not checked.
  static final List<String> FACTS = List.of("context", "facts");

  private static final String FACTS_PREFIX = "context.facts.";
  private static final Entities ACTIONS = Entities.of(Vocabulary.schema().actionEntities());

  /// Why a question cannot be put.
  static final class Unclear extends Exception {
    private static final long serialVersionUID = 1L;

    Unclear(String reason) {
      super(reason);
    }

    /// In words for people.
    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /// The question with `facts` that were found about what it is about.
  ///
  /// @throws Unclear where it does not keep to the vocabulary
  static Asking of(Question question, Facts facts) throws Unclear {
    try {
      var asking = new Asking(request(question, facts), entities(question));
      Optional<String> wrong = wrong(question, asking.request(), asking.entities());
      if (wrong.isPresent()) {
        throw new Unclear(wrong.get());
      }
      return asking;
    } catch (IllegalArgumentException | Entities.Refused e) {
      throw new Unclear(String.valueOf(e.getMessage()));
    }
  }

  /// A fact by its path in policies, as rulings name it.
  static String factName(String path) {
    return path.substring(FACTS_PREFIX.length());
  }

  /// The question alone, by what is in [#store].
  static Request request(Question question, Facts facts) {
    return requested(question, relevant(question, facts));
  }

  /// Things to ask many questions about, with the actions of the vocabulary.
  ///
  /// @throws IllegalArgumentException where one does not keep to the vocabulary
  static Entities store(List<Entity> things) {
    Entities store;
    try {
      store = ACTIONS.with(things.stream().map(Asking::entity).toList());
    } catch (Entities.Refused e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    for (Entities.Entity entity : store.all()) {
      wrong(entity, Vocabulary.schema())
          .ifPresent(wrong -> {
            throw new IllegalArgumentException(wrong);
          });
    }
    return store;
  }

  private static Entities.Entity entity(Entity thing) {
    return new Entities.Entity(
        Vocabulary.uid(thing.ref()),
        thing.parents().stream().map(Vocabulary::uid).collect(Collectors.toSet()),
        Values.fields(thing.attributes()),
        Map.of());
  }

  /// Whether the scope of `policy` lets `action` in, whoever asks.
  static boolean isAbout(Policy policy, Action action) {
    return policy.action().matches(Vocabulary.uid(action), ACTIONS);
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

  private static Request requested(Question question, Facts facts) {
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
      known.add(Vocabulary.uid(entity.ref()));
      entities.add(entity(entity));
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
