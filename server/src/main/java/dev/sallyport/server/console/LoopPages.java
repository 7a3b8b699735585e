package dev.sallyport.server.console;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.detect.Severity;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.releases.Deployment;
import dev.sallyport.server.releases.RunningRelease;
import dev.sallyport.server.sentinel.Incident;
import dev.sallyport.server.sentinel.Radius;
import dev.sallyport.server.sentinel.Response;
import dev.sallyport.server.standing.Thing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Fills the pages of the loop: functions of what the rooms say.
final class LoopPages {
  private static final int SHORT_DIGEST = "sha256:".length() + 12;

  private LoopPages() {}

  static IncidentsPage.Row row(Incident incident) {
    boolean open = incident.closed() == null;
    return new IncidentsPage.Row(
        incident.id(),
        incident.title(),
        Thing.word(incident.matter()),
        word(incident.severity()),
        open ? "open" : "closed",
        open ? "bad" : "plain",
        incident.opened().toString(),
        Pages.time(incident.opened()));
  }

  private static String word(Severity severity) {
    return severity.name().toLowerCase(Locale.ROOT);
  }

  static IncidentPage incident(
      Incident.Whole whole,
      Radius.Reach reach,
      List<Response> responses,
      Function<String, List<Response.Step>> steps,
      Session session) {
    List<IncidentPage.Moment> moments =
        whole.findings().stream()
            .map(found ->
                new IncidentPage.Moment(
                    found.time().toString(),
                    Pages.time(found.time()),
                    found.rule(),
                    found.text(),
                    found.severity().compareTo(Severity.HIGH) >= 0 ? "bad" : "plain",
                    found.entry()))
            .toList();
    return new IncidentPage(
        row(whole.incident()),
        moments,
        groups(reach),
        reach.cut(),
        responses.stream()
            .map(response ->
                new IncidentPage.Done(
                    response.id(),
                    response.state().word(),
                    response.reason(),
                    steps.apply(response.id()).stream().map(LoopPages::step).toList()))
            .toList(),
        whole.incident().closed() == null,
        session.formToken());
  }

  private static List<IncidentPage.Group> groups(Radius.Reach reach) {
    var groups = new ArrayList<IncidentPage.Group>();
    reach
        .groups()
        .forEach((name, words) -> {
          if (!words.isEmpty()) {
            groups.add(
                new IncidentPage.Group(
                    name,
                    words.stream()
                        .flatMap(word ->
                            reach.things().stream()
                                .filter(thing -> Thing.word(thing).equals(word))
                                .limit(1))
                        .map(thing ->
                            new IncidentPage.Thing(
                                Thing.word(thing), LoopConsole.link(thing), reach.enforced(thing)))
                        .toList()));
          }
        });
    return groups;
  }

  static IncidentPage.Step step(Response.Step step) {
    String tone =
        switch (step.state()) {
          case "done" -> "good";
          case "failed" -> "bad";
          default -> "plain";
        };
    return new IncidentPage.Step(
        step.kind().word().replace('-', ' '),
        Thing.word(step.thing()),
        step.state(),
        tone,
        step.result());
  }

  static ReleasesPage.Row row(RunningRelease running) {
    String expected = running.expected() == null ? "" : running.expected();
    String reported = running.reported() == null ? "" : running.reported();
    boolean known = running.heard() != null;
    boolean right =
        known
            && !running.silent()
            && reported.equals(expected)
            && running.state().equals("running")
            && running.health().equals("healthy");
    String state =
        running.silent()
            ? "silent"
            : running.state() + (running.health().isEmpty() ? "" : ", " + running.health());
    return new ReleasesPage.Row(
        running.place().service(),
        running.place().environment(),
        running.host(),
        reported.isEmpty() ? "nothing" : shorter(reported),
        expected.isEmpty() ? "nothing" : shorter(expected),
        state,
        right ? "good" : known && !expected.isEmpty() ? "bad" : "plain",
        running.heard() == null ? "never" : Pages.time(running.heard()));
  }

  private static String shorter(String digest) {
    return digest.length() > SHORT_DIGEST ? digest.substring(0, SHORT_DIGEST) + "…" : digest;
  }

  static ReleasePage release(
      RunningRelease running,
      List<Deployment> history,
      Predicate<String> withdrawn,
      Session session) {
    return new ReleasePage(
        row(running),
        history.stream()
            .map(one ->
                new ReleasePage.Earlier(
                    one.artifact(),
                    one.run() == null ? "" : one.run(),
                    instant(one).toString(),
                    Pages.time(instant(one)),
                    one.kind() == BoundTickets.Kind.ROLLBACK
                        ? "rolled back to, " + one.state().word()
                        : one.state().word(),
                    one.id().equals(running.deployment()),
                    withdrawn.test(one.artifact())))
            .toList(),
        session.formToken());
  }

  private static Instant instant(Deployment deployment) {
    return deployment.liveSince() == null ? deployment.issued() : deployment.liveSince();
  }

  /// @param entries about the run in order, one more than `most` where there are more
  static RunPage run(
      String run,
      List<Ledger.Recorded> entries,
      int most,
      Decide decide,
      boolean held,
      long indexed,
      Session session) {
    var doors = new ArrayList<RunPage.Door>();
    Instant before = null;
    for (Ledger.Recorded recorded : entries.stream().limit(most).toList()) {
      doors.add(door(recorded, before, decide));
      before = recorded.entry().time();
    }
    return new RunPage(run, doors, held, indexed, entries.size() > most, session.formToken());
  }

  private static RunPage.Door door(
      Ledger.Recorded recorded, @Nullable Instant before, Decide decide) {
    RulingsPage.Row row = Pages.row(recorded);
    Decision.Explanation why =
        Pages.isRuling(recorded) ? decide.explain(recorded).explanation() : null;
    return new RunPage.Door(
        recorded.index(),
        row.instant(),
        row.time(),
        before == null ? "" : "+" + span(Duration.between(before, recorded.entry().time())),
        row.type() + " · " + row.action(),
        row.subject(),
        row.outcome(),
        row.tone(),
        why != null && why.enforced());
  }

  private static String span(Duration time) {
    long millis = time.toMillis();
    return millis < 10_000
        ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0)
        : time.toMinutes() < 10 ? time.toSeconds() + " s" : time.toMinutes() + " min";
  }
}
