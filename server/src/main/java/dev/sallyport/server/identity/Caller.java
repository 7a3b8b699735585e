package dev.sallyport.server.identity;

import dev.sallyport.server.ledger.Actor;
import java.util.Map;
import java.util.TreeMap;

/// Who asks, proved. Handed on as an argument, never kept in a thread.
public sealed interface Caller {
  /// A human being with a session here.
  ///
  /// @param id opaque, never a name
  record Person(String id) implements Caller {}

  /// A CI job, by the immutable ids that its issuer vouched for.
  ///
  /// @param id forge, owner and repository
  /// @param repository forge and repository
  /// @param claims what else its issuer says, in the vocabulary of docs/reference/server-api.md
  record Workload(String id, String repository, Map<String, String> claims) implements Caller {
    public Workload {
      claims = Map.copyOf(new TreeMap<>(claims));
    }
  }

  /// A host or service that proved itself by its certificate; nobody makes one yet.
  record Machine(String id) implements Caller {}

  /// How entries name this caller.
  default Actor actor() {
    return switch (this) {
      case Person(String id) -> new Actor(Actor.Kind.PERSON, id);
      case Workload workload -> new Actor(Actor.Kind.WORKLOAD, workload.id());
      case Machine(String id) -> new Actor(Actor.Kind.MACHINE, id);
    };
  }
}
