package dev.sallyport.credential;

import dev.sallyport.credential.Checked.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads the claims of each CI system into one vocabulary.
///
/// What identifies is immutable: GitHub's `repository_id` and `repository_owner_id`, GitLab's
/// `project_id` and `namespace_id`. `sub` is never parsed: its form changes with the forge's
/// version and can be set by administrators of a repository.
final class CiClaims {
  private static final int MAX_VALUE_CHARS = 1024;
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,18}");

  /// Ours, GitHub's, GitLab's.
  private record Name(String ours, String github, String gitlab) {}

  private static final List<Name> NAMES =
      List.of(
          new Name("repositoryName", "repository", "project_path"),
          new Name("ref", "ref", "ref_path"),
          new Name("refType", "ref_type", "ref_type"),
          new Name("refProtected", "ref_protected", "ref_protected"),
          new Name("commit", "sha", "sha"),
          new Name("environment", "environment", "environment"),
          new Name("event", "event_name", "pipeline_source"),
          new Name("run", "run_id", "pipeline_id"),
          new Name("attempt", "run_attempt", "job_id"),
          new Name("actor", "actor_id", "user_id"),
          new Name("actorName", "actor", "user_login"),
          new Name("pipeline", "job_workflow_ref", "ci_config_ref_uri"),
          new Name("pipelineCommit", "job_workflow_sha", "ci_config_sha"),
          new Name("runner", "runner_environment", "runner_environment"),
          new Name("runnerId", "runner_id", "runner_id"),
          new Name("visibility", "repository_visibility", "project_visibility"));

  private CiClaims() {}

  static Checked<CiToken> read(Jws jws, Issuer issuer, String replayId) {
    return switch (issuer.kind()) {
      case GITHUB -> forge(jws, issuer, replayId, "repository_owner_id", "repository_id");
      case GITLAB -> forge(jws, issuer, replayId, "namespace_id", "project_id");
      case GENERIC -> generic(jws, issuer, replayId);
    };
  }

  private static Checked<CiToken> forge(
      Jws jws, Issuer issuer, String replayId, String ownerClaim, String repositoryClaim) {
    Optional<String> owner = number(jws.payload().get(ownerClaim));
    Optional<String> repository = number(jws.payload().get(repositoryClaim));
    if (owner.isEmpty() || repository.isEmpty()) {
      return Checked.refused(
          Reason.CLAIMS, "token has no `" + ownerClaim + "` or no `" + repositoryClaim + "`");
    }
    boolean github = issuer.kind() == Issuer.Kind.GITHUB;
    Map<String, String> claims = new TreeMap<>();
    for (Name name : NAMES) {
      scalar(jws.payload().get(github ? name.github() : name.gitlab()))
          .ifPresent(value -> claims.put(name.ours(), value));
    }
    claims.put("owner", owner.get());
    claims.put("fork", Boolean.toString(isForeign(jws, github, repository.get())));
    return new Checked.Accepted<>(
        new CiToken(
            issuer.url(),
            issuer.kind(),
            issuer.forge() + "/" + owner.get() + "/" + repository.get(),
            issuer.forge() + "/" + repository.get(),
            replayId,
            Instant.ofEpochSecond(jws.seconds("exp").orElseThrow()),
            claims));
  }

  /// Whether the job runs what somebody without rights here may have written: GitHub's
  /// `pull_request*` events (its token does not say whether a fork was meant), GitLab's merge
  /// requests whose project is not the one the job runs in.
  private static boolean isForeign(Jws jws, boolean github, String repository) {
    if (github) {
      return jws.text("event_name").map(event -> event.startsWith("pull_request")).orElse(true);
    }
    Object ranIn = jws.payload().get("job_project_id");
    return ranIn != null && !number(ranIn).equals(Optional.of(repository));
  }

  private static Checked<CiToken> generic(Jws jws, Issuer issuer, String replayId) {
    Optional<String> subject = jws.text("sub").filter(text -> !text.isBlank());
    if (subject.isEmpty()) {
      return Checked.refused(Reason.CLAIMS, "token has no `sub`");
    }
    String id = TokenVerifier.hex(issuer.url() + "\n" + subject.get()).substring(0, 32);
    return new Checked.Accepted<>(
        new CiToken(
            issuer.url(),
            issuer.kind(),
            issuer.forge() + "/" + id,
            issuer.forge() + "/" + id,
            replayId,
            Instant.ofEpochSecond(jws.seconds("exp").orElseThrow()),
            Map.of("subject", subject.get().substring(0, Math.min(256, subject.get().length())))));
  }

  private static Optional<String> number(@Nullable Object value) {
    return scalar(value).filter(text -> NUMBER.matcher(text).matches());
  }

  /// Text, whole numbers and truth values as text; anything else says nothing.
  static Optional<String> scalar(@Nullable Object value) {
    return switch (value) {
      case String text when !text.isEmpty() && text.length() <= MAX_VALUE_CHARS ->
          Optional.of(text);
      case Integer number -> Optional.of(number.toString());
      case Long number -> Optional.of(number.toString());
      case Boolean truth -> Optional.of(truth.toString());
      case null, default -> Optional.empty();
    };
  }
}
