package dev.sallyport.credential;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A verified token of a CI job, in one vocabulary for all CI systems.
///
/// Identity is [#workload] and the ids; names are only for people to read.
///
/// @param issuer whose token it is
/// @param kind how its claims were read
/// @param workload the job's pipeline by immutable ids, such as `github:12:345`; for a generic
///   issuer a digest of issuer and `sub`
/// @param repository the repository by immutable id, such as `github:345`; absent for a generic one
/// @param replayId equal for two uses of one token and no others: from `jti`, else from what was
///   signed
/// @param expires when it ends
/// @param claims what else it says, normalised; see docs/reference/caller-claims.md
public record CiToken(
    String issuer,
    Issuer.Kind kind,
    String workload,
    @Nullable String repository,
    String replayId,
    Instant expires,
    Map<String, String> claims) {
  public CiToken {
    claims = Map.copyOf(new TreeMap<>(claims));
  }
}
