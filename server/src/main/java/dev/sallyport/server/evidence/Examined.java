package dev.sallyport.server.evidence;

import dev.sallyport.attest.Statement;
import dev.sallyport.server.ledger.Digest;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What came of looking at an envelope that somebody handed in.
public sealed interface Examined {
  /// It counts.
  ///
  /// @param digest of the envelope as handed in
  /// @param roles in which its signers may say this
  /// @param signers their names in the configuration
  /// @param subjects the artifacts it is about
  /// @param commits the commits it is about: only a verification summary is about commits
  record Counts(
      Digest digest,
      byte[] envelope,
      Statement statement,
      Set<String> roles,
      List<String> signers,
      List<Digest> subjects,
      List<String> commits)
      implements Examined {
    public Counts {
      roles = Set.copyOf(roles);
      signers = List.copyOf(signers);
      subjects = List.copyOf(subjects);
      commits = List.copyOf(commits);
    }

    /// Under which names it is found again.
    List<String> keys() {
      return Stream.concat(
              subjects.stream().map(Digest::text), commits.stream().map(EvidenceStore::commitKey))
          .toList();
    }
  }

  /// It does not, and why.
  ///
  /// @param signatureHolds whether at least one configured signer signed it
  record Refused(boolean signatureHolds, String reason) implements Examined {}
}
