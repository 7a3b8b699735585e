package dev.sallyport.gate;

import java.util.List;

/// Cedar's own validator, asked when a user's policy is read for use.
///
/// [ValidatorProcess] runs it; there is no validator that says yes to everything, as a policy that
/// nobody validated is not used.
public sealed interface PolicyValidator permits ValidatorProcess {
  /// What is wrong in `sources`, whose digest is `digest`; empty when the policy is valid.
  List<PolicyRefused.Problem> problems(String digest, List<Source> sources);
}
