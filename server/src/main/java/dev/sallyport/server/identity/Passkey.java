package dev.sallyport.server.identity;

import java.time.Instant;
import java.util.Arrays;

/// A person's passkey as it was enrolled.
///
/// @param id base64url of the credential id
/// @param attested the attested credential data (WebAuthn section 6.5.1): authenticator, id, key
/// @param signCount the highest counter seen; synced passkeys always say 0
/// @param backupEligible whether it may be synced, which never changes
public record Passkey(
    String id,
    String person,
    byte[] attested,
    long signCount,
    boolean backupEligible,
    Instant enrolled) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Passkey that
        && id.equals(that.id)
        && person.equals(that.person)
        && Arrays.equals(attested, that.attested)
        && signCount == that.signCount
        && backupEligible == that.backupEligible
        && enrolled.equals(that.enrolled);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return "passkey " + id;
  }
}
