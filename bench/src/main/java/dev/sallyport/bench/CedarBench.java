package dev.sallyport.bench;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Entities;
import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.Request;
import dev.sallyport.cedar.Value;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Decisions by policies as a delivery pipeline has them: teams and environments in scopes, signed,
/// tested and network in conditions; allowed and denied in turns, all diagnostics.
///
/// CPU time of the measuring thread, best round of four seconds, so that the compiler is through.
final class CedarBench {
  private static final long LONG_ENOUGH = 4_000_000_000L;
  private static final int SETS = 1_000;
  private static final int UNSCOPED = 10_000;

  private final Figures figures = new Figures("cedar");

  private static final String ENTITIES =
      """
      [ {"uid": {"type": "User", "id": "alice"}, "attrs": {"project": "p7"},
         "parents": [{"type": "Team", "id": "t7"}]},
        {"uid": {"type": "Team", "id": "t7"}, "attrs": {}, "parents": []},
        {"uid": {"type": "Environment", "id": "e7"}, "attrs": {"project": "p7"}, "parents": []} ]
      """;

  Figures run() throws Exception {
    String scoped = scoped(SETS);
    PolicySet policies = PolicySet.parse(scoped);
    Entities entities = Entities.parseJson(ENTITIES);
    Request allowed = request("e7", true, "10.1.2.3");
    Request denied = request("e7", false, "10.1.2.3");
    must(policies.ask(allowed, entities), true, 1);
    must(policies.ask(denied, entities), false, 0);
    Request[] both = {allowed, denied};
    double decision = perCall(20_000, i -> policies.ask(both[i & 1], entities));
    figures.put("decision_1000_ns", decision);
    figures.put(
        "decision_1000_from_strings_ns",
        perCall(20_000, i -> policies.ask(request("e7", (i & 1) == 0, "10.1.2.3"), entities)));
    Entities many = many(100_000);
    figures.put(
        "decision_1000_of_100000_entities_ns",
        perCall(20_000, i -> policies.ask(both[i & 1], many)));

    PolicySet unscoped = PolicySet.parse(unscoped(UNSCOPED));
    must(unscoped.ask(allowed, entities), true, 1);
    figures.put(
        "decision_10000_unscoped_us",
        perCall(20_000, i -> unscoped.ask(both[i & 1], entities)) / 1000);
    Entities nobody = Entities.parseJson("[]");
    if (unscoped.ask(allowed, nobody).erring() != UNSCOPED) {
      throw new IllegalStateException("not the answer that is measured");
    }
    figures.put(
        "decision_10000_erring_us", perCall(500, i -> unscoped.ask(both[i & 1], nobody)) / 1000);
    figures.put("load_1000_ms", best(() -> PolicySet.parse(scoped)) / 1e6);
    double theirs = cedarJava(scoped);
    figures.peer("cedar_java_us", theirs / 1000);
    figures.ratio("cedar_java", theirs / decision);
    return figures;
  }

  private static void must(Answer answer, boolean allowed, int reasons) {
    if (answer.allowed() != allowed
        || answer.reasons().size() != reasons
        || !answer.errors().isEmpty()) {
      throw new IllegalStateException("not the answer that is measured: " + answer);
    }
  }

  private static String scoped(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            """
            @id("deploy-%1$d")
            permit (
              principal in Team::"t%1$d",
              action == Action::"deploy",
              resource == Environment::"e%1$d"
            )
            when { context.signed && context.level >= 2 && context.branch like "release/*" }
            unless { context.address.isInRange(ip("192.168.0.0/16")) };
            """
                .formatted(i))
        .collect(Collectors.joining("\n"));
  }

  private static String unscoped(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            "permit (principal, action, resource) when { principal.project == \"p"
                + i
                + "\" && context.signed };")
        .collect(Collectors.joining("\n"));
  }

  private static Request request(String environment, boolean signed, String address) {
    var context = new HashMap<String, Value>();
    context.put("signed", Value.of(signed));
    context.put("level", Value.of(3));
    context.put("branch", Value.of("release/1.2"));
    context.put("address", Value.ip(address));
    return new Request(
        new EntityUid("User", "alice"),
        new EntityUid("Action", "deploy"),
        new EntityUid("Environment", environment),
        new Value.Fields(context));
  }

  private static Entities many(int count) {
    return Entities.parseJson(ENTITIES)
        .with(
            IntStream.range(0, count)
                .mapToObj(i ->
                    new Entities.Entity(
                        new EntityUid("User", "u" + i),
                        Set.of(new EntityUid("Team", "t" + i % 100)),
                        Map.of(),
                        Map.of()))
                .toList());
  }

  private interface Call {
    Answer at(int number);
  }

  private static double perCall(int calls, Call call) {
    return best(() -> {
      int reasons = 0;
      for (int i = 0; i < calls; i++) {
        reasons += call.at(i).reasons().size();
      }
      return reasons;
    })
        / calls;
  }

  private static double best(Supplier<?> work) {
    var threads = ManagementFactory.getThreadMXBean();
    double best = Double.MAX_VALUE;
    for (long begin = System.nanoTime(); System.nanoTime() - begin < LONG_ENOUGH; ) {
      long before = threads.getCurrentThreadCpuTime();
      if (work.get() == null) {
        throw new IllegalStateException("nothing was done");
      }
      best = Math.min(best, (double) (threads.getCurrentThreadCpuTime() - before));
    }
    return best;
  }

  /// The same question, policies cached on the native side.
  private static double cedarJava(String text) throws Exception {
    var engine = new BasicAuthorizationEngine();
    Set<Policy> parsed = new HashSet<>();
    int number = 0;
    for (String one : text.split("(?=@id)", -1)) {
      if (!one.isBlank()) {
        parsed.add(new Policy(one, "policy" + number++));
      }
    }
    var policies = new com.cedarpolicy.model.policy.PolicySet(parsed);
    policies.cache();
    EntityUID alice = uid("User::\"alice\"");
    EntityUID team = uid("Team::\"t7\"");
    EntityUID place = uid("Environment::\"e7\"");
    var entities =
        Set.of(
            new com.cedarpolicy.model.entity.Entity(
                alice, Map.of("project", new PrimString("p7")), Set.of(team)),
            new com.cedarpolicy.model.entity.Entity(team),
            new com.cedarpolicy.model.entity.Entity(place));
    Map<String, com.cedarpolicy.value.Value> context =
        Map.of(
            "signed",
            new PrimBool(true),
            "level",
            new PrimLong(3),
            "branch",
            new PrimString("release/1.2"),
            "address",
            new com.cedarpolicy.value.IpAddress("10.1.2.3"));
    var request = new AuthorizationRequest(alice, uid("Action::\"deploy\""), place, context);
    AuthorizationResponse answer = engine.isAuthorized(request, policies, entities);
    if (!answer.success.orElseThrow().isAllowed()) {
      throw new IllegalStateException("cedar-java answers otherwise");
    }
    int calls = 50;
    return best(() -> {
      int allowed = 0;
      for (int i = 0; i < calls; i++) {
        try {
          allowed += engine.isAuthorized(request, policies, entities).success.isPresent() ? 1 : 0;
        } catch (com.cedarpolicy.model.exception.AuthException e) {
          throw new IllegalStateException(e);
        }
      }
      return List.of(allowed);
    })
        / calls;
  }

  private static EntityUID uid(String text) {
    return EntityUID.parse(text).orElseThrow();
  }
}
