package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.standing.HeldThing;
import dev.sallyport.server.standing.Standing;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/// Takes one step of a response: asks for a ruling, does it, tries whether it took effect. Taken
/// twice it does the same once.
@Component
final class StepTaker {
  /// How a step notes the hold that it set.
  static final String HOLD_ID = "hold ";

  private static final String TRIED = "tried ";
  private static final String UNDER_WAY = "under way ";
  private static final int MAX_TOLD = 3;
  private static final int MAX_WHY = 200;
  private static final Duration HELD_FOR = Duration.ofDays(30);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Rulings rulings;
  private final Standing standing;
  private final Tokens tokens;
  private final Leases leases;
  private final Places places;
  private final Sentinel sentinel;
  private final Clock clock;

  StepTaker(
      Rulings rulings,
      Standing standing,
      Tokens tokens,
      Leases leases,
      Places places,
      Sentinel sentinel,
      Clock clock) {
    this.rulings = rulings;
    this.standing = standing;
    this.tokens = tokens;
    this.leases = leases;
    this.places = places;
    this.sentinel = sentinel;
    this.clock = clock;
  }

  /// The step as it is afterwards: `pending` where it is under way.
  Response.Step take(Response response, Response.Step step) {
    return switch (step.kind()) {
      case AVOID -> step.ended("done", "no release that touches it is gone back to", -1);
      case HOLD -> hold(response, step, HELD_FOR, "held for 30 days");
      case TOMBSTONE -> hold(response, step, null, "withdrawn for ever");
      case REVOKE_TOKENS -> tokens(response, step);
      case REVOKE_LEASES -> leases(response, step);
      case REVOKE_TICKETS -> tickets(response, step);
      case ROLL_BACK -> rollBack(response, step);
      case LIFT -> lift(response, step);
    };
  }

  private static String retry(Response response, Response.Step step) {
    return "response " + response.id() + " " + step.place();
  }

  private static Response.Step denied(Response.Step step, Enforced.Denied denied) {
    return step.ended("failed", "not allowed: " + String.join("; ", denied.ruling().reasons()), -1);
  }

  private Enforced contain(Response response, Response.Step step, EntityRef on) {
    var asked = new Asked(Action.CONTAIN, on, Map.of("reason", response.reason()));
    return rulings.ask(asked, Known.NOTHING, retry(response, step));
  }

  private Response.Step hold(
      Response response,
      Response.Step step,
      @org.jspecify.annotations.Nullable Duration lifetime,
      String result) {
    return switch (contain(response, step, step.thing())) {
      case Enforced.Denied denied -> denied(step, denied);
      case Enforced.Allowed allowed -> {
        try {
          HeldThing held =
              standing.hold(
                  allowed.warrant().allow(),
                  response.asker(),
                  step.thing(),
                  response.reason(),
                  lifetime,
                  retry(response, step));
          yield with(step, List.of(HOLD_ID + held.id())).ended("done", result, -1);
        } catch (IllegalArgumentException e) {
          yield step.ended("skipped", String.valueOf(e.getMessage()), -1);
        }
      }
    };
  }

  private static Response.Step with(Response.Step step, List<String> detail) {
    return new Response.Step(
        step.place(), step.kind(), step.thing(), detail, step.state(), step.result(), step.entry());
  }

  private Response.Step lift(Response response, Response.Step step) {
    return switch (contain(response, step, step.thing())) {
      case Enforced.Denied denied -> denied(step, denied);
      case Enforced.Allowed allowed ->
          standing
              .lift(
                  allowed.warrant().allow(),
                  response.asker(),
                  step.detail().getFirst(),
                  response.reason())
              .map(_ -> step.ended("done", "lifted", -1))
              .orElseGet(() -> step.ended("skipped", "it was not held any more", -1));
    };
  }

  private Response.Step tokens(Response response, Response.Step step) {
    EntityRef thing = step.thing();
    return switch (contain(response, step, Responses.askedOn(thing))) {
      case Enforced.Denied denied -> denied(step, denied);
      case Enforced.Allowed allowed -> {
        // What lives is told in bounded lists: again, until there is nothing new.
        var revoked = new LinkedHashSet<String>();
        List<String> living =
            thing.type().equals("Token") ? List.of(thing.id()) : tokens.living(thing.id());
        while (revoked.addAll(living)) {
          living.forEach(id -> tokens.revoke(allowed.warrant().allow(), response.asker(), id));
          living = thing.type().equals("Token") ? List.of() : tokens.living(thing.id());
        }
        yield proven(step, "token", List.copyOf(revoked), tokens::isTaken);
      }
    };
  }

  private Response.Step leases(Response response, Response.Step step) {
    return switch (contain(response, step, step.thing())) {
      case Enforced.Denied denied -> denied(step, denied);
      case Enforced.Allowed allowed ->
          proven(
              step,
              "lease",
              leases.revoke(allowed.warrant().allow(), response.asker(), step.thing().id()),
              leases::isTaken);
    };
  }

  private Response.Step tickets(Response response, Response.Step step) {
    return switch (contain(response, step, step.thing())) {
      case Enforced.Denied denied -> denied(step, denied);
      case Enforced.Allowed allowed ->
          proven(
              step,
              "ticket",
              places.revokeTickets(allowed.warrant(), step.thing(), response.reason()),
              places::isTaken);
    };
  }

  /// Each is tried after it was revoked: what is still taken makes the step fail.
  private static Response.Step proven(
      Response.Step step, String what, List<String> revoked, Predicate<String> isTaken) {
    if (revoked.isEmpty()) {
      return step.ended("done", "there is none that still counts", -1);
    }
    List<String> alive = revoked.stream().filter(isTaken).toList();
    String counted = revoked.size() + " " + what + (revoked.size() == 1 ? "" : "s") + " revoked";
    return alive.isEmpty()
        ? step.ended("done", counted + ", tried and refused as it must be", -1)
        : step.ended("failed", counted + ", and " + alive.size() + " of them still taken", -1);
  }

  private Response.Step rollBack(Response response, Response.Step step) {
    int at = step.thing().id().lastIndexOf('@');
    var place =
        new Places.At(step.thing().id().substring(0, at), step.thing().id().substring(at + 1));
    Response.Step now = step;
    Optional<String[]> underWay =
        now.detail().stream()
            .filter(line -> line.startsWith(UNDER_WAY))
            .map(line -> line.substring(UNDER_WAY.length()).split(" ", 2))
            .findFirst();
    if (underWay.isPresent()) {
      String digest = underWay.get()[0];
      switch (places.progress(underWay.get()[1])) {
        case Places.Progress.Live _ -> {
          return now.ended("done", "runs " + digest + " again" + passedOver(now), -1);
        }
        case Places.Progress.UnderWay _ -> {
          Instant patience = response.due().plus(PATIENCE);
          if (clock.instant().isBefore(patience)) {
            return now;
          }
          sentinel.page(
              response.target(),
              "the roll-back of " + step.thing().id() + " is not live yet",
              retry(response, step));
          return now.ended("failed", "asked to go back to " + digest + ", and not live yet", -1);
        }
        case Places.Progress.Failed failed -> now = tried(now, digest, failed.why());
      }
    }
    if (underWay.isEmpty() && isClean(place)) {
      return now.ended("done", "nothing of it runs there", -1);
    }
    return nextRelease(response, now, place);
  }

  /// Nothing that is held or withdrawn runs there or is on its way.
  private boolean isClean(Places.At place) {
    return standing
        .on(
            places.at(place).stream()
                .map(digest -> new EntityRef("Artifact", digest.text()))
                .toList())
        .isEmpty();
  }

  /// Which newer releases were not gone back to, and why: the first question of whoever looks.
  private static String passedOver(Response.Step step) {
    return step.detail().stream()
        .filter(line -> line.startsWith(TRIED))
        .limit(MAX_TOLD)
        .map(line -> "; not " + line.substring(TRIED.length()))
        .collect(java.util.stream.Collectors.joining());
  }

  private static Response.Step tried(Response.Step step, String digest, String why) {
    var detail = new ArrayList<String>();
    step.detail().stream()
        .filter(line -> !line.startsWith(UNDER_WAY) && !line.equals(digest))
        .forEach(detail::add);
    String because = why.isEmpty() ? "" : ": " + why;
    detail.add(TRIED + digest + because.substring(0, Math.min(because.length(), MAX_WHY)));
    return with(step, detail);
  }

  /// The newest one that policy lets back today, by evidence as it verifies today.
  private Response.Step nextRelease(Response response, Response.Step step, Places.At place) {
    Response.Step now = step;
    for (String digest : step.detail().stream().filter(Digest::isDigest).toList()) {
      var environment = new EntityRef("Environment", place.environment());
      var asked =
          new Asked(
              Action.ROLLBACK,
              environment,
              Map.of("artifact", digest, "reason", response.reason()));
      String retry = retry(response, step) + " " + digest;
      var known = Known.touching(new EntityRef("Service", place.service()));
      switch (rulings.ask(asked, known, retry)) {
        case Enforced.Denied denied ->
            now = tried(now, digest, String.join("; ", denied.ruling().reasons()));
        case Enforced.Allowed allowed -> {
          Optional<String> deployment =
              places.rollBack(allowed.warrant(), place, new Digest(digest));
          if (deployment.isPresent()) {
            var detail = new ArrayList<>(now.detail());
            detail.addFirst(UNDER_WAY + digest + " " + deployment.get());
            return with(now, detail);
          }
          now = tried(now, digest, "it never was live there");
        }
      }
    }
    return nothingLeft(response, now, place);
  }

  /// No release is left that holds: the service is held and a person is called, and where the
  /// response may, what runs is stopped. It is never gone back to what does not verify.
  private Response.Step nothingLeft(Response response, Response.Step step, Places.At place) {
    var service = new EntityRef("Service", place.service());
    var detail = new ArrayList<>(step.detail());
    String held = "the service could not be held";
    if (contain(response, step, service) instanceof Enforced.Allowed allowed) {
      HeldThing hold =
          standing.hold(
              allowed.warrant().allow(),
              response.asker(),
              service,
              response.reason(),
              HELD_FOR,
              retry(response, step));
      detail.add(HOLD_ID + hold.id());
      held = "the service is held";
      if (response.mayStop()) {
        held +=
            places.stop(allowed.warrant(), place, response.reason())
                ? " and its host told to stop it"
                : "; nothing is known to run there";
      }
    }
    String text = "no release of " + step.thing().id() + " is left that holds today; " + held;
    sentinel.page(response.target(), text, retry(response, step));
    return with(step, detail).ended("failed", text + "; a person is called", -1);
  }
}
