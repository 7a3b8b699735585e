package dev.sallyport.cli;

import dev.sallyport.attest.CommitObject;
import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.attest.CommitVerifier;
import dev.sallyport.attest.SignerTrust;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Facts;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.PipelineRisk;
import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.Suppressed;
import dev.sallyport.scan.TextFile;
import dev.sallyport.scan.git.CommitRange;
import dev.sallyport.scan.git.Repository;
import dev.sallyport.scan.git.RepositoryException;
import dev.sallyport.scan.pipeline.Pipeline;
import dev.sallyport.scan.pipeline.PipelineFiles;
import dev.sallyport.scan.secrets.Secrets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One run of `sallyport verify`: look, turn what was seen into facts, ask the policy.
///
/// Trust is read from the base of the range and never from the change itself, so that nobody brings
/// his own keys or policy along in the same push (range R51).
final class Verification {
  /// What the person asked for.
  ///
  /// @param range `A..B`, or null for the default
  /// @param signers the signers named at the terminal
  /// @param profile the profile named at the terminal, or null
  /// @param trustHere whether the judged tree may supply its own trust
  /// @param artifact the artifact to prove, or null
  /// @param advisories the advisories to match against, or null
  record Request(
      @Nullable String range,
      SignerOptions signers,
      @Nullable Profile profile,
      boolean trustHere,
      @Nullable ArtifactProof artifact,
      @Nullable Path advisories) {}

  /// A check that did not come to its end gives no fact, and what is not known does not open.
  private static final String UNFINISHED = "; not finished, see the gaps: the fact stays unknown";

  private static final Comparator<Finding> WORST_FIRST =
      Comparator.comparing(Finding::severity)
          .reversed()
          .thenComparing(Finding::path)
          .thenComparingInt(Finding::line);

  private final Request request;
  private final Instant at;
  private final Progress progress;
  private final List<VerifyReport.Checked> checked = new ArrayList<>();
  private final List<NotChecked> notChecked = new ArrayList<>();
  private final FactSheet sheet = new FactSheet();

  Verification(Request request, Instant at, Progress progress) {
    this.request = request;
    this.at = at;
    this.progress = progress;
  }

  /// Where the trust of this run came from.
  private record TrustSource(String state, String from, DeclaredTrust declared) {}

  /// Judges what the range adds; where history turns out to be unreadable, looks at the working
  /// files at least.
  VerifyReport run(Repository repository) {
    try {
      return judge(repository);
    } catch (RepositoryException.Unreadable e) {
      String why = String.valueOf(e.getMessage());
      return new Verification(request, at, progress)
          .withoutHistory(repository.name(), repository.workingTree(), why, e.hint());
    }
  }

  /// What can be said of files whose history nobody could read: findings, but no facts and no
  /// ruling, since there is neither a change to judge nor a base to trust.
  VerifyReport withoutHistory(String name, Source files, String why, String hint) {
    notChecked.add(new NotChecked("commits", why));
    notChecked.add(new NotChecked("secrets in the history", why));
    notChecked.add(new NotChecked("signers, policy and allowed findings", why));
    List<TextFile> pipelineFiles = new ArrayList<>();
    List<TextFile> lockFiles = new ArrayList<>();
    progress.say("scanning working files");
    Secrets.Result inTree =
        Secrets.builtIn()
            .scan(consumer ->
                files.forEach(file -> {
                  if (mayBePipeline(file.path())) {
                    pipelineFiles.add(file);
                  }
                  if (DependencyCheck.reads(file.path())) {
                    lockFiles.add(file);
                  }
                  consumer.accept(file);
                }));
    Report pipelines = Pipeline.scan(Source.of(pipelineFiles));
    DependencyCheck inventory = DependencyCheck.of(Source.of(lockFiles), request.advisories());
    List<Finding> findings = new ArrayList<>(inTree.report().findings());
    inTree.report().suppressed().forEach(one -> findings.add(one.finding()));
    findings.addAll(pipelines.findings());
    findings.addAll(inventory.findings());
    findings.sort(WORST_FIRST);
    int secrets = inTree.report().findings().size() + inTree.report().suppressed().size();
    checked.add(
        new VerifyReport.Checked(
            "secrets",
            (secrets == 0 ? "none" : secrets + " found")
                + " in "
                + inTree.files()
                + " working files",
            secrets == 0 ? null : Boolean.FALSE));
    int wrong = pipelines.findings().size();
    checked.add(
        new VerifyReport.Checked(
            "pipeline",
            (wrong == 0 ? "nothing found" : wrong + " findings")
                + " in "
                + count(pipelineFiles)
                + " files",
            wrong == 0 ? null : Boolean.FALSE));
    inventory.fill(new FactSheet(), checked);
    notChecked.addAll(inTree.report().notChecked());
    notChecked.addAll(pipelines.notChecked());
    notChecked.addAll(inventory.notChecked());
    return new VerifyReport(
        new VerifyReport.Judged(name, null, null, "working files", hint),
        at,
        new VerifyReport.Trust("unanchored", "nowhere: history could not be read", 0),
        "none",
        "no policy asked",
        Facts.NONE,
        List.of(),
        Map.of(),
        List.copyOf(findings),
        List.of(),
        inventory,
        List.copyOf(checked),
        List.copyOf(new LinkedHashSet<>(notChecked)),
        List.of(),
        Map.of());
  }

  private VerifyReport judge(Repository repository) {
    CommitRange range = repository.range(request.range());
    if (repository.isShallow()) {
      notChecked.add(
          new NotChecked("history before the shallow boundary", "was cut off when it was cloned"));
    }
    TrustSource trust = trust(repository, range);
    notChecked.addAll(trust.declared().problems());
    PolicyChoice policy = policy(trust);

    List<CommitVerdict> commits = new ArrayList<>();
    Map<String, String> subjects = new HashMap<>();
    judgeCommits(repository, range, trust.declared(), commits, subjects);
    Looked looked = look(repository, range, trust.declared());
    sheet.trust(trust.state().equals("anchored"));
    if (request.artifact() != null) {
      checked.add(request.artifact().prove(trust.declared().attesters(), sheet));
    }
    Facts facts = sheet.facts();
    List<VerifyReport.Answer> rulings =
        ask(repository, range, commits, looked, facts, policy.snapshot());
    return new VerifyReport(
        new VerifyReport.Judged(
            repository.name(), range.base(), range.head(), range.chosenBy(), null),
        at,
        new VerifyReport.Trust(trust.state(), trust.from(), trust.declared().declared()),
        policy.snapshot().name(),
        policy.note(),
        facts,
        commits,
        subjects,
        looked.findings(),
        looked.suppressed(),
        looked.inventory(),
        List.copyOf(checked),
        List.copyOf(new LinkedHashSet<>(notChecked)),
        rulings,
        observe(policy.snapshot(), rulings, repository, commits, looked, facts));
  }

  private TrustSource trust(Repository repository, CommitRange range) {
    DeclaredTrust declared;
    String state;
    String from;
    if (range.base() != null) {
      declared = read(repository, range.base());
      state = "anchored";
      from = "base " + range.base().substring(0, 12);
    } else if (request.trustHere()) {
      declared = range.head() == null ? DeclaredTrust.none() : read(repository, range.head());
      state = "here";
      from = "the judged tree itself (--trust-here)";
    } else {
      declared = range.head() == null ? DeclaredTrust.none() : read(repository, range.head());
      state = "unanchored";
      from = "the judged tree itself: the range has no base";
    }
    if (request.signers().given()) {
      declared =
          new DeclaredTrust(
              named(declared.signers()),
              declared.declared(),
              declared.policy(),
              declared.profile(),
              declared.attesters(),
              declared.allowed(),
              declared.problems());
      from += "; signers from the command line";
    }
    return new TrustSource(state, from, declared);
  }

  /// The signers named at the terminal; what the base revokes stays revoked.
  private SignerTrust named(SignerTrust declared) {
    SignerTrust given = request.signers().read();
    return new SignerTrust(
        given.ssh(), given.revoked().and(declared.revoked()), given.pgp(), given.roots());
  }

  private static DeclaredTrust read(Repository repository, String commit) {
    return DeclaredTrust.read(new TreeMap<>(repository.folder(commit, DeclaredTrust.FOLDER)));
  }

  private record PolicyChoice(PolicySnapshot snapshot, String note) {}

  private PolicyChoice policy(TrustSource trust) {
    Profile chosen = request.profile();
    if (chosen != null) {
      return new PolicyChoice(
          PolicySnapshot.builtIn(chosen), "profile " + chosen.word() + ", chosen at the terminal");
    }
    if (!trust.declared().policy().isEmpty()) {
      try {
        return new PolicyChoice(
            PolicySnapshot.read(trust.declared().policy()).at(at), "policy of " + trust.from());
      } catch (PolicyRefused e) {
        throw new UserError(
            "the policy is refused:\n  "
                + e.problems().stream()
                    .map(problem -> Terminal.safe(problem.toString()))
                    .collect(Collectors.joining("\n  ")),
            "mend it, or judge by a profile with --profile baseline");
      }
    }
    Profile declared = trust.declared().profile();
    return declared == null
        ? new PolicyChoice(
            PolicySnapshot.builtIn(Profile.BASELINE), "profile baseline, since none is declared")
        : new PolicyChoice(
            PolicySnapshot.builtIn(declared), "profile " + declared.word() + " of " + trust.from());
  }

  private void judgeCommits(
      Repository repository,
      CommitRange range,
      DeclaredTrust trust,
      List<CommitVerdict> verdicts,
      Map<String, String> subjects) {
    progress.say("verifying " + range.commits().size() + " commits");
    CommitVerifier verifier = new CommitVerifier(trust.signers(), at);
    record Judged(@Nullable CommitVerdict verdict, String subject, @Nullable NotChecked gap) {}
    List<Judged> all =
        range.commits().parallelStream()
            .map(id -> {
              try {
                byte[] raw = repository.rawCommit(id);
                CommitVerdict verdict = verifier.verify(CommitObject.parse(id, raw));
                return new Judged(verdict, subject(raw), null);
              } catch (RepositoryException e) {
                return new Judged(
                    null, "", new NotChecked("commit " + id, String.valueOf(e.getMessage())));
              }
            })
            .toList();
    boolean complete = !repository.isCutOff(range);
    for (Judged one : all) {
      if (one.verdict() == null) {
        complete = false;
        if (one.gap() != null) {
          notChecked.add(one.gap());
        }
      } else {
        verdicts.add(one.verdict());
        subjects.put(one.verdict().id(), one.subject());
      }
    }
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    verdicts.forEach(verdict -> counts.merge(verdict.outcome(), 1, Integer::sum));
    if (complete && range.head() != null) {
      sheet.commits(verdicts);
    }
    StringBuilder text = new StringBuilder();
    counts.forEach((outcome, count) ->
        text.append(text.isEmpty() ? "" : " · ")
            .append(count)
            .append(' ')
            .append(outcome.wireName()));
    boolean good = complete && counts.keySet().stream().allMatch(Outcome.GOOD::equals);
    checked.add(
        new VerifyReport.Checked(
            "commits",
            (text.isEmpty() ? "none in the range" : text.toString()) + (complete ? "" : UNFINISHED),
            good));
  }

  private static String subject(byte[] raw) {
    String text = new String(raw, StandardCharsets.UTF_8);
    int body = text.indexOf("\n\n");
    String message = body < 0 ? "" : text.substring(body + 2).stripLeading();
    int end = message.indexOf('\n');
    String line = end < 0 ? message : message.substring(0, end);
    return line.length() > 120 ? line.substring(0, 119) + "…" : line;
  }

  private static boolean sameBytes(@Nullable TextFile one, TextFile other) {
    return one != null && Arrays.equals(one.bytes(), other.bytes());
  }

  private static List<TextFile> chosen(
      Map<String, TextFile> judged, List<TextFile> changedHere, Predicate<String> wanted) {
    return Stream.concat(judged.values().stream(), changedHere.stream())
        .filter(file -> wanted.test(file.path()))
        .toList();
  }

  private record Looked(
      boolean touchesTrust,
      boolean touchesPipeline,
      List<Finding> findings,
      List<Suppressed> suppressed,
      DependencyCheck inventory) {}

  private Looked look(Repository repository, CommitRange range, DeclaredTrust trust) {
    // Pipelines and lock files are judged as the head of the range has them, whatever is checked
    // out; what lies changed in the working tree of that very commit is judged too.
    Map<String, TextFile> judged = new TreeMap<>();
    List<NotChecked> treeGaps = new ArrayList<>();
    if (range.head() != null) {
      treeGaps.addAll(
          repository
              .tree(range.head(), path -> mayBePipeline(path) || DependencyCheck.reads(path))
              .forEach(file -> judged.put(file.path(), file)));
      // A YAML file of any other name that is a link is no gap of ours.
      treeGaps.removeIf(gap -> isOtherYaml(gap.what()));
    }
    boolean checkedOut = range.head() != null && range.head().equals(repository.checkedOut());
    List<TextFile> changedHere = new ArrayList<>();
    Source tree =
        consumer ->
            repository
                .workingTree()
                .forEach(file -> {
                  if (checkedOut
                      && (mayBePipeline(file.path()) || DependencyCheck.reads(file.path()))
                      && !sameBytes(judged.get(file.path()), file)) {
                    changedHere.add(file);
                  }
                  consumer.accept(file);
                });
    progress.say("scanning working files");
    Secrets secrets = Secrets.builtIn();
    Secrets.Result inTree = secrets.scan(tree);
    progress.say("scanning the range");
    AtomicReference<Repository.Changes> walked = new AtomicReference<>();
    Source history =
        consumer -> {
          walked.set(repository.changes(range, consumer));
          return walked.get().notChecked();
        };
    Secrets.Result inHistory = secrets.scan(history);
    Repository.Changes changes = walked.get();
    List<TextFile> pipelineFiles = chosen(judged, changedHere, Verification::mayBePipeline);
    List<TextFile> lockFiles = chosen(judged, changedHere, DependencyCheck::reads);
    progress.say("reading pipelines");
    Report pipelines = Pipeline.scan(with(pipelineFiles, treeGaps));
    DependencyCheck inventory = DependencyCheck.of(with(lockFiles, treeGaps), request.advisories());

    Accepted accepted =
        accept(
            repository,
            range,
            trust,
            secrets,
            List.of(inTree.report(), inHistory.report(), pipelines));
    List<Finding> findings = new ArrayList<>(accepted.findings());
    findings.addAll(inventory.findings());
    findings.sort(WORST_FIRST);

    long secretCount =
        findings.stream()
            .filter(f -> f.kind() == dev.sallyport.scan.Kind.SECRET)
            .map(Finding::fingerprint)
            .distinct()
            .count();
    boolean secretsComplete = noGap(inTree.report()) && noGap(inHistory.report());
    if (secretsComplete) {
      sheet.secrets(secretCount);
    }
    checked.add(
        new VerifyReport.Checked(
            "secrets",
            (secretCount == 0 ? "none" : secretCount + " found")
                + " in "
                + inTree.files()
                + " working files and "
                + inHistory.files()
                + " blobs of the range"
                + (secretsComplete ? "" : UNFINISHED),
            secretCount == 0 && secretsComplete));
    pipelineFacts(pipelines, findings, count(pipelineFiles));
    inventory.fill(sheet, checked);
    // What could not be walked may have touched anything.
    boolean touchesTrust =
        !changes.complete() || changes.touched().stream().anyMatch(Verification::isTrust);
    boolean touchesPipeline =
        !changes.complete()
            || changes.touched().stream()
                .anyMatch(
                    Pipeline.included(Source.of(pipelineFiles)).or(PipelineFiles::isPipelineFile));
    sheet.change(touchesTrust, touchesPipeline);
    for (Report report : List.of(inTree.report(), inHistory.report(), pipelines)) {
      notChecked.addAll(report.notChecked());
    }
    notChecked.addAll(inventory.notChecked());
    return new Looked(
        touchesTrust, touchesPipeline, List.copyOf(findings), accepted.suppressed(), inventory);
  }

  /// A GitLab pipeline may include any YAML file of its repository: [Pipeline] reads those that one
  /// does.
  private static boolean mayBePipeline(String path) {
    return PipelineFiles.isPipelineFile(path) || path.endsWith(".yml") || path.endsWith(".yaml");
  }

  private static boolean isOtherYaml(String path) {
    return mayBePipeline(path)
        && !PipelineFiles.isPipelineFile(path)
        && !DependencyCheck.reads(path);
  }

  private static int count(List<TextFile> pipelines) {
    return (int)
        pipelines.stream()
            .map(TextFile::path)
            .filter(PipelineFiles::isPipelineFile)
            .distinct()
            .count();
  }

  /// Files in memory, with the gaps of the walk that found them: what could not be read may be one
  /// of them.
  private static Source with(List<TextFile> files, List<NotChecked> gaps) {
    return consumer -> {
      files.forEach(consumer);
      return gaps;
    };
  }

  /// In any case of letters: the folder is one and the same on many a file system.
  private static boolean isTrust(String path) {
    int slash = path.indexOf('/');
    String top = slash < 0 ? path : path.substring(0, slash);
    return top.equalsIgnoreCase(DeclaredTrust.FOLDER);
  }

  /// A submodule is another repository's matter; any other gap means that the check did not come to
  /// its end.
  private static boolean noGap(Report report) {
    return report.notChecked().stream().allMatch(gap -> gap.what().startsWith("submodule "));
  }

  private void pipelineFacts(Report report, List<Finding> findings, int files) {
    Map<PipelineRisk, Integer> counts = new EnumMap<>(PipelineRisk.class);
    int found = 0;
    for (Finding finding : findings) {
      if (finding.kind() == dev.sallyport.scan.Kind.PIPELINE) {
        counts.merge(PipelineRisk.of(finding), 1, Integer::sum);
        found++;
      }
    }
    boolean complete = report.notChecked().isEmpty();
    if (complete) {
      sheet.pipeline(counts);
    }
    StringBuilder text = new StringBuilder();
    if (files == 0) {
      text.append("no pipeline file");
    } else if (found == 0) {
      text.append("nothing found in ").append(files).append(" files");
    } else {
      text.append(found).append(" findings in ").append(files).append(" files");
      counts.forEach(
          (risk, count) -> text.append(" · ").append(count).append(' ').append(risk.word()));
    }
    if (!complete) {
      text.append(UNFINISHED);
    }
    checked.add(new VerifyReport.Checked("pipeline", text.toString(), found == 0 && complete));
  }

  private record Accepted(List<Finding> findings, List<Suppressed> suppressed) {}

  /// A finding counts unless the base allows it: by its list, or by the same comment already there
  /// in the base.
  private static Accepted accept(
      Repository repository,
      CommitRange range,
      DeclaredTrust trust,
      Secrets secrets,
      List<Report> reports) {
    List<Finding> findings = new ArrayList<>();
    List<Suppressed> suppressed = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Map<String, Set<String>> inBase = new HashMap<>();
    for (Report report : reports) {
      for (Finding finding : report.findings()) {
        String reason = trust.allowed().get(finding.fingerprint());
        if (reason != null) {
          suppressed.add(new Suppressed(finding, reason));
        } else if (seen.add(key(finding))) {
          findings.add(finding);
        }
      }
      for (Suppressed one : report.suppressed()) {
        String path = one.finding().path();
        Set<String> allowedThere =
            inBase.computeIfAbsent(path, p -> suppressedInBase(repository, range, secrets, p));
        if (allowedThere.contains(one.finding().fingerprint())) {
          suppressed.add(one);
        } else if (seen.add(key(one.finding()))) {
          findings.add(one.finding());
        }
      }
    }
    return new Accepted(findings, suppressed);
  }

  /// The same secret in the same file is one finding, whether it lies in the tree, in the range, or
  /// in both.
  private static String key(Finding finding) {
    return finding.rule()
        + "\0"
        + finding.path()
        + "\0"
        + finding.fingerprint()
        + (finding.kind() == dev.sallyport.scan.Kind.SECRET ? "" : "\0" + finding.line());
  }

  private static Set<String> suppressedInBase(
      Repository repository, CommitRange range, Secrets secrets, String path) {
    Set<String> allowed = new HashSet<>();
    String base = range.base();
    if (base != null) {
      repository
          .file(base, path)
          .ifPresent(bytes ->
              secrets
                  .scan(new TextFile(path, bytes))
                  .report()
                  .suppressed()
                  .forEach(one -> allowed.add(one.finding().fingerprint())));
    }
    return allowed;
  }

  private List<VerifyReport.Answer> ask(
      Repository repository,
      CommitRange range,
      List<CommitVerdict> commits,
      Looked looked,
      Facts facts,
      PolicySnapshot policy) {
    List<VerifyReport.Answer> answers = new ArrayList<>();
    if (range.head() == null) {
      return answers;
    }
    for (Question question : questions(repository, commits, looked)) {
      Ruling ruling = Gate.rule(question, facts, policy);
      answers.add(
          new VerifyReport.Answer(question.action(), question.resource().toString(), ruling));
    }
    return answers;
  }

  private List<Question> questions(
      Repository repository, List<CommitVerdict> commits, Looked looked) {
    EntityRef principal = principal(commits);
    EntityRef resource = new EntityRef("Repository", repository.name());
    Map<String, Object> claimed = new TreeMap<>();
    if (request.artifact() != null) {
      claimed.put("artifact", request.artifact().digest());
    }
    if (request.advisories() != null) {
      claimed.put("checked", Set.of("advisories"));
    }
    List<Action> actions = new ArrayList<>(List.of(Action.PUSH));
    if (looked.touchesPipeline()) {
      actions.add(Action.CHANGE_PIPELINE);
    }
    if (looked.touchesTrust()) {
      actions.add(Action.ADMINISTER);
    }
    return actions.stream()
        .map(action -> new Question(principal, action, resource, claimed, List.of()))
        .toList();
  }

  /// Who pushes is known only when every commit is proved to be one signer's.
  private static EntityRef principal(List<CommitVerdict> commits) {
    Set<String> signers = new HashSet<>();
    for (CommitVerdict verdict : commits) {
      boolean proved = verdict.outcome() == Outcome.GOOD && verdict.signer() != null;
      signers.add(proved ? String.valueOf(verdict.signer()).toLowerCase(Locale.ROOT) : "");
    }
    boolean one = signers.size() == 1 && !signers.contains("");
    return one
        ? new EntityRef("Person", signers.iterator().next())
        : new EntityRef("Stranger", "unproved");
  }

  /// `observe` lets everything in and says what the others would not have.
  private Map<Profile, Boolean> observe(
      PolicySnapshot policy,
      List<VerifyReport.Answer> rulings,
      Repository repository,
      List<CommitVerdict> commits,
      Looked looked,
      Facts facts) {
    Map<Profile, Boolean> others = new EnumMap<>(Profile.class);
    if (!policy.name().equals(Profile.OBSERVE.word()) || rulings.isEmpty()) {
      return others;
    }
    for (Question question : questions(repository, commits, looked)) {
      Gate.compare(question, facts)
          .forEach(
              (profile, ruling) -> others.merge(profile, ruling.allowed(), Boolean::logicalAnd));
    }
    others.remove(Profile.OBSERVE);
    return others;
  }
}
