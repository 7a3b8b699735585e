package dev.sallyport.server.decisions;

import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.standing.SecretDeclarations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What we know of the things a question names: of the caller by its token, of the rest by
/// configuration. Never by what the question says.
final class Entities {
  private static final Set<String> HOSTED = Set.of("github-hosted", "gitlab-hosted");

  private final Settings settings;
  private final SecretDeclarations secrets;

  Entities(Settings settings, SecretDeclarations secrets) {
    this.settings = settings;
    this.secrets = secrets;
  }

  static EntityRef principal(Caller caller) {
    return switch (caller) {
      case Caller.Person person -> new EntityRef("Person", person.id());
      case Caller.Workload workload -> new EntityRef("Workload", workload.id());
      case Caller.Machine machine -> new EntityRef("Machine", machine.id());
    };
  }

  /// @param more what the door knows; of the same thing it goes before what is known here
  List<Entity> known(Caller caller, EntityRef resource, List<Entity> more) {
    var entities = new ArrayList<Entity>(more);
    known(caller, resource).stream()
        .filter(one -> more.stream().noneMatch(given -> given.ref().equals(one.ref())))
        .forEach(entities::add);
    return List.copyOf(entities);
  }

  private List<Entity> known(Caller caller, EntityRef resource) {
    var entities = new ArrayList<Entity>();
    if (caller instanceof Caller.Workload workload) {
      entities.add(workload(workload));
      entities.add(repository(workload.repository()));
    }
    if (resource.type().equals("Environment")) {
      entities.add(environment(resource));
    }
    if (resource.type().equals("Secret")) {
      entities.add(secret(resource));
    }
    if (resource.type().equals("Repository")
        && entities.stream().noneMatch(entity -> entity.ref().equals(resource))) {
      entities.add(repository(resource.id()));
    }
    return List.copyOf(entities);
  }

  private static Entity workload(Caller.Workload workload) {
    var repository = new EntityRef("Repository", workload.repository());
    Map<String, String> claims = workload.claims();
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("repository", repository);
    text(attributes, "ref", claims.get("ref"));
    text(attributes, "workflow", claims.get("pipeline"));
    text(attributes, "environment", claims.get("environment"));
    text(attributes, "event", claims.get("event"));
    text(attributes, "commit", claims.get("commit"));
    text(attributes, "actor", workload.startedBy().orElse(null));
    truth(attributes, "refProtected", claims.get("refProtected"));
    truth(attributes, "fork", claims.get("fork"));
    String runner = claims.get("runner");
    if (runner != null) {
      attributes.put("hostedRunner", HOSTED.contains(runner));
    }
    return new Entity(new EntityRef("Workload", workload.id()), Set.of(repository), attributes);
  }

  private static void text(Map<String, Object> attributes, String name, @Nullable String value) {
    if (value != null) {
      attributes.put(name, value);
    }
  }

  private static void truth(Map<String, Object> attributes, String name, @Nullable String value) {
    if ("true".equals(value) || "false".equals(value)) {
      attributes.put(name, "true".equals(value));
    }
  }

  private Entity repository(String id) {
    var attributes = new LinkedHashMap<String, Object>();
    settings
        .repository(id)
        .ifPresent(repository -> {
          text(attributes, "name", repository.name());
          if (repository.starters() != null) {
            attributes.put("starters", repository.starters());
          }
        });
    return new Entity(new EntityRef("Repository", id), Set.of(), attributes);
  }

  private Entity secret(EntityRef ref) {
    var attributes = new LinkedHashMap<String, Object>();
    var parents = new LinkedHashSet<EntityRef>();
    secrets
        .of(ref.id())
        .ifPresent(declared -> {
          words(attributes, "refs", declared.refs());
          words(attributes, "steps", declared.steps());
          Set<String> repositories = declared.repositories();
          if (repositories != null) {
            attributes.put("repositories", references("Repository", repositories));
          }
          Set<String> environments = declared.environments();
          if (environments != null) {
            parents.addAll(references("Environment", environments));
          }
        });
    return new Entity(ref, parents, attributes);
  }

  private static Set<EntityRef> references(String type, Set<String> ids) {
    return ids.stream().map(id -> new EntityRef(type, id)).collect(Collectors.toUnmodifiableSet());
  }

  private static void words(
      Map<String, Object> attributes, String name, @Nullable Set<String> words) {
    if (words != null) {
      attributes.put(name, words);
    }
  }

  private Entity environment(EntityRef ref) {
    var attributes = new LinkedHashMap<String, Object>();
    Settings.Environment environment = settings.environment(ref.id()).orElse(null);
    if (environment != null) {
      Boolean production = environment.production();
      if (production != null) {
        attributes.put("production", production);
      }
      Set<String> sources = environment.sources();
      if (sources != null) {
        attributes.put("sources", references("Repository", sources));
      }
    }
    return new Entity(ref, Set.of(), attributes);
  }
}
