package dev.sallyport.server.console;

import java.util.List;

/// One version of the policy: what it changed, and its text.
///
/// @param inForce whether it is the one in force
/// @param newer whether a later version is there
public record PolicyVersionPage(
    PoliciesPage.Version version,
    boolean inForce,
    boolean newer,
    List<Change> changes,
    List<File> files,
    String formToken) {
  public PolicyVersionPage {
    changes = List.copyOf(changes);
    files = List.copyOf(files);
  }

  /// One policy that this version added, removed or changed.
  public record Change(String id, String kind, String effect, List<Line> lines) {
    public Change {
      lines = List.copyOf(lines);
    }
  }

  /// A line of it.
  ///
  /// @param tone `add`, `gone` or `same`
  public record Line(String tone, String text) {}

  /// A file of the version's text.
  public record File(String name, String text) {}
}
