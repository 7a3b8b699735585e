package dev.sallyport.server.identity;

import dev.sallyport.server.ledger.Actor;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Who asks, proved. Handed on as an argument, never kept in a thread.
public sealed interface Caller {
  /// With what and from where a caller came; each null where it is not known.
  ///
  /// @param key thumbprint (RFC 7638) of the key that the caller proved to hold
  /// @param token id of the token of ours that was shown
  /// @param address of the network, as our own socket sees it
  record Seen(@Nullable String key, @Nullable String token, @Nullable String address) {
    /// Nothing is known.
    public static final Seen NOTHING = new Seen(null, null, null);
  }

  /// A human being with a session here.
  ///
  /// @param id opaque, never a name
  /// @param owner showed that it can read the server's own folder
  /// @param factorAt when a phishing-resistant factor was last shown; null where none was
  record Person(String id, boolean owner, @Nullable Instant factorAt, Seen seen)
      implements Caller {}

  /// A CI job, by the immutable ids that its issuer vouched for.
  ///
  /// @param id forge, owner and repository
  /// @param repository forge and repository
  /// @param claims what else its issuer says, in the vocabulary of docs/reference/server-api.md
  record Workload(String id, String repository, Map<String, String> claims, Seen seen)
      implements Caller {
    public Workload {
      claims = Map.copyOf(new TreeMap<>(claims));
    }

    /// The run it belongs to: repository and the forge's number of the run.
    public Optional<String> run() {
      return Optional.ofNullable(claims.get("run")).map(number -> repository + "/" + number);
    }

    /// The runner that executes it, where its issuer says which.
    public Optional<String> runner() {
      return Optional.ofNullable(claims.get("runnerId"))
          .map(number -> forge() + "/runner/" + number);
    }

    /// Who or what started the run.
    public Optional<String> startedBy() {
      return Optional.ofNullable(claims.get("actor")).map(number -> forge() + "/" + number);
    }

    private String forge() {
      return repository.substring(0, repository.indexOf('/'));
    }
  }

  /// A host or service that proved itself by its certificate, or a part of this server.
  ///
  /// @param id `host/<name>`, or `sentinel`
  record Machine(String id, Seen seen) implements Caller {}

  /// With what and from where it came.
  Seen seen();

  /// How entries name this caller.
  default Actor actor() {
    return switch (this) {
      case Person person -> new Actor(Actor.Kind.PERSON, person.id());
      case Workload workload -> new Actor(Actor.Kind.WORKLOAD, workload.id());
      case Machine machine -> new Actor(Actor.Kind.MACHINE, machine.id());
    };
  }
}
