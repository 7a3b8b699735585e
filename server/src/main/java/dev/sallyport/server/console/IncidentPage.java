package dev.sallyport.server.console;

import java.util.List;

/// One incident: its time line, how far it reaches, and what was done about it.
///
/// @param reach things by what people call them, each with whether a door saw it or somebody only
///   says so
/// @param containable whether there is something left to contain here
public record IncidentPage(
    IncidentsPage.Row incident,
    List<Moment> moments,
    List<Group> reach,
    boolean cut,
    List<Done> responses,
    boolean containable,
    String formToken) {
  public IncidentPage {
    moments = List.copyOf(moments);
    reach = List.copyOf(reach);
    responses = List.copyOf(responses);
  }

  /// Something that happened.
  ///
  /// @param entry where it stands in the log
  public record Moment(
      String instant, String time, String what, String text, String tone, long entry) {}

  /// Things of one sort that it can have reached.
  public record Group(String name, List<Thing> things) {
    public Group {
      things = List.copyOf(things);
    }
  }

  /// One of them.
  public record Thing(String word, String link, boolean enforced) {}

  /// A response and its steps.
  public record Done(String id, String state, String reason, List<Step> steps) {
    public Done {
      steps = List.copyOf(steps);
    }
  }

  /// One step of a response.
  public record Step(String kind, String thing, String state, String tone, String result) {}
}
