package dev.sallyport.cedar;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a policy set says of a request, with Cedar's full diagnostics.
///
/// `reasons` are the ids of the policies that decided, in the order of the set; it is empty when
/// nothing permitted. `errors` names each policy that erred, and was skipped, with its message: the
/// first [#MOST_ERRORS] of the set where more did. `erring` is how many did.
public record Answer(
    boolean allowed, List<String> reasons, Map<String, String> errors, int erring) {
  /// Most errors that are named.
  public static final int MOST_ERRORS = 100;

  public Answer {
    reasons = List.copyOf(reasons);
    errors = errors.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(errors));
  }
}
