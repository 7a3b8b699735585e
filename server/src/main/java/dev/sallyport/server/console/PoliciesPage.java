package dev.sallyport.server.console;

import java.util.List;

/// The policy in force, what each policy of it did, and the versions before.
///
/// @param shadows whether any policy is in shadow
/// @param unread how many entries of the log are not counted yet
public record PoliciesPage(
    Version inForce,
    List<Row> policies,
    List<Version> versions,
    boolean shadows,
    long unread,
    String formToken) {
  public PoliciesPage {
    policies = List.copyOf(policies);
    versions = List.copyOf(versions);
  }

  /// One version.
  ///
  /// @param instant since when, as a machine reads it; `time` as a person does
  public record Version(
      long number,
      String digest,
      String origin,
      String by,
      String reason,
      String instant,
      String time,
      long entry) {}

  /// One policy of the version in force.
  ///
  /// @param state `in force`, or why it does not count
  /// @param tone how the state is coloured
  /// @param did what it did with the text that it has; empty where nothing yet
  /// @param lastEntry the entry in which it did it last; -1 where never
  public record Row(
      String id,
      String effect,
      String state,
      String tone,
      String did,
      String last,
      long lastEntry) {}
}
