package dev.sallyport.cedar;

/// The name of an entity: its type, a path like `App::User`, and its id.
public record EntityUid(String type, String id) implements Value {
  /// Whether its type is `Action`, in whatever namespace.
  public boolean isAction() {
    return type.equals("Action") || type.endsWith("::Action");
  }

  @Override
  public String toString() {
    return type + "::" + Value.quoted(id);
  }
}
