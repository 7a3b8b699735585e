package dev.sallyport.server.console;

import dev.sallyport.credential.Checked;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.releases.NoSuchPlaceException;
import dev.sallyport.server.releases.Place;
import dev.sallyport.server.releases.Releases;
import dev.sallyport.server.sentinel.Incident;
import dev.sallyport.server.sentinel.Radius;
import dev.sallyport.server.sentinel.Response;
import dev.sallyport.server.sentinel.Responses;
import dev.sallyport.server.sentinel.Sentinel;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.Thing;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/// Pages of the loop: runs, incidents and releases; and the two acts that a person takes from here,
/// each shown first as what it would do and confirmed by a passkey for that very plan.
@Controller
final class LoopConsole {
  private static final int MOST_LISTED = 200;
  private static final int MOST_DOORS = 500;

  private final RunIndex runs;
  private final Sentinel sentinel;
  private final Radius radius;
  private final Responses responses;
  private final Releases releases;
  private final Standing standing;
  private final Decide decide;
  private final Confirmations confirmations;

  LoopConsole(
      RunIndex runs,
      Sentinel sentinel,
      Radius radius,
      Responses responses,
      Releases releases,
      Standing standing,
      Decide decide,
      Confirmations confirmations) {
    this.runs = runs;
    this.sentinel = sentinel;
    this.radius = radius;
    this.responses = responses;
    this.releases = releases;
    this.standing = standing;
    this.decide = decide;
    this.confirmations = confirmations;
  }

  @GetMapping("/runs")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> runs(
      Session session, @RequestParam(name = "id", required = false) @Nullable String id) {
    long indexed = runs.catchUp();
    if (id == null) {
      return Answer.page(
          HttpStatus.OK, Pages.render(new RunsPage(runs.newest(MOST_LISTED), session.formToken())));
    }
    boolean held = !standing.on(List.of(new EntityRef("Run", id))).isEmpty();
    return Answer.page(
        HttpStatus.OK,
        Pages.render(
            LoopPages.run(
                id, runs.of(id, MOST_DOORS + 1), MOST_DOORS, decide, held, indexed, session)));
  }

  @GetMapping("/incidents")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> incidents(Session session) {
    return Answer.page(
        HttpStatus.OK,
        Pages.render(
            new IncidentsPage(
                sentinel.incidents(MOST_LISTED).stream().map(LoopPages::row).toList(),
                responses.automatic(),
                session.formToken())));
  }

  @GetMapping("/incidents/{id}")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> incident(Session session, @PathVariable("id") String id) {
    return sentinel
        .incident(id)
        .map(whole ->
            Answer.page(
                HttpStatus.OK,
                Pages.render(
                    LoopPages.incident(
                        whole,
                        radius.of(whole.incident().matter()),
                        responses.newest(MOST_LISTED).stream()
                            .filter(response -> isAbout(response, whole.incident()))
                            .toList(),
                        responses::steps,
                        session))))
        .orElseGet(() -> Answer.to("/incidents"));
  }

  private static boolean isAbout(Response response, Incident incident) {
    return incident.id().equals(response.incident()) || incident.matter().equals(response.target());
  }

  @GetMapping("/incidents/{id}/contain")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> plan(
      Session session, HttpServletRequest request, @PathVariable("id") String id) {
    return sentinel
        .incident(id)
        .map(whole ->
            Answer.page(
                HttpStatus.OK, Pages.render(containing(whole.incident(), session, request, null))))
        .orElseGet(() -> Answer.to("/incidents"));
  }

  private static Responses.Wanted wanted(Incident incident) {
    return new Responses.Wanted(
        incident.matter(), List.of(), "incident: " + incident.title(), false);
  }

  /// What is confirmed: the act, its target and each step of the plan as it was shown.
  private static String purpose(Incident incident, List<Response.Step> plan) {
    var text = new StringBuilder("contain ").append(Thing.word(incident.matter()));
    plan.forEach(step ->
        text.append("\n").append(step.kind().word()).append(' ').append(Thing.word(step.thing())));
    return text.toString();
  }

  private ContainPage containing(
      Incident incident, Session session, HttpServletRequest request, @Nullable String problem) {
    List<Response.Step> plan;
    try {
      plan = responses.dryRun(wanted(incident));
    } catch (IllegalArgumentException | IllegalStateException e) {
      plan = List.of();
      problem = String.valueOf(e.getMessage());
    }
    String purpose = purpose(incident, plan);
    String from = "/incidents/" + incident.id();
    return confirm(
        "Contain " + Thing.word(incident.matter()),
        "This is what would be done. Nothing was done yet.",
        from,
        from + "/contain",
        List.of(new ContainPage.Field("plan", Digest.of(purpose).text())),
        plan.stream().map(LoopPages::step).toList(),
        "Contain it with my passkey",
        purpose,
        session,
        request,
        problem);
  }

  private ContainPage confirm(
      String title,
      String explanation,
      String back,
      String action,
      List<ContainPage.Field> fields,
      List<IncidentPage.Step> steps,
      String button,
      String purpose,
      Session session,
      HttpServletRequest request,
      @Nullable String problem) {
    Optional<String> options = confirmations.ask(session, request, purpose);
    return new ContainPage(
        title,
        explanation,
        back,
        action,
        fields,
        steps,
        button,
        options.orElse(null),
        options.isPresent()
            ? null
            : confirmations.possible(request)
                ? "You have no passkey yet."
                : "Browsers use passkeys only under a name: open the console at https://localhost:"
                    + request.getServerPort()
                    + ".",
        problem,
        session.formToken());
  }

  @PostMapping("/incidents/{id}/contain")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> contain(
      Session session, HttpServletRequest request, @PathVariable("id") String id) {
    Optional<Incident> found = sentinel.incident(id).map(Incident.Whole::incident);
    if (found.isEmpty()) {
      return Answer.to("/incidents");
    }
    Incident incident = found.get();
    Responses.Wanted wanted = wanted(incident);
    String purpose = purpose(incident, responses.dryRun(wanted));
    if (!Digest.of(purpose).text().equals(request.getParameter("plan"))) {
      return refused(
          containing(
              incident,
              session,
              request,
              "What would be done has changed since." + " Look at it again."));
    }
    return acted(
        confirmations.confirmed(session, request, purpose),
        person ->
            decide.enforce(
                person,
                new Asked(
                    Action.CONTAIN,
                    Responses.askedOn(wanted.target()),
                    Map.of("reason", wanted.reason())),
                Known.NOTHING,
                null),
        allowed -> responses.contain(allowed.warrant(), wanted),
        problem -> containing(incident, session, request, problem),
        "/incidents/" + id);
  }

  @GetMapping("/releases")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> releases(Session session) {
    return Answer.page(
        HttpStatus.OK,
        Pages.render(
            new ReleasesPage(
                releases.running().stream().map(LoopPages::row).toList(), session.formToken())));
  }

  private static Optional<Place> place(String service, String environment) {
    try {
      return Optional.of(new Place(service, environment));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @GetMapping("/releases/{environment}/{service}")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> release(
      Session session,
      @PathVariable("environment") String environment,
      @PathVariable("service") String service) {
    return place(service, environment)
        .flatMap(place ->
            releases.running().stream().filter(one -> one.place().equals(place)).findFirst())
        .map(running ->
            Answer.page(
                HttpStatus.OK,
                Pages.render(
                    LoopPages.release(
                        running,
                        releases.history(running.place()),
                        digest -> standing.view().withdrawn(digest),
                        session))))
        .orElseGet(() -> Answer.to("/releases"));
  }

  @GetMapping("/releases/{environment}/{service}/roll-back")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> rollBackPlan(
      Session session,
      HttpServletRequest request,
      @PathVariable("environment") String environment,
      @PathVariable("service") String service,
      @RequestParam("to") String digest) {
    Optional<Place> place = place(service, environment);
    return place.isEmpty() || !Digest.isDigest(digest)
        ? Answer.to("/releases")
        : Answer.page(
            HttpStatus.OK, Pages.render(rollingBack(place.get(), digest, session, request, null)));
  }

  private ContainPage rollingBack(
      Place place,
      String digest,
      Session session,
      HttpServletRequest request,
      @Nullable String problem) {
    String from = "/releases/" + place.environment() + "/" + place.service();
    return confirm(
        "Roll " + place + " back",
        "The host will be asked to run this release again. It is judged anew by today's evidence and"
            + " policy before that.",
        from,
        from + "/roll-back",
        List.of(new ContainPage.Field("to", digest)),
        List.of(new IncidentPage.Step("roll back", place.toString(), "planned", "plain", digest)),
        "Roll back with my passkey",
        purpose(place, digest),
        session,
        request,
        problem);
  }

  private static String purpose(Place place, String digest) {
    return "roll " + place + " back to " + digest;
  }

  @PostMapping("/releases/{environment}/{service}/roll-back")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> rollBack(
      Session session,
      HttpServletRequest request,
      @PathVariable("environment") String environment,
      @PathVariable("service") String service) {
    Optional<Place> found = place(service, environment);
    String digest = request.getParameter("to");
    if (found.isEmpty() || digest == null || !Digest.isDigest(digest)) {
      return Answer.to("/releases");
    }
    Place place = found.get();
    return acted(
        confirmations.confirmed(session, request, purpose(place, digest)),
        person ->
            decide.enforce(
                person,
                new Asked(
                    Action.ROLLBACK,
                    new EntityRef("Environment", place.environment()),
                    Map.of("artifact", digest, "reason", "asked for in the console")),
                Known.touching(new EntityRef("Service", place.service())),
                null),
        allowed -> releases.rollback(allowed.warrant(), place, digest),
        problem -> rollingBack(place, digest, session, request, problem),
        "/releases/" + environment + "/" + service);
  }

  /// Confirmed, ruled on, done; or the page again with the reason.
  private static ResponseEntity<byte[]> acted(
      Checked<Caller.Person> confirmed,
      Function<Caller.Person, Enforced> asks,
      Consumer<Enforced.Allowed> does,
      Function<String, ContainPage> again,
      String then) {
    return switch (confirmed) {
      case Checked.Refused<Caller.Person> refused -> refused(again.apply(refused.detail()));
      case Checked.Accepted<Caller.Person>(Caller.Person person) ->
          switch (asks.apply(person)) {
            case Enforced.Denied denied -> {
              var why = new ArrayList<>(denied.ruling().reasons());
              why.addAll(denied.ruling().advice());
              yield refused(again.apply(String.join("; ", why)));
            }
            case Enforced.Allowed allowed -> {
              try {
                does.accept(allowed);
                yield Answer.to(then);
              } catch (IllegalArgumentException | IllegalStateException | NoSuchPlaceException e) {
                yield refused(again.apply(String.valueOf(e.getMessage())));
              }
            }
          };
    };
  }

  private static ResponseEntity<byte[]> refused(ContainPage page) {
    return Answer.page(HttpStatus.FORBIDDEN, Pages.render(page));
  }

  /// A thing's own page, where it has one.
  static String link(EntityRef thing) {
    return switch (thing.type()) {
      case "Run" -> "/runs?id=" + URLEncoder.encode(thing.id(), StandardCharsets.UTF_8);
      case "Service", "Place" -> "/releases";
      default -> "";
    };
  }
}
