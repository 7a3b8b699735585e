package dev.sallyport.server.console;

import dev.sallyport.gate.PolicyDiff;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.server.decisions.Hits;
import dev.sallyport.server.policies.PolicyVersion;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns versions of policy, and what policies did, into the models of pages.
final class PolicyPages {
  private PolicyPages() {}

  static PoliciesPage policies(
      PolicyVersion inForce,
      PolicySnapshot current,
      Hits.Seen seen,
      List<PolicyVersion> versions,
      String formToken) {
    Map<String, Hits.Hit> hits = new HashMap<>();
    seen.policies().forEach(hit -> hits.put(hit.id(), hit));
    return new PoliciesPage(
        version(inForce),
        current.policies().stream()
            .map(policy -> row(policy, current, Optional.ofNullable(hits.get(policy.id()))))
            .toList(),
        versions.stream().map(PolicyPages::version).toList(),
        current.policies().stream().anyMatch(policy -> policy.shadow() != null),
        Math.max(0, seen.treeSize() - seen.readTo()),
        formToken);
  }

  private static PoliciesPage.Row row(
      PolicyRef policy, PolicySnapshot current, Optional<Hits.Hit> hit) {
    LocalDate last = policy.shadow();
    boolean counts = current.counts(policy.id());
    String state =
        last == null
            ? "in force"
            : counts
                ? "in force, its shadow is over"
                : policy.forbids() ? "in shadow until " + last : "in shadow, permits nothing";
    return new PoliciesPage.Row(
        policy.id(),
        policy.forbids() ? "forbid" : "permit",
        state,
        counts ? "good" : "plain",
        hit.map(PolicyPages::did).orElse(""),
        hit.flatMap(one -> Optional.ofNullable(one.last())).map(Pages::time).orElse(""),
        hit.map(Hits.Hit::lastEntry).orElse(-1L));
  }

  private static String did(Hits.Hit hit) {
    var did = new ArrayList<String>();
    add(did, "let through", hit.allowed());
    add(did, "refused", hit.refused());
    add(did, "was unclear", hit.unclear());
    add(did, "in shadow", hit.shadow());
    return String.join(", ", did);
  }

  private static void add(List<String> did, String what, long times) {
    if (times > 0) {
      did.add(what + " " + times);
    }
  }

  static PoliciesPage.Version version(PolicyVersion version) {
    return new PoliciesPage.Version(
        version.number(),
        version.digest().text(),
        version.origin(),
        version.by(),
        version.reason(),
        version.since().toString(),
        Pages.time(version.since()),
        version.entry());
  }

  static PolicyVersionPage one(
      PolicyVersion version,
      long inForce,
      PolicySnapshot snapshot,
      Optional<PolicySnapshot> before,
      String formToken) {
    return new PolicyVersionPage(
        version(version),
        version.number() == inForce,
        version.number() < inForce,
        before.map(earlier -> changes(earlier, snapshot)).orElse(List.of()),
        snapshot.sources().stream()
            .map(source -> new PolicyVersionPage.File(source.name(), source.text()))
            .toList(),
        formToken);
  }

  private static List<PolicyVersionPage.Change> changes(
      PolicySnapshot before, PolicySnapshot after) {
    return PolicyDiff.between(before, after).stream()
        .map(change ->
            new PolicyVersionPage.Change(
                change.id(),
                change.kind().word(),
                change.forbids() ? "forbid" : "permit",
                change.lines().stream().map(PolicyPages::line).toList()))
        .toList();
  }

  private static PolicyVersionPage.Line line(String text) {
    return new PolicyVersionPage.Line(
        text.startsWith("+") ? "add" : text.startsWith("-") ? "gone" : "same", text);
  }
}
