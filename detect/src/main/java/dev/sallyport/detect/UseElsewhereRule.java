package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A token in use from another network, or with another key, than at first.
///
/// A network is the /24 of an IPv4 and the /48 of an IPv6 address, so that a provider's pool does
/// not count as a journey. One finding for each credential: the second network ends the matter.
final class UseElsewhereRule implements Detector {
  private static final About ABOUT =
      new About(
          "used-elsewhere",
          "A credential is used from another network or with another key than where it was first seen.",
          Severity.HIGH,
          List.of("T1528", "T1550.001"),
          List.of(6));
  private static final String TABLE = ABOUT.id();

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event)) {
      return List.of();
    }
    String credential = credential(event);
    if (credential == null) {
      return List.of();
    }
    String network = Networks.of(event.attribute("network"));
    String key = event.key() == null ? "" : event.key();
    List<String> seen = memory.table(TABLE).get(credential);
    if (seen == null) {
      memory.table(TABLE).put(credential, List.of(network, key, Long.toString(event.index()), ""));
      return List.of();
    }
    boolean moved = differs(seen.get(0), network) || differs(seen.get(1), key);
    boolean told = !seen.get(3).isEmpty();
    memory
        .table(TABLE)
        .put(
            credential,
            List.of(
                first(seen.get(0), network),
                first(seen.get(1), key),
                seen.get(2),
                moved || told ? "told" : ""));
    if (!moved || told) {
      return List.of();
    }
    return List.of(found(event, seen, network));
  }

  private static @Nullable String credential(Event event) {
    String token = event.attribute("token");
    return token == null ? null : "Token " + token;
  }

  private static boolean differs(String first, String now) {
    return !first.isEmpty() && !now.isEmpty() && !first.equals(now);
  }

  private static String first(String known, String now) {
    return known.isEmpty() ? now : known;
  }

  private static Finding found(Event event, List<String> seen, String network) {
    var about = new ArrayList<Thing>();
    about.add(event.actor());
    event.subjects().stream()
        .filter(thing -> thing.type().equals("Run") || thing.type().equals("Key"))
        .forEach(about::add);
    return new Finding(
        ABOUT.id(),
        ABOUT.severity(),
        event.time(),
        event.index(),
        about,
        List.of(Long.parseLong(seen.get(2)), event.index()),
        differs(seen.get(0), network)
            ? "a token first seen in the network " + seen.get(0) + " is used from " + network
            : "a token is used with another key than at first");
  }
}
