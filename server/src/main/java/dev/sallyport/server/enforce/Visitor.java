package dev.sallyport.server.enforce;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.tokens.RegistryTokens;
import java.util.LinkedHashSet;
import java.util.Set;

/// Who stands at the door of the registry: a run with a token for one repository, or a machine that
/// proved itself by its certificate and may pull.
sealed interface Visitor {
  /// A run.
  record Run(RegistryTokens.Held token) implements Visitor {
    @Override
    public Caller.Workload caller() {
      return token.caller();
    }
  }

  /// A machine.
  record Host(Caller.Machine caller) implements Visitor {}

  /// Who it is.
  Caller caller();

  /// Whether it may pull from a repository, as far as its credential goes.
  default boolean mayPull(String repository) {
    return switch (this) {
      case Run(RegistryTokens.Held held) ->
          held.repository().equals(repository) && held.actions().contains("pull");
      case Host _ -> true;
    };
  }

  /// Everything about it that a hold could be on.
  default Set<EntityRef> things() {
    var things = new LinkedHashSet<EntityRef>();
    switch (this) {
      case Run(RegistryTokens.Held held) -> {
        Caller.Workload workload = held.caller();
        things.add(new EntityRef("Workload", workload.id()));
        things.add(new EntityRef("Repository", workload.repository()));
        things.add(new EntityRef("Token", held.id()));
        workload.run().ifPresent(run -> things.add(new EntityRef("Run", run)));
        workload.runner().ifPresent(runner -> things.add(new EntityRef("Runner", runner)));
        workload.startedBy().ifPresent(person -> things.add(new EntityRef("Person", person)));
        if (workload.seen().key() != null) {
          things.add(new EntityRef("Key", workload.seen().key()));
        }
      }
      case Host(Caller.Machine machine) -> things.add(new EntityRef("Machine", machine.id()));
    }
    return things;
  }
}
