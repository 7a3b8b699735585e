package dev.sallyport.cli.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A control plane in memory: a ticket counts once, the same nonce gets the same answer, and each
/// end of a deployment is written down once.
final class TinyServer implements ControlPlane {
  private record Used(String nonce, Redemption answer) {}

  final Map<String, Redemption> tickets = new HashMap<>();
  private final Map<String, Used> used = new HashMap<>();
  final Map<String, String> ended = new HashMap<>();
  final Map<PlaceName, String> held = new HashMap<>();
  final Map<PlaceName, String> stop = new HashMap<>();
  final List<String> misuse = new ArrayList<>();
  boolean away;

  @Override
  public List<Offer> work(List<PlaceName> places, int waitSeconds) {
    return List.of();
  }

  @Override
  public Redemption redeem(String ticket, String nonce) {
    if (away) {
      throw new UnreachableException("away");
    }
    Used before = used.get(ticket);
    if (before != null) {
      if (!before.nonce().equals(nonce)) {
        misuse.add("ticket " + ticket + " was handed in twice");
        return new Redemption.Refused("used");
      }
      return before.answer();
    }
    Redemption answer = tickets.getOrDefault(ticket, new Redemption.Refused("unknown"));
    used.put(ticket, new Used(nonce, answer));
    return answer;
  }

  @Override
  public Reply report(List<PlaceReport> places) {
    if (away) {
      throw new UnreachableException("away");
    }
    Set<String> acknowledged = new HashSet<>();
    for (PlaceReport place : places) {
      String deployment = place.deployment();
      if (deployment != null) {
        String before = ended.put(deployment, place.state());
        if (before != null && !before.equals(place.state())) {
          misuse.add(deployment + " ended as " + before + " and as " + place.state());
        }
        acknowledged.add(deployment);
      }
    }
    return new Reply(acknowledged, held, stop);
  }

  @Override
  public void renew() {}
}
