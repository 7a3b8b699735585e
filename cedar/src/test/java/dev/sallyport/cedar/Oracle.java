package dev.sallyport.cedar;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.EntityValidationRequest;
import com.cedarpolicy.model.LevelValidationRequest;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.exception.InternalException;
import com.cedarpolicy.model.policy.LinkValue;
import com.cedarpolicy.model.policy.TemplateLink;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.DateTime;
import com.cedarpolicy.value.EntityIdentifier;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.IpAddress;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.functions.Offset;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/// cedar-java, the engine that ours is compared with: the same questions, the answers in our
/// shapes.
///
/// Policies are handed over once and cached there; entities and context go over with every
/// question, and each name of a type in them is parsed there anew, so that small ones are quick.
final class Oracle {
  private static final BasicAuthorizationEngine ENGINE = new BasicAuthorizationEngine();
  private static final Map<EntityUid, EntityUID> UIDS = new ConcurrentHashMap<>();

  static {
    // Sets leave its cache when the garbage collector finds them, which may be long after.
    com.cedarpolicy.model.policy.PolicySet.setCacheMaxPolicySets(1_000_000);
  }

  private final Set<com.cedarpolicy.model.entity.Entity> entities;

  private Oracle(Set<com.cedarpolicy.model.entity.Entity> entities) {
    this.entities = entities;
  }

  /// Over the entities that this JSON lists.
  static Oracle over(String entities) {
    try {
      return new Oracle(com.cedarpolicy.model.entity.Entities.parse(entities).getEntities());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(entities, e);
    }
  }

  /// What was answered, as sets: the order of reasons is ours, the messages are its.
  record Verdict(boolean allowed, Set<String> reasons, Set<String> errors) {
    static Verdict of(Answer answer) {
      return new Verdict(
          answer.allowed(),
          new TreeSet<>(answer.reasons()),
          new TreeSet<>(answer.errors().keySet()));
    }
  }

  /// Policies and links by id, known to the oracle.
  static com.cedarpolicy.model.policy.PolicySet set(
      Map<String, String> policies, Map<String, String> templates, List<Link> links) {
    var set =
        new com.cedarpolicy.model.policy.PolicySet(
            policies(policies), policies(templates), links.stream().map(Oracle::link).toList());
    try {
      set.cache();
    } catch (CacheException e) {
      throw new IllegalArgumentException(policies + " " + templates + " " + links, e);
    }
    return set;
  }

  private static Set<com.cedarpolicy.model.policy.Policy> policies(Map<String, String> texts) {
    var policies = new HashSet<com.cedarpolicy.model.policy.Policy>();
    texts.forEach((id, text) -> policies.add(new com.cedarpolicy.model.policy.Policy(text, id)));
    return policies;
  }

  private static TemplateLink link(Link link) {
    var values = new ArrayList<LinkValue>();
    if (link.principal() != null) {
      values.add(new LinkValue("?principal", uid(link.principal())));
    }
    if (link.resource() != null) {
      values.add(new LinkValue("?resource", uid(link.resource())));
    }
    return new TemplateLink(link.template(), link.id(), values);
  }

  Verdict ask(com.cedarpolicy.model.policy.PolicySet policies, Request request) {
    AuthorizationSuccessResponse answer;
    try {
      var response =
          ENGINE.isAuthorized(
              new AuthorizationRequest(
                  uid(request.principal()),
                  uid(request.action()),
                  uid(request.resource()),
                  members(request.context().members())),
              policies,
              entities);
      answer =
          response.success.orElseThrow(() -> new IllegalStateException(response.errors.toString()));
    } catch (AuthException e) {
      throw new IllegalStateException(request.toString(), e);
    }
    var errors = new TreeSet<String>();
    answer.getErrors().forEach(error -> errors.add(error.getPolicyId()));
    return new Verdict(answer.isAllowed(), new TreeSet<>(answer.getReason()), errors);
  }

  /// Whether it reads `text` as policies.
  static boolean takes(String text) {
    try {
      com.cedarpolicy.model.policy.PolicySet.parsePolicies(text);
      return true;
    } catch (InternalException refused) {
      return false;
    }
  }

  static com.cedarpolicy.model.schema.Schema schema(String text) {
    try {
      return com.cedarpolicy.model.schema.Schema.parse(
          com.cedarpolicy.model.schema.Schema.JsonOrCedar.Cedar, text);
    } catch (InternalException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /// Which of these policies, by id, it does not let through its strict validation.
  static Set<String> invalid(
      com.cedarpolicy.model.schema.Schema schema, Map<String, String> policies) {
    var invalid = new TreeSet<String>();
    try {
      ENGINE
          .validate(
              new ValidationRequest(
                  schema, new com.cedarpolicy.model.policy.PolicySet(policies(policies))))
          .success
          .orElseThrow(() -> new IllegalStateException(policies.toString()))
          .validationErrors
          .forEach(error -> invalid.add(error.getPolicyId()));
    } catch (AuthException e) {
      throw new IllegalStateException(policies.toString(), e);
    }
    return invalid;
  }

  /// The ids of those that are invalid, or read entities farther than `level`.
  static Set<String> tooFar(
      com.cedarpolicy.model.schema.Schema schema, Map<String, String> policies, int level) {
    var invalid = new TreeSet<String>();
    try {
      ENGINE
          .validateWithLevel(
              new LevelValidationRequest(
                  schema, new com.cedarpolicy.model.policy.PolicySet(policies(policies)), level))
          .success
          .orElseThrow(() -> new IllegalStateException(policies.toString()))
          .validationErrors
          .forEach(error -> invalid.add(error.getPolicyId()));
    } catch (AuthException e) {
      throw new IllegalStateException(policies.toString(), e);
    }
    return invalid;
  }

  /// Whether it lets a request through whose types it checks.
  boolean fits(com.cedarpolicy.model.schema.Schema schema, Request request) {
    try {
      return ENGINE
          .isAuthorized(
              new AuthorizationRequest(
                  uid(request.principal()),
                  uid(request.action()),
                  uid(request.resource()),
                  Optional.of(members(request.context().members())),
                  Optional.of(schema),
                  true),
              new com.cedarpolicy.model.policy.PolicySet(),
              Set.of())
          .success
          .isPresent();
    } catch (AuthException refused) {
      return false;
    }
  }

  /// Whether it finds that these entities fit the schema.
  boolean fits(com.cedarpolicy.model.schema.Schema schema) {
    try {
      ENGINE.validateEntities(new EntityValidationRequest(schema, List.copyOf(entities)));
      return true;
    } catch (AuthException refused) {
      return false;
    }
  }

  private static EntityUID uid(EntityUid uid) {
    return UIDS.computeIfAbsent(
        uid,
        _ ->
            new EntityUID(
                EntityTypeName.parse(uid.type()).orElseThrow(), new EntityIdentifier(uid.id())));
  }

  private static Map<String, com.cedarpolicy.value.Value> members(Map<String, Value> members) {
    var same = new HashMap<String, com.cedarpolicy.value.Value>();
    members.forEach((name, value) -> same.put(name, value(value)));
    return same;
  }

  private static com.cedarpolicy.value.Value value(Value value) {
    return switch (value) {
      case EntityUid uid -> uid(uid);
      case Value.Truth(boolean truth) -> new PrimBool(truth);
      case Value.Whole(long number) -> new PrimLong(number);
      case Value.Text(String text) -> new PrimString(text);
      case Value.Group(Set<Value> members) ->
          new CedarList(members.stream().map(Oracle::value).toList());
      case Value.Fields(Map<String, Value> members) -> new CedarMap(members(members));
      case IpRange range -> new IpAddress(argument(range));
      case Decimal decimal -> new com.cedarpolicy.value.Decimal(argument(decimal));
      case Datetime time ->
          new Offset(
              new DateTime("1970-01-01"),
              new com.cedarpolicy.value.Duration(time.epochMilliseconds() + "ms"));
      case Duration duration -> new com.cedarpolicy.value.Duration(argument(duration));
    };
  }

  /// What stands between the quotes of its text.
  private static String argument(Value value) {
    String text = value.toString();
    return text.substring(text.indexOf('"') + 1, text.lastIndexOf('"'));
  }
}
