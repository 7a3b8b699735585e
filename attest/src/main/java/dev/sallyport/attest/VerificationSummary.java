package dev.sallyport.attest;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A SLSA Verification Summary Attestation (slsa.dev/spec/v1.1/verification_summary), in and out.
///
/// @param verifierId who verified, a URI
/// @param verifierVersion component to version
/// @param timeVerified when
/// @param resourceUri what was verified
/// @param policyUri which policy decided
/// @param policySha256 the policy's digest, hex
/// @param passed whether the policy was satisfied
/// @param verifiedLevels the levels proved; empty when none is claimed
public record VerificationSummary(
    String verifierId,
    Map<String, String> verifierVersion,
    Instant timeVerified,
    String resourceUri,
    String policyUri,
    String policySha256,
    boolean passed,
    List<String> verifiedLevels) {

  /// The predicate type.
  public static final String PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1";

  /// Copies the collections.
  public VerificationSummary {
    verifierVersion = Map.copyOf(verifierVersion);
    verifiedLevels = List.copyOf(verifiedLevels);
  }

  /// The statement about `subjects`.
  public Statement about(List<Statement.Subject> subjects) {
    ObjectNode predicate = StrictJson.MAPPER.createObjectNode();
    ObjectNode verifier = predicate.putObject("verifier");
    verifier.put("id", verifierId);
    ObjectNode version = verifier.putObject("version");
    verifierVersion.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> version.put(entry.getKey(), entry.getValue()));
    predicate.put("timeVerified", timeVerified.toString());
    predicate.put("resourceUri", resourceUri);
    ObjectNode policy = predicate.putObject("policy");
    policy.put("uri", policyUri);
    policy.putObject("digest").put("sha256", policySha256);
    predicate.put("verificationResult", passed ? "PASSED" : "FAILED");
    ArrayNode levels = predicate.putArray("verifiedLevels");
    verifiedLevels.forEach(levels::add);
    predicate.put("slsaVersion", "1.1");
    return new Statement(subjects, PREDICATE_TYPE, predicate);
  }
}
