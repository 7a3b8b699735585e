package dev.sallyport.server.evidence;

import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// Everything that counts for one artifact, and what it says together.
///
/// Where two statements of the same role say different things of the same matter, nothing is known
/// of it: absence never opens a door, a choice between them might.
public record Dossier(Digest artifact, List<Examined.Counts> statements) {
  public Dossier {
    statements = List.copyOf(statements);
  }

  /// Counts of tests, over all results.
  public record Tests(long passed, long failed, long skipped) {}

  /// The digests of the envelopes, as entries name them.
  public List<Digest> digests() {
    return statements.stream().map(Examined.Counts::digest).toList();
  }

  /// The roles in which something is said.
  public Set<String> roles() {
    var roles = new TreeSet<String>();
    statements.forEach(statement -> roles.addAll(statement.roles()));
    return roles;
  }

  /// The builder that the provenance names.
  public Optional<String> builder() {
    return agreed(Provenance::builder);
  }

  /// The repository that the provenance names, as a URL.
  public Optional<String> sourceUrl() {
    return agreed(Provenance::sourceUrl);
  }

  /// The repository that the provenance names, as an id of its forge.
  public Optional<String> sourceId() {
    return agreed(Provenance::sourceId);
  }

  /// The commit that the provenance names.
  public Optional<String> sourceCommit() {
    return agreed(Provenance::commit);
  }

  private Optional<String> agreed(Function<Provenance, Optional<String>> matter) {
    List<Examined.Counts> built =
        statements.stream()
            .filter(statement -> statement.roles().contains(SignerRole.BUILD.word()))
            .toList();
    // What we saw ourselves goes before what others say of it.
    List<Examined.Counts> seen =
        built.stream()
            .filter(statement -> statement.signers().contains(Settings.OWN_SIGNER))
            .toList();
    List<String> said =
        (seen.isEmpty() ? built : seen)
            .stream()
                .flatMap(statement -> Provenance.read(statement.statement()).stream())
                .flatMap(provenance -> matter.apply(provenance).stream())
                .distinct()
                .toList();
    return said.size() == 1 ? Optional.of(said.getFirst()) : Optional.empty();
  }

  /// Test results signed in role `test`; empty where there are none. A failure stays one, however
  /// often the tests were run again for the same digest.
  public Optional<Tests> tests() {
    return statements.stream()
        .filter(statement -> statement.roles().contains(SignerRole.TEST.word()))
        .flatMap(statement -> TestResults.read(statement.statement()).stream())
        .reduce((a, b) ->
            new Tests(a.passed() + b.passed(), a.failed() + b.failed(), a.skipped() + b.skipped()));
  }
}
