package dev.sallyport.server.decisions;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Facts;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.evidence.Dossier;
import dev.sallyport.server.evidence.EvidenceStore;
import dev.sallyport.server.evidence.Examined;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.policies.Policies;
import dev.sallyport.server.settings.Settings;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Rules on questions. [#rule] is the whole story: snapshot, facts, gate, ledger, answer.
@Component
public final class Decide {
  private static final int MAX_SUBJECTS = 16;

  private final Policies policies;
  private final EvidenceStore evidence;
  private final Ledger ledger;
  private final Settings settings;
  private final Entities entities;
  private final SecureRandom random;

  Decide(
      Policies policies,
      EvidenceStore evidence,
      Ledger ledger,
      Settings settings,
      SecureRandom random) {
    this.policies = policies;
    this.evidence = evidence;
    this.ledger = ledger;
    this.settings = settings;
    this.entities = new Entities(settings);
    this.random = random;
  }

  /// Rules on a question; the ruling is durable when this comes back.
  ///
  /// @param retryKey the same key with the same question gives the first ruling again
  /// @throws RetryMismatchException if the key came with another question before
  public Decision rule(Caller caller, Asked asked, @Nullable String retryKey) {
    Digest request = asked.digest();
    Digest retry = retryKey == null ? null : retry(caller, retryKey);
    Optional<Ledger.Recorded> before = retry == null ? Optional.empty() : ledger.firstOf(retry);
    if (before.isPresent()) {
      return answer(before.get(), request);
    }

    PolicySnapshot policy = policies.current();
    Optional<Dossier> dossier = asked.artifact().map(evidence::about);
    Facts facts = facts(dossier);
    Ruling ruling = Gate.rule(question(caller, asked), facts, policy);
    Ledger.Recorded recorded =
        ledger.append(
            new Ledger.Draft(
                EntryType.DECISION,
                caller.actor(),
                asked.action().word(),
                subjects(asked),
                ruling.outcome().word(),
                new Digest(ruling.policyDigest()),
                dossier.map(Dossier::digests).orElse(List.of()),
                request,
                retry,
                Bodies.write(ruling, asked, facts, claims(caller), salt())));
    return answer(recorded, request);
  }

  /// A key is its caller's own: two callers with one key never meet.
  private static Digest retry(Caller caller, String retryKey) {
    var actor = caller.actor();
    return Digest.of(actor.kind().word() + "\n" + actor.id() + "\n" + retryKey);
  }

  private Question question(Caller caller, Asked asked) {
    return new Question(
        Entities.principal(caller),
        asked.action(),
        asked.resource(),
        asked.claimed(),
        entities.known(caller, asked.resource()));
  }

  /// Only what we verified ourselves. Whoever asks came with a bound token, exchanged once.
  private Facts facts(Optional<Dossier> about) {
    var sheet = sheet();
    about.ifPresent(dossier -> {
      sheet.artifact(
          dossier.artifact().text(),
          !dossier.statements().isEmpty(),
          dossier.roles(),
          dossier.builder().orElse(null),
          repository(dossier).orElse(null),
          dossier.sourceCommit().orElse(null));
      dossier
          .tests()
          .ifPresent(tests -> sheet.tests(tests.passed(), tests.failed(), tests.skipped()));
    });
    return sheet.facts();
  }

  private static FactSheet sheet() {
    return new FactSheet().trust(true).token(true, true);
  }

  /// By the forge's own number where provenance has it, else by a URL that the operator declared.
  private Optional<String> repository(Dossier dossier) {
    return dossier
        .sourceId()
        .or(() -> dossier.sourceUrl().flatMap(settings::repositoryAt).map(Settings.Repository::id));
  }

  private static List<Subject> subjects(Asked asked) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject(asked.resource().type(), asked.resource().id()));
    asked
        .artifact()
        .filter(_ -> !asked.resource().type().equals("Artifact"))
        .ifPresent(digest -> subjects.add(new Subject("Artifact", digest.text())));
    return subjects;
  }

  private Decision answer(Ledger.Recorded recorded, Digest request) {
    if (!request.equals(recorded.entry().request())) {
      throw new RetryMismatchException();
    }
    return explain(recorded);
  }

  /// What came of handing in a statement.
  public sealed interface Admission {
    /// It was kept, and counts.
    record Admitted(Examined.Counts evidence, Decision decision) implements Admission {}

    /// It was not.
    record Turned(String reason, Decision decision) implements Admission {}
  }

  /// Rules on a statement that is handed in, and keeps it when the ruling lets it in.
  ///
  /// The entry is durable before the statement can count for anything. A crash in between leaves an
  /// entry without statement; handing it in again puts that right.
  public Admission admit(Caller caller, byte[] envelope) {
    Digest digest = Digest.of(envelope);
    Examined examined = evidence.examine(envelope);
    var sheet = sheet();
    // What it is about; a statement that cannot be read is about nothing but itself.
    List<Digest> about =
        switch (examined) {
          case Examined.Counts counts -> {
            sheet.statement(true, true);
            yield counts.subjects();
          }
          case Examined.Refused refused -> {
            sheet.statement(refused.signatureHolds(), false);
            yield List.of(digest);
          }
        };
    var asked =
        new Asked(Action.ATTEST, new EntityRef("Artifact", about.getFirst().text()), Map.of());
    Facts facts = sheet.facts();
    Ruling ruling = Gate.rule(question(caller, asked), facts, policies.current());
    // A policy that would let in what we could not verify does not make it evidence.
    boolean admitted = ruling.allowed() && examined instanceof Examined.Counts;
    String outcome =
        ruling.allowed() && !admitted ? Ruling.Outcome.FORBIDDEN.word() : ruling.outcome().word();
    Ledger.Recorded recorded =
        ledger.append(
            new Ledger.Draft(
                EntryType.EVIDENCE,
                caller.actor(),
                Action.ATTEST.word(),
                about.stream()
                    .limit(MAX_SUBJECTS)
                    .map(subject -> new Subject("Artifact", subject.text()))
                    .toList(),
                outcome,
                new Digest(ruling.policyDigest()),
                List.of(digest),
                digest,
                null,
                Bodies.write(ruling, asked, facts, claims(caller), salt())));
    Decision decision = explain(recorded);
    return switch (examined) {
      case Examined.Counts counts when admitted -> {
        evidence.keep(counts);
        yield new Admission.Admitted(counts, decision);
      }
      case Examined.Counts _ -> new Admission.Turned(String.join("; ", ruling.reasons()), decision);
      case Examined.Refused refused -> new Admission.Turned(refused.reason(), decision);
    };
  }

  /// A recorded ruling with its reasons and its proof.
  public Decision explain(Ledger.Recorded recorded) {
    Digest body = recorded.entry().body();
    Optional<byte[]> kept = body == null ? Optional.empty() : ledger.body(body);
    return new Decision(recorded, kept.map(Bodies::read).orElse(null), ledger.prove(recorded));
  }

  private static Map<String, String> claims(Caller caller) {
    return switch (caller) {
      case Caller.Workload workload -> workload.claims();
      case Caller.Person _, Caller.Machine _ -> Map.of();
    };
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
