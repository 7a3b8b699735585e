package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.standing.Standing;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Component;

/// Works out the steps of a response from what is recorded, and changes nothing: a dry run is the
/// same plan, only shown.
@Component
final class Planner {
  /// More steps than this: name something narrower.
  static final int MAX_STEPS = 5000;

  private static final Set<String> HOLDABLE =
      Set.of(
          "Repository",
          "Person",
          "Machine",
          "Service",
          "Environment",
          "Secret",
          "Run",
          "Runner",
          "Key");

  private final Radius radius;
  private final Places places;
  private final Standing standing;
  private final Senders senders;

  Planner(Radius radius, Places places, Standing standing, Senders senders) {
    this.radius = radius;
    this.places = places;
    this.standing = standing;
    this.senders = senders;
  }

  /// The steps, in their order: hold, revoke, withdraw, roll back.
  ///
  /// @throws IllegalArgumentException if it would be too wide
  List<Response.Step> plan(Response response) {
    Radius.Reach reach = radius.of(response.target());
    if (reach.cut()) {
      throw new IllegalArgumentException("it reaches too far for one response");
    }
    var steps = new Steps();
    hold(response.target(), response.tier(), steps);
    response.avoid().forEach(thing -> hold(thing, Playbook.Tier.HOLD, steps));
    if (response.tier().compareTo(Playbook.Tier.REVOKE) >= 0) {
      reach
          .ids("Run")
          .forEach(run -> {
            steps.add(Response.Kind.REVOKE_TOKENS, new EntityRef("Run", run), List.of());
            steps.add(Response.Kind.REVOKE_LEASES, new EntityRef("Run", run), List.of());
            steps.add(Response.Kind.REVOKE_TICKETS, new EntityRef("Run", run), List.of());
          });
    }
    if (response.tier() == Playbook.Tier.ROLL_BACK) {
      List<String> digests = brought(reach);
      digests.forEach(digest ->
          steps.add(Response.Kind.TOMBSTONE, new EntityRef("Artifact", digest), List.of()));
      digests.forEach(digest ->
          steps.add(Response.Kind.REVOKE_TICKETS, new EntityRef("Artifact", digest), List.of()));
      for (Places.At place : affected(digests)) {
        steps.add(
            Response.Kind.ROLL_BACK,
            Edges.place(place.service(), place.environment()),
            candidates(response, place, digests).stream().map(Digest::text).toList());
      }
    }
    return steps.steps;
  }

  private static void hold(EntityRef thing, Playbook.Tier tier, Steps steps) {
    switch (thing.type()) {
      case "Token" -> steps.add(Response.Kind.REVOKE_TOKENS, thing, List.of());
      case "Artifact" -> {
        // Withdrawn with the others where it comes to that.
        if (tier != Playbook.Tier.ROLL_BACK) {
          steps.add(Response.Kind.HOLD, thing, List.of());
        }
      }
      default ->
          steps.add(
              HOLDABLE.contains(thing.type()) ? Response.Kind.HOLD : Response.Kind.AVOID,
              thing,
              List.of());
    }
  }

  /// Digests that the matter brought in: neither published by others before nor, where they are
  /// only claimed, sent by others before.
  private List<String> brought(Radius.Reach reach) {
    List<String> runs = reach.ids("Run");
    return radius.brought(reach).stream()
        .filter(digest -> {
          var artifact = new EntityRef("Artifact", digest);
          return reach.of().equals(artifact)
              || reach.enforced(artifact)
              || !senders.othersWereFirst(new Digest(digest), runs);
        })
        .toList();
  }

  private List<Places.At> affected(List<String> digests) {
    var affected = new LinkedHashSet<Places.At>();
    digests.forEach(digest -> affected.addAll(places.with(new Digest(digest))));
    return affected.stream()
        .sorted((one, other) -> {
          int order = one.environment().compareTo(other.environment());
          return order == 0 ? one.service().compareTo(other.service()) : order;
        })
        .toList();
  }

  /// Releases of a place that have nothing to do with the matter, newest first. Whether the
  /// evidence of one holds today is asked when it is its turn, by the ruling itself.
  private List<Digest> candidates(Response response, Places.At place, List<String> withdrawn) {
    Set<String> bad = new TreeSet<>(withdrawn);
    response.avoid().forEach(thing -> bad.addAll(brought(radius.of(thing))));
    return places.earlier(place).stream()
        .filter(digest -> !bad.contains(digest.text()))
        .filter(digest -> standing.on(List.of(new EntityRef("Artifact", digest.text()))).isEmpty())
        .limit(MAX_CANDIDATES)
        .toList();
  }

  private static final int MAX_CANDIDATES = 50;

  private static final class Steps {
    final List<Response.Step> steps = new ArrayList<>();

    void add(Response.Kind kind, EntityRef thing, List<String> detail) {
      if (steps.size() == MAX_STEPS) {
        throw new IllegalArgumentException(
            "it would take more than " + MAX_STEPS + " steps: name something narrower");
      }
      steps.add(Response.Step.pending(steps.size(), kind, thing, detail));
    }
  }
}
