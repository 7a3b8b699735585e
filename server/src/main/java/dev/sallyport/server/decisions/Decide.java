package dev.sallyport.server.decisions;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Facts;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.Hold;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
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
import dev.sallyport.server.runs.Origin;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.standing.SecretDeclarations;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.StandingUnknownException;
import dev.sallyport.server.standing.StandingView;
import dev.sallyport.server.standing.Waivers;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Rules on questions. [#rule] is the whole story: snapshot, facts, gate, ledger, answer.
@Component
public final class Decide {
  private static final int MAX_SUBJECTS = 16;
  private static final int MAX_SIGNERS = 4;
  private static final int MAX_ID = 1024;
  private static final String ALLOWED = Ruling.Outcome.ALLOWED.word();

  /// Kinds of things that entries name as taking part.
  private static final Set<String> ACTING =
      Set.of("Run", "Runner", "Key", "Person", "Token", "Step", "Ticket", "Lease", "Deployment");

  private final Policies policies;
  private final EvidenceStore evidence;
  private final Standing standing;
  private final Waivers waivers;
  private final Runs runs;
  private final Ledger ledger;
  private final Settings settings;
  private final Entities entities;
  private final Clock clock;
  private final SecureRandom random;

  Decide(
      Policies policies,
      EvidenceStore evidence,
      Standing standing,
      Waivers waivers,
      Runs runs,
      SecretDeclarations secrets,
      Ledger ledger,
      Settings settings,
      Clock clock,
      SecureRandom random) {
    this.policies = policies;
    this.evidence = evidence;
    this.standing = standing;
    this.waivers = waivers;
    this.runs = runs;
    this.clock = clock;
    this.ledger = ledger;
    this.settings = settings;
    this.entities = new Entities(settings, secrets);
    this.random = random;
  }

  /// Rules on a question; the ruling is durable when this comes back. It is advice: nothing hangs
  /// on it here.
  ///
  /// @param retryKey the same key with the same question gives the first ruling again
  /// @throws RetryMismatchException if the key came with another question before
  public Decision rule(Caller caller, Asked asked, @Nullable String retryKey) {
    return rule(caller, asked, Known.NOTHING, retryKey, false).decision();
  }

  /// Rules on a question whose answer a door or a credential hangs on.
  ///
  /// With a retry key that led to an allow before, the question is ruled on again by today's policy
  /// and facts, and only an allow both times is one: the entry stays the first.
  ///
  /// @param known what the door knows and the caller did not say
  /// @throws RetryMismatchException if the key came with another question before
  public Enforced enforce(Caller caller, Asked asked, Known known, @Nullable String retryKey) {
    Ruled ruled = rule(caller, asked, known, retryKey, true);
    return ruled.ruling() instanceof Ruling.Allow allow && ruled.decision().allowed()
        ? new Enforced.Allowed(
            new Warrant(
                caller, asked, allow, ruled.decision().recorded(), touched(caller, asked, known)),
            ruled.decision())
        : new Enforced.Denied(ruled.decision(), ruled.ruling());
  }

  private record Ruled(Ruling ruling, Decision decision) {}

  private Ruled rule(
      Caller caller, Asked asked, Known known, @Nullable String retryKey, boolean enforced) {
    Digest request = asked.digest();
    Digest retry = retryKey == null ? null : retry(caller, retryKey, enforced);
    Optional<Ledger.Recorded> before = retry == null ? Optional.empty() : ledger.firstOf(retry);
    if (before.isPresent() && !request.equals(before.get().entry().request())) {
      throw new RetryMismatchException();
    }

    PolicySnapshot policy = policies.current();
    Optional<Dossier> dossier = asked.artifact().map(evidence::about);
    Facts facts = facts(caller, asked, dossier, known);
    Answered answered = answered(caller, asked, known, facts, policy, true);
    Ruling ruling = answered.ruling();
    // A door that refuses today what it allowed before says so in an entry of its own.
    boolean turned =
        enforced
            && !ruling.allowed()
            && before.filter(first -> first.entry().outcome().equals(ALLOWED)).isPresent();
    Ledger.Recorded recorded =
        before
            .filter(_ -> !turned)
            .orElseGet(() ->
                ledger.append(
                    new Ledger.Draft(
                        EntryType.DECISION,
                        caller.actor(),
                        asked.action().word(),
                        subjects(caller, asked, known, waivedBy(ruling)),
                        ruling.outcome().word(),
                        new Digest(ruling.policyDigest()),
                        dossier.map(Dossier::digests).orElse(List.of()),
                        request,
                        turned ? null : retry,
                        Bodies.write(
                            ruling,
                            answered.told(
                                caller, facts, enforced, wouldRefuse(answered, facts, policy)),
                            salt()))));
    if (before.isEmpty() || enforced) {
      // Counted before it is answered: whoever cannot count cannot let through.
      waivers.used(waivedBy(ruling));
    }
    return new Ruled(ruling, answer(recorded, request));
  }

  private static List<String> waivedBy(Ruling ruling) {
    return ruling instanceof Ruling.Allow allow ? allow.waivers() : List.of();
  }

  /// With `observe` in force: what the others would have refused, and which policies of theirs.
  private static Map<String, Object> wouldRefuse(
      Answered answered, Facts facts, PolicySnapshot policy) {
    if (!policy.name().equals(Profile.OBSERVE.word())) {
      return Map.of();
    }
    var refused = new TreeMap<String, Object>();
    Gate.compare(answered.question(), facts)
        .forEach((profile, ruling) -> {
          if (!ruling.allowed()) {
            refused.put(
                profile.word(),
                Map.of(
                    "outcome",
                    ruling.outcome().word(),
                    "policies",
                    ruling.policies().stream().map(PolicyRef::id).toList()));
          }
        });
    return refused.isEmpty() ? Map.of() : Map.of("wouldRefuse", refused);
  }

  /// A ruling with what it was made of.
  ///
  /// @param holds those that refused; empty where policy was asked
  /// @param standingKnown false where nobody could say how things stood, which refused
  private record Answered(
      Question question, Ruling ruling, List<Hold> holds, boolean standingKnown) {
    Bodies.Told told(Caller caller, Facts facts, boolean enforced, Map<String, Object> more) {
      return new Bodies.Told(
          Case.of(question, facts), caller, enforced, holds, standingKnown, more);
    }
  }

  private Answered answered(
      Caller caller,
      Asked asked,
      Known known,
      Facts facts,
      PolicySnapshot policy,
      boolean mayBeWaived) {
    Question question = question(caller, asked, known);
    try {
      StandingView stands = standing.view();
      Instant now = clock.instant();
      List<Hold> holds = stands.on(touched(caller, asked, known), now);
      Ruling ruling =
          Gate.rule(question, facts, policy, holds, mayBeWaived ? stands.waivers(now) : List.of());
      return new Answered(
          question, ruling, holds.stream().filter(hold -> hold.blocks(question)).toList(), true);
    } catch (StandingUnknownException e) {
      return new Answered(
          question,
          Gate.unclear("how things stand could not be looked up", policy),
          List.of(),
          false);
    }
  }

  /// Everything that a hold could be on.
  private Set<EntityRef> touched(Caller caller, Asked asked, Known known) {
    var things = new LinkedHashSet<EntityRef>();
    things.add(Entities.principal(caller));
    things.add(asked.resource());
    asked.artifact().ifPresent(digest -> things.add(new EntityRef("Artifact", digest.text())));
    Caller.Seen seen = caller.seen();
    if (seen.key() != null) {
      things.add(new EntityRef("Key", seen.key()));
    }
    if (seen.token() != null) {
      things.add(new EntityRef("Token", seen.token()));
    }
    if (caller instanceof Caller.Workload workload) {
      things.add(new EntityRef("Repository", workload.repository()));
      workload.run().ifPresent(run -> things.add(new EntityRef("Run", run)));
      workload.runner().ifPresent(runner -> things.add(new EntityRef("Runner", runner)));
      workload.startedBy().ifPresent(person -> things.add(new EntityRef("Person", person)));
      // Many tokens do not say on which runner; the run's steps did.
      workload.run().map(runs::runnersOf).orElse(List.of()).stream()
          .filter(runner -> !runner.isEmpty())
          .forEach(runner -> things.add(new EntityRef("Runner", runner)));
    }
    things.addAll(known.touches());
    return things;
  }

  /// A retry key is its caller's own: two runs of one repository with one retry key never meet, nor
  /// do advice and what is enforced, nor two keys of one run where it is. So nobody acts under
  /// another's entry.
  private static Digest retry(Caller caller, String retryKey, boolean enforced) {
    var actor = caller.actor();
    String run = caller instanceof Caller.Workload workload ? workload.run().orElse("") : "";
    String key = enforced && caller.seen().key() != null ? caller.seen().key() : "";
    return Digest.of(
        String.join(
            "\n",
            enforced ? "enforced" : "advice",
            actor.kind().word(),
            actor.id(),
            run,
            key,
            retryKey));
  }

  private Question question(Caller caller, Asked asked, Known known) {
    return new Question(
        Entities.principal(caller),
        asked.action(),
        asked.resource(),
        asked.claimed(),
        entities.known(caller, asked.resource(), known.entities()));
  }

  /// Only what we verified ourselves.
  private Facts facts(Caller caller, Asked asked, Optional<Dossier> about, Known known) {
    var sheet = sheet(caller);
    if (asked.action() == Action.DEPLOY || asked.action() == Action.ROLLBACK) {
      release(asked, about, sheet);
    }
    about.ifPresent(dossier -> {
      sheet.artifact(
          dossier.artifact().text(),
          !dossier.statements().isEmpty(),
          dossier.roles(),
          dossier.builder().orElse(null),
          repository(dossier).orElse(null),
          dossier.sourceCommit().orElse(null));
      Optional<Origin> origin = runs.about(dossier.artifact());
      origin.ifPresent(seen -> built(seen, sheet));
      tests(dossier, origin)
          .ifPresent(tests -> sheet.tests(tests.passed(), tests.failed(), tests.skipped()));
    });
    if (caller instanceof Caller.Workload workload) {
      sheet.run(null, reviewed(workload).orElse(null), null);
    }
    known.facts().accept(sheet);
    return sheet.facts();
  }

  /// How it was built, as we saw it: of an artifact that no run sent through a door, nothing is.
  private static void built(Origin origin, FactSheet sheet) {
    origin
        .seen()
        .ifPresent(build ->
            sheet.build(
                true,
                origin.built().isPresent(),
                origin.runnerKnown(),
                build.source().reviewed(),
                build.isolation()));
  }

  /// Signed results about the artifact, and what the test steps of its run found on its commit; a
  /// failure in either stays one.
  private static Optional<Dossier.Tests> tests(Dossier dossier, Optional<Origin> origin) {
    return Stream.concat(
            dossier.tests().stream(),
            origin.flatMap(known -> Optional.ofNullable(known.tests())).stream()
                .map(found -> new Dossier.Tests(found.passed(), found.failed(), found.skipped())))
        .reduce((a, b) ->
            new Dossier.Tests(
                a.passed() + b.passed(), a.failed() + b.failed(), a.skipped() + b.skipped()));
  }

  /// Whether the pipeline definition that a run executes, by its token, is that of a commit which
  /// passed the push rules; empty where nobody says.
  public Optional<Boolean> reviewed(Caller.Workload workload) {
    return Optional.ofNullable(workload.claims().get("pipelineCommit")).flatMap(evidence::reviewed);
  }

  /// Whether a release holds today: of an artifact nobody named, nothing is known.
  private void release(Asked asked, Optional<Dossier> about, FactSheet sheet) {
    about.ifPresent(dossier -> {
      String digest = dossier.artifact().text();
      try {
        sheet.release(
            !standing.isBelowFloor(asked.resource().id(), digest),
            dossier.roles().contains("build"),
            standing.view().withdrawn(digest));
      } catch (StandingUnknownException e) {
        // Then nothing is known of it, and absence opens nothing; the ruling says why.
      }
    });
  }

  /// A workload came with a bound token, exchanged once; a person with a session or with our key.
  private FactSheet sheet(Caller caller) {
    var sheet = new FactSheet().trust(true);
    switch (caller) {
      case Caller.Workload _ -> sheet.token(true, true);
      case Caller.Person person -> {
        sheet.local(person.owner());
        Instant shown = person.factorAt();
        if (shown != null) {
          sheet.factor(true, Math.max(0, Duration.between(shown, clock.instant()).toSeconds()));
        }
      }
      case Caller.Machine _ -> {}
    }
    return sheet;
  }

  /// By the forge's own number where provenance has it, else by a URL that the operator declared.
  private Optional<String> repository(Dossier dossier) {
    return dossier
        .sourceId()
        .or(() -> dossier.sourceUrl().flatMap(settings::repositoryAt).map(Settings.Repository::id));
  }

  /// What the entry is about, the resource first; then what else it touches, so that the log alone
  /// says which run and key did what.
  ///
  /// Who acts comes before what is touched: however much that is, it pushes nobody out.
  private static List<Subject> subjects(
      Caller caller, Asked asked, Known known, List<String> waivers) {
    var subjects = new LinkedHashSet<Subject>();
    subjects.add(resource(caller, asked.resource()));
    asked.artifact().ifPresent(digest -> subjects.add(new Subject("Artifact", digest.text())));
    if (caller instanceof Caller.Workload workload) {
      workload.run().ifPresent(run -> subjects.add(new Subject("Run", run)));
      workload.runner().ifPresent(runner -> subjects.add(new Subject("Runner", runner)));
      workload.startedBy().ifPresent(person -> subjects.add(new Subject("Person", person)));
    }
    if (caller.seen().key() != null) {
      subjects.add(new Subject("Key", caller.seen().key()));
    }
    waivers.forEach(waiver -> subjects.add(new Subject("Waiver", waiver)));
    known.touches().forEach(thing -> subjects.add(subject(thing)));
    return subjects.stream().limit(MAX_SUBJECTS).toList();
  }

  /// A run may ask about another run, key or person as it likes, and takes no part of theirs by
  /// that: it is named as asked about, or whoever follows edges would tie the two together.
  private static Subject resource(Caller caller, EntityRef resource) {
    if (!(caller instanceof Caller.Workload) || !ACTING.contains(resource.type())) {
      return subject(resource);
    }
    String text = resource.type() + " " + resource.id();
    return new Subject("Asked", text.length() > MAX_ID ? Digest.of(text).text() : text);
  }

  private static Subject subject(EntityRef thing) {
    return new Subject(thing.type(), thing.id());
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
    var sheet = sheet(caller);
    // What it is about; a statement that cannot be read is about nothing but itself.
    List<Digest> about =
        switch (examined) {
          case Examined.Counts counts -> {
            sheet.statement(true, true);
            yield counts.subjects().isEmpty() ? List.of(digest) : counts.subjects();
          }
          case Examined.Refused refused -> {
            sheet.statement(refused.signatureHolds(), false);
            yield List.of(digest);
          }
        };
    var asked =
        new Asked(Action.ATTEST, new EntityRef("Artifact", about.getFirst().text()), Map.of());
    Facts facts = sheet.facts();
    List<Subject> subjects = statementSubjects(about, examined);
    // A key on hold vouches for nothing more, and nothing more is vouched for what is on hold.
    var touches =
        new Known(
            Stream.concat(
                    about.stream().map(one -> new Subject("Artifact", one.text())),
                    subjects.stream())
                .distinct()
                .map(thing -> new EntityRef(thing.type(), thing.id()))
                .toList(),
            List.of(),
            _ -> {});
    // Nobody waives what makes evidence of a statement.
    Answered answered = answered(caller, asked, touches, facts, policies.current(), false);
    Ruling ruling = answered.ruling();
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
                subjects,
                outcome,
                new Digest(ruling.policyDigest()),
                List.of(digest),
                digest,
                null,
                Bodies.write(
                    ruling,
                    // An entry has room for a few subjects; whoever follows a key wants them all.
                    answered.told(
                        caller,
                        facts,
                        true,
                        Map.of("about", about.stream().map(Digest::text).toList())),
                    salt())));
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

  /// The artifacts, and the keys whose signatures count, so that the log alone says what a key that
  /// was stolen put its name to.
  private List<Subject> statementSubjects(List<Digest> about, Examined examined) {
    var keys = new LinkedHashSet<Subject>();
    if (examined instanceof Examined.Counts counts) {
      settings.signers().stream()
          .filter(signer -> counts.signers().contains(signer.name()))
          .limit(MAX_SIGNERS)
          .forEach(signer -> keys.add(new Subject("Key", "sha256:" + signer.key().keyId())));
    }
    return Stream.concat(
            about.stream()
                .limit(MAX_SUBJECTS - keys.size())
                .map(subject -> new Subject("Artifact", subject.text())),
            keys.stream())
        .toList();
  }

  /// A recorded ruling with its reasons and its proof.
  public Decision explain(Ledger.Recorded recorded) {
    Digest body = recorded.entry().body();
    Optional<byte[]> kept = body == null ? Optional.empty() : ledger.body(body);
    return new Decision(recorded, kept.map(Bodies::read).orElse(null), ledger.prove(recorded));
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
