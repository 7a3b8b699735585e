package dev.sallyport.gate;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.scan.Severity;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Turns results of checks into facts; the only maker of [Facts].
///
/// Call a method only when its check was really made and came to an end: what is not called stays
/// absent, and absence never opens a door (architecture, section 3). Each method fills one group of
/// the `Facts` record of the vocabulary. A sheet serves one thread and one question.
public final class FactSheet {
  private final Map<String, Object> groups = new TreeMap<>();

  /// Every new commit was judged.
  public FactSheet commits(Collection<CommitVerdict> verdicts) {
    var counts = new TreeMap<String, Integer>();
    verdicts.forEach(verdict -> counts.merge(verdict.outcome().wireName(), 1, Integer::sum));
    return commits(counts);
  }

  /// Every new commit was judged; `outcomes` counts them by the outcome's name in the JSON.
  public FactSheet commits(Map<String, Integer> outcomes) {
    var rest = new TreeMap<>(outcomes);
    var counts = new LinkedHashMap<String, Object>();
    long total = 0;
    for (CommitVerdict.Outcome outcome : CommitVerdict.Outcome.values()) {
      Integer count = rest.remove(outcome.wireName());
      counts.put(member(outcome), count == null ? 0L : (long) count);
      total += count == null ? 0 : count;
    }
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException("no commit outcome `" + rest.firstKey() + "`");
    }
    counts.put("total", total);
    return put("commits", counts);
  }

  /// The range and the tree were searched for secrets, and so many were found.
  public FactSheet secrets(long found) {
    return put("secrets", Map.of("found", found));
  }

  /// Every pipeline definition found was read; `findings` counts what is wrong by family.
  public FactSheet pipeline(Map<PipelineRisk, Integer> findings) {
    var counts = new LinkedHashMap<String, Object>();
    for (PipelineRisk risk : PipelineRisk.values()) {
      counts.put(risk.word(), (long) findings.getOrDefault(risk, 0));
    }
    return put("pipeline", counts);
  }

  /// Dependencies were inventoried into an SBOM of so many components; `unread` counts the lock
  /// files that nobody could read.
  public FactSheet inventory(long components, long unread) {
    return put("inventory", Map.of("components", components, "unread", unread));
  }

  /// The inventory was matched against advisories; `bySeverity` counts those that apply, `unrated`
  /// those without a severity, `malicious` the packages known to be malware, `exploited` the
  /// advisories known to be used by attackers, null where no list of such was asked.
  public FactSheet advisories(
      Map<Severity, Integer> bySeverity, long unrated, long malicious, @Nullable Long exploited) {
    var counts = new LinkedHashMap<String, Object>();
    for (Severity severity : Severity.values()) {
      counts.put(
          severity.name().toLowerCase(Locale.ROOT), (long) bySeverity.getOrDefault(severity, 0));
    }
    counts.put("unrated", unrated);
    counts.put("malicious", malicious);
    putIfKnown(counts, "exploited", exploited);
    return put("advisories", counts);
  }

  /// The change was compared with its base.
  public FactSheet change(boolean touchesTrust, boolean touchesPipeline) {
    return put("change", Map.of("touchesTrust", touchesTrust, "touchesPipeline", touchesPipeline));
  }

  /// Where signers, keys and policy were read from: the base of the change or the server
  /// (`anchored`), or the judged tree itself (not anchored).
  public FactSheet trust(boolean anchored) {
    return put("trust", Map.of("anchored", anchored));
  }

  /// Attestations were checked against the bytes or digest asked about. `digest` is `sha256:<hex>`;
  /// `proved` says that it is the subject of at least one statement whose signature verified;
  /// `roles` are the signer roles of those statements; the rest is what provenance signed in role
  /// `build` says, where there is one. `sourceRepository` is the id of the Repository entity.
  public FactSheet artifact(
      String digest,
      boolean proved,
      Collection<String> roles,
      @Nullable String builder,
      @Nullable String sourceRepository,
      @Nullable String sourceCommit) {
    var group = new LinkedHashMap<String, Object>();
    group.put("digest", digest);
    group.put("proved", proved);
    group.put("roles", new TreeSet<>(roles));
    putIfKnown(group, "builder", builder);
    if (sourceRepository != null) {
      group.put("sourceRepository", new EntityRef("Repository", sourceRepository));
    }
    putIfKnown(group, "sourceCommit", sourceCommit);
    return put("artifact", group);
  }

  /// Test results bound to the digest or commit asked about, signed in a role that may say so.
  public FactSheet tests(long passed, long failed, long skipped) {
    return put("tests", Map.of("passed", passed, "failed", failed, "skipped", skipped));
  }

  /// The caller's token: bound to a key it proved to hold, and seen here for the first time.
  public FactSheet token(boolean bound, boolean firstUse) {
    return put("token", Map.of("bound", bound, "firstUse", firstUse));
  }

  /// The second factor of the person's session: phishing-resistant or not, and its age.
  public FactSheet factor(boolean phishingResistant, long ageSeconds) {
    return put("factor", Map.of("phishingResistant", phishingResistant, "ageSeconds", ageSeconds));
  }

  /// The statement handed in: its signature verified, and its signer's role may say this.
  public FactSheet statement(boolean verified, boolean roleMaySay) {
    return put("statement", Map.of("verified", verified, "roleMaySay", roleMaySay));
  }

  /// The person's device: enrolled with us, and the session bound to its key.
  public FactSheet device(boolean enrolled, boolean bound) {
    return put("device", Map.of("enrolled", enrolled, "bound", bound));
  }

  /// Approvals over the very digest asked about; `independent` counts those of people who are
  /// neither author, pusher, trigger nor an alias of one.
  public FactSheet approvals(long count, long independent) {
    return put("approvals", Map.of("count", count, "independent", independent));
  }

  /// The step that asks: ruled on before it began, and not ended. Null where it is not known;
  /// `isolation` is `same-user`, `own-user` or `container`.
  public FactSheet run(
      @Nullable String step, @Nullable Boolean pipelineReviewed, @Nullable String isolation) {
    var group = new LinkedHashMap<String, Object>();
    putIfKnown(group, "step", step);
    putIfKnown(group, "pipelineReviewed", pipelineReviewed);
    putIfKnown(group, "isolation", isolation);
    return group.isEmpty() ? this : put("run", group);
  }

  /// How the artifact asked about was built, as the control plane saw it; never as anybody said.
  ///
  /// @param seen a door computed the digest from bytes of a run whose build step was permitted
  /// @param succeeded that step ended well
  /// @param runnerKnown its runner is declared or known
  /// @param pipelineReviewed its pipeline definition passed the push rules; null if unknown
  /// @param isolation `same-user`, `own-user` or `container`
  public FactSheet build(
      boolean seen,
      boolean succeeded,
      boolean runnerKnown,
      @Nullable Boolean pipelineReviewed,
      String isolation) {
    var group = new LinkedHashMap<String, Object>();
    group.put("seen", seen);
    group.put("succeeded", succeeded);
    group.put("runnerKnown", runnerKnown);
    putIfKnown(group, "pipelineReviewed", pipelineReviewed);
    group.put("isolation", isolation);
    return put("build", group);
  }

  /// The release asked about was judged anew: not below the floor of its environment, its evidence
  /// verifies today, and whether its digest was withdrawn for ever.
  public FactSheet release(boolean aboveFloor, boolean evidenceHolds, boolean tombstoned) {
    return put(
        "release",
        Map.of("aboveFloor", aboveFloor, "evidenceHolds", evidenceHolds, "tombstoned", tombstoned));
  }

  /// Whether the caller showed that it can read the server's own folder.
  public FactSheet local(boolean owner) {
    return put("local", Map.of("owner", owner));
  }

  /// Every recorded decision that a play over the past reads was put to the policy that is to be
  /// published; so many that were denied would be allowed.
  public FactSheet replay(long opened) {
    return put("replay", Map.of("opened", opened));
  }

  /// The facts so far.
  public Facts facts() {
    return new Facts(groups);
  }

  /// Facts that nobody checked, for [Range] alone: a story of the range says what the checks would
  /// have found. Package-private, and [Range] gives out neither these facts nor a ruling on them,
  /// so that no caller can come by facts other than through the methods above; a test holds it.
  static Facts hypothetical(Map<String, Object> groups) {
    return new Facts(groups);
  }

  private FactSheet put(String group, Map<String, Object> members) {
    groups.put(group, members);
    return this;
  }

  private static void putIfKnown(Map<String, Object> group, String name, @Nullable Object value) {
    if (value != null) {
      group.put(name, value);
    }
  }

  private static String member(CommitVerdict.Outcome outcome) {
    return switch (outcome) {
      case GOOD -> "good";
      case UNSIGNED -> "unsigned";
      case BAD -> "bad";
      case UNKNOWN_SIGNER -> "unknownSigner";
      case EXPIRED -> "expired";
      case REVOKED -> "revoked";
      case NOT_AUTHOR -> "notAuthor";
      case WEB_FLOW -> "webFlow";
      case UNSUPPORTED -> "unsupported";
    };
  }
}
