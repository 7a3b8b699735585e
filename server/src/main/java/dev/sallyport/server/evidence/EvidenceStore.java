package dev.sallyport.server.evidence;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.EvidenceException;
import dev.sallyport.attest.Statement;
import dev.sallyport.keys.VerifyingKey;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.Settings.Signer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/// Takes statements, keeps them by digest, and says which of them count for an artifact.
///
/// Nothing is believed for having been stored: each envelope is verified again, against the signers
/// configured now, every time it is to count. A signer taken out of the configuration stops
/// counting at once.
@Component
public final class EvidenceStore {
  /// Most bytes an envelope may have.
  public static final int MAX_BYTES = 1024 * 1024;

  private static final int MAX_SUBJECTS = 100;
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Set<String> REVIEWERS =
      Set.of(SignerRole.REVIEW.word(), SignerRole.SCAN.word());

  /// More than so many envelopes about one artifact: something is wrong, and nothing is known.
  private static final int MAX_ENVELOPES = 200;

  private final Settings settings;
  private final EnvelopeStore envelopes;
  private final Clock clock;

  EvidenceStore(Settings settings, EnvelopeStore envelopes, Clock clock) {
    this.settings = settings;
    this.envelopes = envelopes;
    this.clock = clock;
  }

  /// Looks at an envelope: who of the configured signers signed it, and may they say this?
  public Examined examine(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      return new Examined.Refused(false, "envelope is larger than " + MAX_BYTES + " bytes");
    }
    try {
      Envelope envelope = Envelope.parse(bytes);
      Set<VerifyingKey> keys =
          envelope.signers(settings.signers().stream().map(Signer::key).toList());
      if (keys.isEmpty()) {
        return new Examined.Refused(false, "no configured signer signed it");
      }
      return examine(bytes, Statement.of(envelope), keys);
    } catch (EvidenceException e) {
      return new Examined.Refused(false, String.valueOf(e.getMessage()));
    }
  }

  private Examined examine(byte[] bytes, Statement statement, Set<VerifyingKey> keys) {
    Set<String> roles = new TreeSet<>();
    List<String> names = new ArrayList<>();
    for (Signer signer : settings.signers()) {
      if (keys.contains(signer.key())) {
        names.add(signer.name());
        signer.roles().stream()
            .filter(role -> SignerRole.maySay(role, statement.predicateType()))
            .forEach(roles::add);
      }
    }
    if (roles.isEmpty()) {
      return new Examined.Refused(
          true, "its signers may not say `" + statement.predicateType() + "`");
    }
    Set<Digest> subjects = new LinkedHashSet<>();
    Set<String> commits = new LinkedHashSet<>();
    for (Statement.Subject subject : statement.subjects()) {
      String hex = subject.digests().getOrDefault("sha256", "").toLowerCase(Locale.ROOT);
      String commit = subject.digests().getOrDefault("gitCommit", "").toLowerCase(Locale.ROOT);
      if (Digest.isDigest("sha256:" + hex)) {
        subjects.add(new Digest("sha256:" + hex));
      } else if (statement.predicateType().equals(PredicateTypes.VSA) && isCommit(commit)) {
        commits.add(commit);
      } else {
        return new Examined.Refused(true, "a subject has no sha256 digest");
      }
    }
    if (subjects.size() + commits.size() > MAX_SUBJECTS) {
      return new Examined.Refused(true, "it is about more than " + MAX_SUBJECTS + " artifacts");
    }
    return new Examined.Counts(
        Digest.of(bytes),
        bytes,
        statement,
        roles,
        names,
        List.copyOf(subjects),
        List.copyOf(commits));
  }

  private static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  static String commitKey(String commit) {
    return "gitCommit:" + commit;
  }

  /// Keeps what was examined.
  public void keep(Examined.Counts evidence) {
    envelopes.keep(evidence.digest(), evidence.envelope(), evidence.keys(), clock.instant());
  }

  /// What counts today for an artifact.
  public Dossier about(Digest artifact) {
    List<byte[]> stored = envelopes.about(artifact.text(), MAX_ENVELOPES + 1);
    if (stored.size() > MAX_ENVELOPES) {
      return new Dossier(artifact, List.of());
    }
    var counting = new ArrayList<Examined.Counts>();
    for (byte[] envelope : stored) {
      if (examine(envelope) instanceof Examined.Counts counts
          && counts.subjects().contains(artifact)) {
        counting.add(counts);
      }
    }
    return new Dossier(artifact, counting);
  }

  /// Whether a commit passed the push rules: a verification summary about it, signed today in role
  /// `review` or `scan`, says so and none says otherwise. Where there is none, nothing is known.
  public Optional<Boolean> reviewed(String commit) {
    String known = commit.toLowerCase(Locale.ROOT);
    if (!isCommit(known)) {
      return Optional.empty();
    }
    List<byte[]> stored = envelopes.about(commitKey(known), MAX_ENVELOPES + 1);
    if (stored.size() > MAX_ENVELOPES) {
      return Optional.empty();
    }
    return stored.stream()
        .flatMap(envelope ->
            examine(envelope) instanceof Examined.Counts counts
                    && counts.commits().contains(known)
                    && counts.roles().stream().anyMatch(REVIEWERS::contains)
                ? Stream.of(counts.statement())
                : Stream.empty())
        .map(statement ->
            statement.predicate().path("verificationResult").asString("").equals("PASSED"))
        .reduce(Boolean::logicalAnd);
  }
}
