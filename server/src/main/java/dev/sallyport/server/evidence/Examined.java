package dev.sallyport.server.evidence;

import dev.sallyport.attest.Statement;
import dev.sallyport.server.ledger.Digest;
import java.util.List;
import java.util.Set;

/// What came of looking at an envelope that somebody handed in.
public sealed interface Examined {
  /// It counts.
  ///
  /// @param digest of the envelope as handed in
  /// @param roles in which its signers may say this
  /// @param signers their names in the configuration
  /// @param subjects the artifacts it is about
  record Counts(
      Digest digest,
      byte[] envelope,
      Statement statement,
      Set<String> roles,
      List<String> signers,
      List<Digest> subjects)
      implements Examined {
    public Counts {
      roles = Set.copyOf(roles);
      signers = List.copyOf(signers);
      subjects = List.copyOf(subjects);
    }
  }

  /// It does not, and why.
  ///
  /// @param signatureHolds whether at least one configured signer signed it
  record Refused(boolean signatureHolds, String reason) implements Examined {}
}
