package dev.sallyport.cli;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.Facts;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Ruling;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Suppressed;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that `sallyport verify` found and ruled; each output format is a function of it.
///
/// @param repository what was judged
/// @param at the time that validity was judged at
/// @param trust where trust came from
/// @param policyName the profile's name or `custom`
/// @param policyNote how the policy was chosen, for people
/// @param facts what was proved
/// @param commits one verdict a commit, newest first
/// @param subjects first line of each commit's message, by id
/// @param findings by severity, worst first
/// @param suppressed findings that the base allows, with its reason
/// @param dependencies what the lock files name and what advisories say of it
/// @param checked what was looked at
/// @param notChecked what was not, and why
/// @param rulings the questions asked and their rulings
/// @param otherProfiles under `observe`: what the other profiles would have said
record VerifyReport(
    Judged repository,
    Instant at,
    Trust trust,
    String policyName,
    String policyNote,
    Facts facts,
    List<CommitVerdict> commits,
    Map<String, String> subjects,
    List<Finding> findings,
    List<Suppressed> suppressed,
    DependencyCheck dependencies,
    List<Checked> checked,
    List<NotChecked> notChecked,
    List<Answer> rulings,
    Map<Profile, Boolean> otherProfiles) {

  /// @param name the remote's address or the folder's name
  /// @param base the commit that trust came from, or null
  /// @param head the newest commit judged, or null
  /// @param range how the range was chosen, for people
  /// @param mend where history could not be read: what the person can do about it; else null
  record Judged(
      String name,
      @Nullable String base,
      @Nullable String head,
      String range,
      @Nullable String mend) {}

  /// @param state `anchored`, `here` (the person said `--trust-here`) or `unanchored`
  /// @param from where signers, keys and policy were read, for people
  /// @param declared how many signers, keys and roots
  record Trust(String state, String from, int declared) {}

  /// @param what the check
  /// @param result what came of it, for people
  /// @param good whether nothing was wrong; null where it is only a count
  record Checked(String what, String result, @Nullable Boolean good) {}

  /// @param purl the package URL
  /// @param name the full name, as its ecosystem writes it
  /// @param version the version
  /// @param path the file that names it
  record Component(String purl, String name, String version, String path) {}

  /// @param action what was asked
  /// @param resource about what
  /// @param ruling the answer
  record Answer(Action action, String resource, Ruling ruling) {}

  List<Component> components() {
    return dependencies.components();
  }

  /// The answer in one word: `allow`, `deny` or `could-not-tell`.
  String verdict() {
    if (trust.state().equals("unanchored") || rulings.isEmpty()) {
      return "could-not-tell";
    }
    return rulings.stream().allMatch(answer -> answer.ruling().allowed()) ? "allow" : "deny";
  }

  /// 0 allow, 1 deny, 2 could not tell.
  int exitCode() {
    return switch (verdict()) {
      case "allow" -> 0;
      case "deny" -> 1;
      default -> 2;
    };
  }
}
