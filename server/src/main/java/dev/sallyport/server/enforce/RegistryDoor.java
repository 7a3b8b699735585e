package dev.sallyport.server.enforce;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Hold;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.evidence.EvidenceStore;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.releases.Releases;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.StandingUnknownException;
import dev.sallyport.server.steps.StepDesk;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Who may do what at the door, asked of those who decide.
@Component
final class RegistryDoor {
  /// The control plane, when it hands in what it saw itself.
  private static final Caller.Machine SELF = new Caller.Machine("sallyport", Caller.Seen.NOTHING);

  private final Settings settings;
  private final Decide decide;
  private final Standing standing;
  private final Runs runs;
  private final StepDesk steps;
  private final EvidenceStore evidence;
  private final PublishedStore published;
  private final Releases releases;
  private final Clock clock;

  RegistryDoor(
      Settings settings,
      Decide decide,
      Standing standing,
      Runs runs,
      StepDesk steps,
      EvidenceStore evidence,
      PublishedStore published,
      Releases releases,
      Clock clock) {
    this.settings = settings;
    this.decide = decide;
    this.standing = standing;
    this.runs = runs;
    this.steps = steps;
    this.evidence = evidence;
    this.published = published;
    this.releases = releases;
    this.clock = clock;
  }

  /// The registry behind the door.
  ///
  /// @throws OciException if there is none, or no such repository in it
  Settings.Registry registry(String name) {
    Settings.Registry registry = settings.registry();
    if (registry == null || !registry.repositories().containsKey(name)) {
      throw new OciException(404, "NAME_UNKNOWN", "no such repository behind this door");
    }
    return registry;
  }

  /// Lets pull, or refuses: by the credential, and by holds on the visitor and on what it wants.
  void requirePull(Visitor visitor, String name, List<Digest> wanted) {
    registry(name);
    if (!visitor.mayPull(name)) {
      throw OciException.denied("this token does not name this repository for pulling");
    }
    if (visitor instanceof Visitor.Host(Caller.Machine machine)
        && !releases.sentTo(machine, name)) {
      throw OciException.denied("nothing of this repository was ever deployed to this host");
    }
    requireFree(visitor, wanted);
  }

  /// Lets push, as far as credential and holds go; what goes in is ruled on apart.
  Visitor.Run requirePush(Visitor visitor, String name) {
    Settings.Registry registry = registry(name);
    if (!(visitor instanceof Visitor.Run run)) {
      throw OciException.denied("a machine may only pull");
    }
    if (!run.token().repository().equals(name) || !run.token().actions().contains("push")) {
      throw OciException.denied("this token does not name this repository for pushing");
    }
    if (!run.caller().repository().equals(registry.repositories().get(name))) {
      throw OciException.denied("`" + name + "` is another repository's");
    }
    requireFree(visitor, List.of());
    return run;
  }

  /// Refuses whatever is held; also where nobody can say how things stand.
  void requireFree(Visitor visitor, List<Digest> artifacts) {
    Set<EntityRef> things = visitor.things();
    artifacts.forEach(digest -> things.add(artifact(digest)));
    try {
      List<Hold> holds = standing.on(things);
      if (!holds.isEmpty()) {
        Hold first = holds.getFirst();
        throw OciException.denied("on hold: " + first.on().type() + ": " + first.reason());
      }
    } catch (StandingUnknownException e) {
      throw new OciException(503, "DENIED", "how things stand is not known now");
    }
  }

  private static EntityRef artifact(Digest digest) {
    return new EntityRef("Artifact", digest.text());
  }

  /// Notes bytes that a run sent and whose digest was computed here.
  void streamed(Visitor.Run run, Digest digest) {
    run.caller().run().ifPresent(id -> runs.streamed(digest, id, clock.instant()));
  }

  /// Asks whether a manifest may be published. Before that, what we saw of its build ourselves is
  /// put into evidence; it counts like any other statement, for what it says.
  ///
  /// @param tag under which it is pushed; null where by its digest
  /// @throws OciException if not
  Warrant publish(Visitor.Run run, String name, ManifestText manifest, @Nullable String tag) {
    for (Digest child : manifest.children()) {
      if (!published.isPublished(name, child)) {
        throw new OciException(
            404, "MANIFEST_BLOB_UNKNOWN", "`" + child + "` was not published here itself");
      }
    }
    // What was withdrawn does not come back in another wrapping.
    requireFree(run, manifest.blobs());
    Digest digest = manifest.digest();
    streamed(run, digest);
    // Only of the run that built these bytes first: whoever sends them once more, from another
    // commit
    // or repository, must not make unclear where they came from.
    run.caller()
        .run()
        .filter(id -> runs.about(digest).filter(origin -> origin.run().equals(id)).isPresent())
        .flatMap(id -> steps.provenance(digest, id, name))
        .filter(statement -> !evidence.about(digest).digests().contains(Digest.of(statement)))
        .ifPresent(statement -> decide.admit(SELF, statement));

    var claims = new TreeMap<String, Object>(Map.of("registry", name));
    if (tag != null) {
      claims.put("version", tag);
    }
    var touches = new ArrayList<EntityRef>();
    manifest.children().forEach(child -> touches.add(artifact(child)));
    if (manifest.subject() != null) {
      touches.add(artifact(manifest.subject()));
    }
    // A registry token is a bearer token, and the ruling shall know.
    var known = new Known(touches, List.of(), sheet -> sheet.token(false, false));
    var asked = new Asked(Action.PUBLISH, artifact(digest), claims);
    return switch (decide.enforce(run.caller(), asked, known, null)) {
      case Enforced.Allowed(Warrant warrant, _) ->
          warrant.require(Action.PUBLISH, artifact(digest)).require(digest);
      case Enforced.Denied(_, var ruling) ->
          throw new OciException(
              403, "DENIED", String.join("; ", ruling.reasons()), ruling.advice());
    };
  }

  /// Notes what went in.
  void published(String name, Warrant warrant, ManifestText manifest) {
    warrant.require(manifest.digest());
    published.published(name, manifest.digest(), warrant.recorded().index());
  }
}
