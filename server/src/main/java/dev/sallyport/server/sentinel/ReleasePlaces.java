package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.releases.Deployment;
import dev.sallyport.server.releases.NoSuchPlaceException;
import dev.sallyport.server.releases.Place;
import dev.sallyport.server.releases.Releases;
import dev.sallyport.server.releases.RunningRelease;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/// Places as the room of releases knows them.
@Component
final class ReleasePlaces implements Places {
  private static final int MAX_LATEST = 1000;

  private final Releases releases;

  ReleasePlaces(Releases releases) {
    this.releases = releases;
  }

  @Override
  public List<At> with(Digest digest) {
    Set<At> places = new LinkedHashSet<>();
    for (RunningRelease running : releases.running()) {
      if (digest.text().equals(running.expected()) || digest.text().equals(running.reported())) {
        places.add(at(running.place()));
      }
    }
    underWay()
        .filter(one -> one.artifact().equals(digest.text()))
        .forEach(one -> places.add(at(one.place())));
    return List.copyOf(places);
  }

  private Stream<Deployment> underWay() {
    return releases.latest(MAX_LATEST).stream().filter(one -> !one.state().isOver());
  }

  private static At at(Place place) {
    return new At(place.service(), place.environment());
  }

  private static Place place(At at) {
    return new Place(at.service(), at.environment());
  }

  @Override
  public List<Digest> at(At place) {
    Stream<String> running =
        releases.running().stream()
            .filter(one -> at(one.place()).equals(place))
            .flatMap(one -> Stream.of(one.expected(), one.reported()))
            .filter(Objects::nonNull);
    Stream<String> coming =
        underWay().filter(one -> at(one.place()).equals(place)).map(Deployment::artifact);
    return Stream.concat(running, coming)
        .filter(Digest::isDigest)
        .distinct()
        .map(Digest::new)
        .toList();
  }

  @Override
  public List<Digest> earlier(At place) {
    return releases.history(place(place)).stream()
        .map(Deployment::artifact)
        .distinct()
        .map(Digest::new)
        .toList();
  }

  @Override
  public Optional<String> rollBack(Warrant warrant, At place, Digest to) {
    try {
      return Optional.of(releases.rollback(warrant, place(place), to.text()).id());
    } catch (NoSuchPlaceException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean stop(Warrant warrant, At place, String reason) {
    return releases.stop(warrant, place(place), reason).isPresent();
  }

  @Override
  public Progress progress(String deployment) {
    return releases
        .find(deployment)
        .<Progress>map(found ->
            switch (found.state()) {
              case ISSUED, REQUESTED, REDEEMED -> new Progress.UnderWay();
              case LIVE, SUPERSEDED -> new Progress.Live();
              case FAILED, UNDONE -> new Progress.Failed(found.detail());
            })
        .orElse(new Progress.Failed("its deployment is not known"));
  }

  @Override
  public List<String> revokeTickets(Warrant warrant, EntityRef thing, String reason) {
    return releases.revokeTickets(warrant, thing, reason).stream().map(Deployment::id).toList();
  }

  @Override
  public boolean isTaken(String ticket) {
    return !releases.proveDead(ticket);
  }
}
