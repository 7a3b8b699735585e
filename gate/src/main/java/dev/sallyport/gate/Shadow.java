package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.PolicySet;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Policies marked `@shadow("2026-12-31")`: until that day, the day included, they are evaluated
/// and do not count.
///
/// When the day is over a forbid counts; a permit does not before somebody takes its mark off, so
/// that time alone never opens a door. Without a day every mark has run out.
///
/// @param counting the policies that count
/// @param forbids forbids in shadow
/// @param permits permits in shadow
/// @param isThere whether any policy is marked
record Shadow(
    PolicySet counting,
    List<PolicyRef> forbids,
    List<PolicyRef> permits,
    PolicySet triedForbids,
    PolicySet triedPermits,
    boolean isThere,
    @Nullable LocalDate day) {
  /// The annotation.
  static final String MARK = "shadow";

  private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  private static final PolicySet NONE = PolicySet.of(List.of());

  /// Most that one ruling tells.
  private static final int MOST = 100;

  Shadow {
    forbids = List.copyOf(forbids);
    permits = List.copyOf(permits);
  }

  /// How things stand on `day`; null where nobody said which day it is.
  static Shadow of(PolicySet all, Map<String, PolicyRef> refs, @Nullable LocalDate day) {
    if (refs.values().stream().allMatch(ref -> ref.shadow() == null)) {
      return new Shadow(all, List.of(), List.of(), NONE, NONE, false, day);
    }
    var forbids = new ArrayList<PolicyRef>();
    var permits = new ArrayList<PolicyRef>();
    for (Policy policy : all.policies()) {
      PolicyRef ref = ref(refs, policy);
      if (isTried(ref, day)) {
        (ref.forbids() ? forbids : permits).add(ref);
      }
    }
    return new Shadow(
        only(all, policy -> counts(ref(refs, policy), day)),
        forbids,
        permits,
        only(all, policy -> forbids.contains(ref(refs, policy))),
        only(all, policy -> permits.contains(ref(refs, policy))),
        true,
        day);
  }

  private static PolicyRef ref(Map<String, PolicyRef> refs, Policy policy) {
    return Objects.requireNonNull(refs.get(policy.id()));
  }

  private static PolicySet only(PolicySet all, Predicate<Policy> which) {
    return PolicySet.of(all.policies().stream().filter(which).toList());
  }

  private static boolean isTried(PolicyRef ref, @Nullable LocalDate day) {
    LocalDate last = ref.shadow();
    return last != null && day != null && !day.isAfter(last);
  }

  private static boolean counts(PolicyRef ref, @Nullable LocalDate day) {
    return ref.shadow() == null || (ref.forbids() && !isTried(ref, day));
  }

  /// Whether it counts.
  boolean counts(PolicyRef ref) {
    return counts(ref, day);
  }

  /// The last day that a mark names; empty where it names none.
  static Optional<LocalDate> lastDay(String mark) {
    if (!DAY.matcher(mark).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(LocalDate.parse(mark));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /// What those in shadow would have said beside `answer`, which led to an allow or not.
  List<Tried> tried(Asking asking, Answer answer, boolean allowed) {
    if (forbids.isEmpty() && permits.isEmpty()) {
      return List.of();
    }
    boolean wanting = !allowed && answer.errors().isEmpty() && answer.reasons().isEmpty();
    var tried = new ArrayList<Tried>();
    Answer refusing = triedForbids.ask(asking.request(), asking.entities());
    add(tried, forbids, refusing, Tried.Would.FORBID, allowed, allowed);
    Answer permitting = triedPermits.ask(asking.request(), asking.entities());
    add(tried, permits, permitting, Tried.Would.PERMIT, wanting, allowed);
    return tried.stream().limit(MOST).toList();
  }

  private static void add(
      List<Tried> tried,
      List<PolicyRef> policies,
      Answer answer,
      Tried.Would would,
      boolean changesWhereItHolds,
      boolean changesWhereItErrs) {
    for (PolicyRef policy : policies) {
      if (answer.errors().containsKey(policy.id())) {
        tried.add(new Tried(policy, Tried.Would.ERR, changesWhereItErrs));
      } else if (answer.reasons().contains(policy.id())) {
        tried.add(new Tried(policy, would, changesWhereItHolds));
      }
    }
  }
}
