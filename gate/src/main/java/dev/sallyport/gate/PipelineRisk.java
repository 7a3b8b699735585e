package dev.sallyport.gate;

/// The families of pipeline findings that policies speak of (OWASP CI/CD Top 10).
public enum PipelineRisk {
  /// An action, image or include that is not pinned by digest (CICD-SEC-3).
  UNPINNED("unpinned"),
  /// A privileged trigger that checks out or runs what a stranger sent (CICD-SEC-4).
  DANGEROUS_TRIGGER("dangerousTrigger"),
  /// An untrusted expression inside a script (CICD-SEC-4).
  INJECTION("injection"),
  /// A token that may do more than the job needs (CICD-SEC-5).
  BROAD_PERMISSIONS("broadPermissions"),
  /// A secret handed to a step that is not trusted (CICD-SEC-6).
  EXPOSED_SECRET("exposedSecret"),
  /// A self-hosted runner that strangers can start (CICD-SEC-7).
  SELF_HOSTED_RUNNER("selfHostedRunner"),
  /// Checkout leaves its credential behind for later steps (CICD-SEC-6).
  PERSISTED_CREDENTIALS("persistedCredentials"),
  /// Everything else that the scanner knows.
  OTHER("other");

  private final String word;

  PipelineRisk(String word) {
    this.word = word;
  }

  /// The member of the `pipeline` fact that counts this family.
  public String word() {
    return word;
  }
}
