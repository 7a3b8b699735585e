package dev.sallyport.server.releases;

import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Writes what happens to tickets, deployments and hosts into the ledger, each act once: the act's
/// own name is its retry key, so that doing it again after a crash finds the first entry.
@Component
final class ReleaseEntries {
  private final Ledger ledger;
  private final SecureRandom random;

  ReleaseEntries(Ledger ledger, SecureRandom random) {
    this.ledger = ledger;
    this.random = random;
  }

  /// The key of an act that happens once.
  static Digest once(String act, String id) {
    return Digest.of("releases\n" + act + "\n" + id);
  }

  Optional<Ledger.Recorded> firstOf(Digest once) {
    return ledger.firstOf(once);
  }

  /// An act on a ticket.
  ///
  /// @param request what tells two tries of the act apart; null where there is nothing to tell
  /// @param once null where it may happen again, as refusals do
  Ledger.Recorded ticket(
      Actor actor,
      String action,
      String outcome,
      Deployment of,
      @Nullable Digest request,
      @Nullable Digest once,
      Map<String, String> more) {
    return append(
        EntryType.TICKET, actor, action, outcome, subjects("Ticket", of), request, once, more);
  }

  /// A ticket that is none of ours, or that is not known here.
  void unknownTicket(Actor actor, String action, String reason) {
    append(
        EntryType.TICKET,
        actor,
        action,
        "refused",
        List.of(new Subject("Ticket", "unknown")),
        null,
        null,
        Map.of("reason", reason));
  }

  /// A deployment's next state.
  Ledger.Recorded deployment(Actor actor, Deployment of, String state, Map<String, String> more) {
    return append(
        EntryType.DEPLOYMENT,
        actor,
        of.kind().word(),
        state,
        subjects("Deployment", of),
        null,
        once("deployment " + state, of.id()),
        more);
  }

  /// The end of a deployment: whichever is recorded first is the end.
  Ledger.Recorded end(Actor actor, Deployment of, String state, Map<String, String> more) {
    return append(
        EntryType.DEPLOYMENT,
        actor,
        of.kind().word(),
        state,
        subjects("Deployment", of),
        null,
        once("deployment end", of.id()),
        more);
  }

  /// Something about a host.
  Ledger.Recorded agent(
      Actor actor,
      String action,
      String outcome,
      List<Subject> subjects,
      @Nullable Digest once,
      Map<String, String> more) {
    return append(EntryType.AGENT, actor, action, outcome, subjects, null, once, more);
  }

  private static List<Subject> subjects(String type, Deployment of) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject(type, of.id()));
    subjects.add(new Subject("Artifact", of.artifact()));
    subjects.add(new Subject("Service", of.place().service()));
    subjects.add(new Subject("Environment", of.place().environment()));
    subjects.add(new Subject("Machine", of.machine().id()));
    if (of.run() != null) {
      subjects.add(new Subject("Run", of.run()));
    }
    if (of.runner() != null) {
      subjects.add(new Subject("Runner", of.runner()));
    }
    subjects.add(new Subject("Key", of.key()));
    return subjects;
  }

  private Ledger.Recorded append(
      EntryType type,
      Actor actor,
      String action,
      String outcome,
      List<Subject> subjects,
      @Nullable Digest request,
      @Nullable Digest once,
      Map<String, String> more) {
    var body = new TreeMap<String, Object>(more);
    body.put("salt", salt());
    return ledger.append(
        new Ledger.Draft(
            type,
            actor,
            action,
            subjects,
            outcome,
            null,
            List.of(),
            request,
            once,
            CanonicalJson.bytes(body)));
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
