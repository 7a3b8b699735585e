package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.PolicySet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What waivers take out of a refusal: forbids by id, each with the waiver that names it, and the
/// want of a permit.
///
/// @param permit the waivers by which the want of a permit does not count: none or one
record Waived(Map<String, Waiver> forbids, List<Waiver> permit) {
  /// Nothing was waived.
  static final Waived NOTHING = new Waived(Map.of(), List.of());

  /// Those of the forbids `ids` that one of `waivers` names with the text that they have today.
  static Waived of(List<String> ids, PolicySnapshot policy, List<Waiver> waivers) {
    var forbids = new LinkedHashMap<String, Waiver>();
    for (String id : ids) {
      waivers.stream()
          .filter(waiver -> !waiver.permits() && waiver.names(policy.ref(id)))
          .findFirst()
          .ifPresent(waiver -> forbids.put(id, waiver));
    }
    return new Waived(forbids, List.of());
  }

  /// What the rest of the policies says; all of them were asked before, so that none of what was
  /// waived hides an error.
  Answer rest(Answer answer, PolicySnapshot policy, Asking asking) {
    if (forbids.isEmpty()) {
      return answer;
    }
    return PolicySet.of(
            policy.set().policies().stream().filter(one -> !forbids.containsKey(one.id())).toList())
        .ask(asking.request(), asking.entities());
  }

  /// The same with the want of a permit taken out too, where one of `waivers` does and names just
  /// the permits that could have held: another permit, or another text of one, is another policy.
  Optional<Waived> andPermit(List<PolicyRef> permits, List<Waiver> waivers) {
    Map<String, String> couldHold =
        permits.stream().collect(Collectors.toMap(PolicyRef::id, PolicyRef::digest));
    return waivers.stream()
        .filter(waiver -> waiver.permits() && waiver.policies().equals(couldHold))
        .findFirst()
        .map(waiver -> new Waived(forbids, List.of(waiver)));
  }

  /// The ids of the waivers.
  List<String> waivers() {
    return Stream.concat(forbids.values().stream(), permit.stream())
        .map(Waiver::id)
        .distinct()
        .toList();
  }

  /// A sentence for each thing that was waived.
  List<String> reasons() {
    var reasons = new ArrayList<String>();
    forbids.forEach((id, waiver) ->
        reasons.add(
            "forbid `%s` is waived by `%s`: %s".formatted(id, waiver.id(), waiver.reason())));
    permit.forEach(waiver ->
        reasons.add(
            "the want of a permit is waived by `%s`: %s".formatted(waiver.id(), waiver.reason())));
    return reasons;
  }
}
