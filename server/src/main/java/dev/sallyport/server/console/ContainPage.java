package dev.sallyport.server.console;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an act would do, before anybody does it, and the form that asks for a passkey.
///
/// @param title of the act
/// @param back where the person came from
/// @param action where the form goes
/// @param fields what it carries besides
/// @param options for the browser's passkey dialogue; null where none can be shown
/// @param obstacle why not; null where it can
/// @param problem what went wrong with the try before; null where nothing did
public record ContainPage(
    String title,
    String explanation,
    String back,
    String action,
    List<Field> fields,
    List<IncidentPage.Step> steps,
    String button,
    @Nullable String options,
    @Nullable String obstacle,
    @Nullable String problem,
    String formToken) {
  public ContainPage {
    fields = List.copyOf(fields);
    steps = List.copyOf(steps);
  }

  /// A hidden field.
  public record Field(String name, String value) {}
}
