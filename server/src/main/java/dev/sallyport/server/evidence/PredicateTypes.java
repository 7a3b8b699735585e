package dev.sallyport.server.evidence;

/// The predicate types that we can place; of any other nobody here may say anything.
final class PredicateTypes {
  static final String SLSA_V1 = "https://slsa.dev/provenance/v1";
  static final String SLSA_V02 = "https://slsa.dev/provenance/v0.2";
  static final String VSA = "https://slsa.dev/verification_summary/v1";
  static final String CYCLONEDX = "https://cyclonedx.org/bom";
  static final String SPDX = "https://spdx.dev/Document";
  static final String TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1";
  static final String VULNERABILITIES_V01 = "https://in-toto.io/attestation/vulns/v0.1";
  static final String VULNERABILITIES_V02 = "https://in-toto.io/attestation/vulns/v0.2";
  static final String OPENVEX = "https://openvex.dev/ns/v0.2.0";
  static final String REVIEW = "https://in-toto.io/attestation/human-review/v0.1";

  private PredicateTypes() {}
}
