package dev.sallyport.server.ledger;

/// Who acted, as an entry names it: a kind and an immutable id.
///
/// An id is never personal: a person's is opaque, and the name lies in a body that may be erased.
public record Actor(Kind kind, String id) {
  /// What sort of actor.
  public enum Kind {
    /// A human being.
    PERSON("person"),
    /// A CI job or a service.
    WORKLOAD("workload"),
    /// A host or a runner.
    MACHINE("machine"),
    /// This control plane itself.
    SERVER("server"),
    /// Somebody who proved nothing.
    UNKNOWN("unknown");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /// How it is spelt in entries.
    public String word() {
      return word;
    }

    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no kind of actor `" + word + "`");
    }
  }

  /// The control plane.
  public static final Actor SERVER = new Actor(Kind.SERVER, "sallyport");

  /// Somebody who proved nothing.
  public static final Actor UNKNOWN = new Actor(Kind.UNKNOWN, "unknown");

  public Actor {
    Entry.checkText("actor id", id);
  }
}
