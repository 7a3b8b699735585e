package dev.sallyport.server.decisions;

import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import java.util.List;
import java.util.function.Consumer;

/// What a door knows of a question from its own looking, besides what the caller says.
///
/// @param touches things that the answer reaches, a hold on any of which refuses; they stand in the
///   entry too
/// @param entities what is known of the things named
/// @param facts fills in facts that the door itself checked
public record Known(List<EntityRef> touches, List<Entity> entities, Consumer<FactSheet> facts) {
  /// Nothing.
  public static final Known NOTHING = new Known(List.of(), List.of(), _ -> {});

  public Known {
    touches = List.copyOf(touches);
    entities = List.copyOf(entities);
  }

  /// Things that are touched, and nothing more.
  public static Known touching(EntityRef... things) {
    return new Known(List.of(things), List.of(), _ -> {});
  }
}
