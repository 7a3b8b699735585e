package dev.sallyport.server.evidence;

import java.util.Set;

/// What a signer may say: a key in role `test` proves nothing about how something was built.
enum SignerRole {
  BUILD("build"),
  TEST("test"),
  SCAN("scan"),
  REVIEW("review");

  private static final Set<String> OF_BUILD =
      Set.of(
          PredicateTypes.SLSA_V1,
          PredicateTypes.SLSA_V02,
          PredicateTypes.VSA,
          PredicateTypes.CYCLONEDX,
          PredicateTypes.SPDX);
  private static final Set<String> OF_SCAN =
      Set.of(
          PredicateTypes.VULNERABILITIES_V01,
          PredicateTypes.VULNERABILITIES_V02,
          PredicateTypes.VSA,
          PredicateTypes.CYCLONEDX,
          PredicateTypes.SPDX,
          PredicateTypes.OPENVEX);
  private static final Set<String> OF_REVIEW = Set.of(PredicateTypes.VSA, PredicateTypes.REVIEW);

  private final String word;

  SignerRole(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  private boolean maySay(String predicateType) {
    return switch (this) {
      case BUILD -> OF_BUILD.contains(predicateType);
      case TEST -> predicateType.equals(PredicateTypes.TEST_RESULT);
      case SCAN -> OF_SCAN.contains(predicateType);
      case REVIEW -> OF_REVIEW.contains(predicateType);
    };
  }

  static boolean maySay(String role, String predicateType) {
    for (SignerRole known : values()) {
      if (known.word.equals(role)) {
        return known.maySay(predicateType);
      }
    }
    return false;
  }
}
