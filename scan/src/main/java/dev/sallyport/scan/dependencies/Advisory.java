package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What we keep of one advisory in OSV form (OSV schema 1.7): its names, how bad it is, and which
/// versions of which packages it is about.
///
/// @param aliases the ids by which others know it
/// @param modified when its makers last touched it, as they wrote it
record Advisory(
    String id,
    List<String> aliases,
    String summary,
    @Nullable Severity severity,
    String modified,
    List<Affected> affected) {
  Advisory {
    aliases = List.copyOf(aliases);
    affected = List.copyOf(affected);
  }

  /// One package of an advisory.
  ///
  /// @param versions in every spelling by which they are looked up
  /// @param severity where it differs from the advisory's; null where it isn't said
  record Affected(
      Ecosystem ecosystem,
      String name,
      List<Range> ranges,
      Set<String> versions,
      @Nullable Severity severity) {
    private static final Pattern PLAIN_ZEROS =
        Pattern.compile("^([0-9]+(?:\\.[0-9]+)*?)(?:\\.0+)+$");

    Affected {
      ranges = List.copyOf(ranges);
      var spellings = new HashSet<>(versions);
      versions.forEach(version -> spellings.add(shortest(version)));
      versions = Set.copyOf(spellings);
    }

    /// "Evaluation" of the OSV schema: a version is affected where it is listed or lies in a range.
    ///
    /// @throws IllegalArgumentException where it is in no list and can't be ordered
    boolean affects(String version) {
      if (versions.contains(version) || versions.contains(shortest(version))) {
        return true;
      }
      // No version is named at all: every one is meant (malicious packages).
      if (ranges.isEmpty()) {
        return versions.isEmpty();
      }
      Comparator<String> order = ecosystem.versionOrder();
      for (Range range : ranges) {
        if (range.holds(plain(version), order)) {
          return true;
        }
      }
      return false;
    }

    // 1.0 and 1.0.0 are one version in most ecosystems, and Go writes a `v` before it.
    private static String shortest(String version) {
      String bare = version.startsWith("v") ? version.substring(1) : version;
      return PLAIN_ZEROS.matcher(bare).replaceFirst("$1").toLowerCase(Locale.ROOT);
    }

    private String plain(String version) {
      return ecosystem == Ecosystem.GO && version.startsWith("v") ? version.substring(1) : version;
    }

    /// The lowest version above `version` that is said to be fixed; null where none is.
    @Nullable String fixAbove(String version) {
      Comparator<String> order = ecosystem.versionOrder();
      String lowest = null;
      for (Range range : ranges) {
        for (Event event : range.events) {
          boolean fix =
              event.kind == EventKind.FIXED && order.compare(event.version, plain(version)) > 0;
          if (fix && (lowest == null || order.compare(event.version, lowest) < 0)) {
            lowest = event.version;
          }
        }
      }
      return lowest;
    }
  }

  /// What an event of a range does.
  enum EventKind {
    INTRODUCED,
    FIXED,
    LAST_AFFECTED,
    LIMIT
  }

  record Event(EventKind kind, String version) {}

  /// A range in its ecosystem's order.
  record Range(List<Event> events) {
    Range {
      events = List.copyOf(events);
    }

    /// "Evaluation": go through the events in the order of their versions.
    boolean holds(String version, Comparator<String> order) {
      boolean limited = false;
      boolean below = false;
      for (Event event : events) {
        if (event.kind == EventKind.LIMIT) {
          limited = true;
          below |= event.version.equals("*") || order.compare(version, event.version) < 0;
        }
      }
      if (limited && !below) {
        return false;
      }
      boolean affected = false;
      for (Event event : sorted(order)) {
        switch (event.kind) {
          case INTRODUCED ->
              affected |= event.version.equals("0") || order.compare(version, event.version) >= 0;
          case FIXED -> affected &= order.compare(version, event.version) < 0;
          case LAST_AFFECTED -> affected &= order.compare(version, event.version) <= 0;
          case LIMIT -> {}
        }
      }
      return affected;
    }

    // The sort is stable: at one version the events keep the order in which they are written.
    private List<Event> sorted(Comparator<String> order) {
      var sorted = new ArrayList<>(events);
      sorted.removeIf(event -> event.kind == EventKind.LIMIT);
      sorted.sort((one, two) -> {
        boolean first = one.kind == EventKind.INTRODUCED && one.version.equals("0");
        boolean second = two.kind == EventKind.INTRODUCED && two.version.equals("0");
        if (first || second) {
          return Boolean.compare(second, first);
        }
        return order.compare(one.version, two.version);
      });
      return sorted;
    }
  }
}
