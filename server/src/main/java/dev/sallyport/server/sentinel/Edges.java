package dev.sallyport.server.sentinel;

import dev.sallyport.detect.Event;
import dev.sallyport.detect.Thing;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.ledger.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads edges out of one entry: pure, so that the whole graph can be made again from the ledger.
///
/// | from | to | kind | when |
/// | --- | --- | --- | --- |
/// | Person | Run | `started` | the run's token says who started it |
/// | Repository | Run | `has` | always |
/// | Runner | Run | `executed` | enforced where the run's token says which runner |
/// | Run | Runner | `ran-on` | the same: it could have left something behind there |
/// | Key | Run | `used-by` | the run proved to hold the key |
/// | Run | Key | `held` | the same |
/// | Run | Token | `minted` | and Token to Run `used-by` |
/// | Run | Secret | `read` | a lease or an enforced ruling; Secret to Run `read-by` |
/// | Run | Artifact | `built` | claimed by its step, or enforced when a door saw it |
/// | Run | Artifact | `published` | as the ruling was |
/// | Run | Environment | `deployed-to` | a deploy was allowed |
/// | Dependency | Run | `used-in` | its lock files name it: claimed |
/// | Key | Artifact | `signed` | a statement about it was admitted |
/// | Artifact | Place, Service, Environment, Machine | `runs-at` | a deployment went live |
/// | Service, Environment, Machine | Place | `holds` | the same |
final class Edges {
  static final String PLACE = "Place";
  private static final int MAX_ID = 1024;
  private static final int MAX_DEPENDENCIES = 5000;
  private static final int MAX_PRODUCTS = 200;

  private final List<Edge> edges = new ArrayList<>();
  private final Event event;

  private Edges(Event event) {
    this.event = event;
  }

  /// All edges of an entry.
  static List<Edge> of(Event event, Map<?, ?> body) {
    var edges = new Edges(event);
    edges.read(body);
    return List.copyOf(edges.edges);
  }

  /// How a service in an environment is called.
  static EntityRef place(String service, String environment) {
    return new EntityRef(PLACE, service + "@" + environment);
  }

  private void read(Map<?, ?> body) {
    String run = event.id("Run");
    if (run != null && touches()) {
      run(new EntityRef("Run", run));
    }
    switch (event.type()) {
      case "step" -> step(run, body);
      case "deployment" -> deployment();
      case "evidence" -> evidence(body);
      default -> {}
    }
  }

  /// A refusal touched nothing, but that the run was there.
  private boolean touches() {
    return switch (event.type()) {
      case "decision", "step", "token", "secret", "ticket", "deployment" -> true;
      default -> false;
    };
  }

  private void run(EntityRef run) {
    int slash = run.id().lastIndexOf('/');
    if (slash > 0) {
      add(new EntityRef("Repository", run.id().substring(0, slash)), run, "has", true);
    }
    // By whom and where it runs is the run's own; a door's entry names it by its token.
    boolean byRun = event.actor().type().equals("workload");
    boolean runnerProved =
        byRun
            && (event.attribute("runner") != null
                || (event.is("step", "begin") && event.attribute("claimedRunner") == null));
    each("Person", person -> add(person, run, "started", byRun));
    if (byRun || event.type().equals("step")) {
      each(
          "Runner",
          runner -> {
            add(runner, run, "executed", runnerProved);
            add(run, runner, "ran-on", runnerProved);
          });
      each(
          "Key",
          key -> {
            add(key, run, "used-by", true);
            add(run, key, "held", true);
          });
    }
    switch (event.type()) {
      case "decision" -> decision(run);
      case "token" -> {
        if (event.is("token", "mint") && event.letThrough()) {
          each(
              "Token",
              token -> {
                add(run, token, "minted", true);
                add(token, run, "used-by", true);
              });
        }
      }
      case "secret" -> {
        if (event.letThrough()) {
          read(run, true);
        }
      }
      default -> {}
    }
  }

  private void decision(EntityRef run) {
    if (!event.letThrough()) {
      return;
    }
    boolean enforced = "true".equals(event.attribute("enforced"));
    switch (event.action()) {
      case "publish" -> {
        each(
            "Artifact",
            artifact -> {
              add(run, artifact, "published", enforced);
              add(run, artifact, "built", enforced);
            });
      }
      case "deploy" ->
          each("Environment", environment -> add(run, environment, "deployed-to", enforced));
      case "readSecret" -> read(run, enforced);
      default -> {}
    }
  }

  private void read(EntityRef run, boolean enforced) {
    each(
        "Secret",
        secret -> {
          add(run, secret, "read", enforced);
          add(secret, run, "read-by", enforced);
        });
  }

  private void step(@Nullable String run, Map<?, ?> body) {
    if (run == null) {
      return;
    }
    var of = new EntityRef("Run", run);
    each("Artifact", artifact -> add(of, artifact, "built", false));
    // The entry names a few of its products; its body all of them.
    if (body.get("products") instanceof List<?> products) {
      products.stream()
          .limit(MAX_PRODUCTS)
          .map(product -> product instanceof Map<?, ?> one ? one.get("digest") : null)
          .forEach(
              digest -> artifact(digest).ifPresent(artifact -> add(of, artifact, "built", false)));
    }
    if (body.get("dependencies") instanceof List<?> dependencies) {
      dependencies.stream()
          .limit(MAX_DEPENDENCIES)
          .filter(String.class::isInstance)
          .map(purl -> plain((String) purl))
          .filter(purl -> !purl.isEmpty())
          .forEach(purl -> add(new EntityRef("Dependency", purl), of, "used-in", false));
    }
  }

  /// A package URL without qualifiers and subpath: the package and version it names.
  static String plain(String purl) {
    int end = purl.length();
    for (char mark : new char[] {'?', '#'}) {
      int at = purl.indexOf(mark);
      end = at >= 0 ? Math.min(end, at) : end;
    }
    String plain = purl.substring(0, end);
    return plain.length() > MAX_ID ? "" : plain;
  }

  private void deployment() {
    String service = event.id("Service");
    String environment = event.id("Environment");
    if (!event.outcome().equals("live") || service == null || environment == null) {
      return;
    }
    EntityRef place = place(service, environment);
    each(
        "Artifact",
        artifact -> {
          add(artifact, place, "runs-at", true);
          add(artifact, new EntityRef("Service", service), "runs-at", true);
          add(artifact, new EntityRef("Environment", environment), "runs-at", true);
          each("Machine", machine -> add(artifact, machine, "runs-at", true));
        });
    add(new EntityRef("Service", service), place, "holds", true);
    add(new EntityRef("Environment", environment), place, "holds", true);
    each("Machine", machine -> add(machine, place, "holds", true));
  }

  private void evidence(Map<?, ?> body) {
    if (event.outcome().equals("allowed")) {
      each(
          "Key",
          key -> {
            if (key.id().startsWith("sha256:")) {
              each("Artifact", artifact -> add(key, artifact, "signed", true));
              if (body.get("about") instanceof List<?> all) {
                all.stream()
                    .limit(MAX_PRODUCTS)
                    .forEach(
                        digest -> artifact(digest).ifPresent(one -> add(key, one, "signed", true)));
              }
            }
          });
    }
  }

  private static Optional<EntityRef> artifact(@Nullable Object digest) {
    return digest instanceof String text && Digest.isDigest(text)
        ? Optional.of(new EntityRef("Artifact", text))
        : Optional.empty();
  }

  private void each(String type, java.util.function.Consumer<EntityRef> work) {
    for (Thing thing : event.subjects()) {
      if (thing.type().equals(type)) {
        work.accept(new EntityRef(thing.type(), thing.id()));
      }
    }
  }

  private void add(EntityRef from, EntityRef to, String kind, boolean enforced) {
    edges.add(new Edge(from, to, kind, enforced, event.index()));
  }
}
