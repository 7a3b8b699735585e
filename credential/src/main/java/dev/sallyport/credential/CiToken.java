package dev.sallyport.credential;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/// A verified token of a CI job, in one vocabulary for all CI systems.
///
/// Identity is [#workload] and the ids; names are only for people to read.
///
/// @param issuer whose token it is
/// @param kind how its claims were read
/// @param workload the job's pipeline by immutable ids: forge, owner and repository, such as
///   `github.com/12/345`; for a generic issuer its forge and a digest of `sub`
/// @param repository the repository by immutable id, such as `github.com/345`; for a generic issuer
///   the workload again, which knows no repository
/// @param replayId equal for two uses of one token and no others: from `jti`, else from what was
///   signed
/// @param expires when it ends
/// @param claims what else it says, normalised; see docs/reference/server-api.md
public record CiToken(
    String issuer,
    Issuer.Kind kind,
    String workload,
    String repository,
    String replayId,
    Instant expires,
    Map<String, String> claims) {
  public CiToken {
    claims = Map.copyOf(new TreeMap<>(claims));
  }
}
