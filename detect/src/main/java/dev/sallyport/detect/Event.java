package dev.sallyport.detect;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One entry of the ledger, as detectors see it.
///
/// @param index its place in the ledger
/// @param time the ledger's
/// @param type what sort of act
/// @param action what was done or asked
/// @param outcome what came of it
/// @param actor who: kind and id
/// @param subjects what it is about, the resource first
/// @param attributes what else is known; absent where it is not
public record Event(
    long index,
    Instant time,
    String type,
    String action,
    String outcome,
    Thing actor,
    List<Thing> subjects,
    Map<String, String> attributes)
    implements Input {
  public Event {
    subjects = List.copyOf(subjects);
    attributes = Map.copyOf(attributes);
  }

  /// Whether it is of this type and action.
  public boolean is(String wantedType, String wantedAction) {
    return type.equals(wantedType) && action.equals(wantedAction);
  }

  /// An attribute, or null where it is not known.
  public @Nullable String attribute(String name) {
    return attributes.get(name);
  }

  /// The first subject of a type.
  public Optional<Thing> subject(String wantedType) {
    return subjects.stream().filter(thing -> thing.type().equals(wantedType)).findFirst();
  }

  /// The id of the first subject of a type, or null where there is none.
  public @Nullable String id(String wantedType) {
    return subject(wantedType).map(Thing::id).orElse(null);
  }

  /// The resource.
  public Thing resource() {
    return subjects.isEmpty() ? actor : subjects.getFirst();
  }

  /// The key that the caller proved to hold; a subject may be another one, as of a statement's
  /// signer.
  public @Nullable String key() {
    String proved = attribute("key");
    return proved == null ? id("Key") : proved;
  }

  /// The repository: itself a subject, else that of the run.
  public @Nullable String repository() {
    String named = id("Repository");
    if (named != null) {
      return named;
    }
    String run = id("Run");
    int slash = run == null ? -1 : run.lastIndexOf('/');
    return run == null || slash < 1 ? null : run.substring(0, slash);
  }

  /// Whether somebody asked and was let through.
  public boolean letThrough() {
    return switch (type) {
      case "decision" -> outcome.equals("allowed");
      case "token" -> outcome.equals("minted");
      case "secret" -> outcome.equals("leased");
      case "ticket" ->
          outcome.equals("issued") || outcome.equals("started") || outcome.equals("redeemed");
      default -> false;
    };
  }

  /// Whether somebody asked and was refused.
  public boolean refused() {
    return switch (type) {
      case "decision" -> !outcome.equals("allowed");
      case "token", "secret", "ticket" -> outcome.equals("refused");
      default -> false;
    };
  }
}
