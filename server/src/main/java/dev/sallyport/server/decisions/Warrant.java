package dev.sallyport.server.decisions;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import java.util.Optional;
import java.util.Set;

/// The proof that one question was allowed and stands in the ledger. Only [Decide] makes one, and
/// every act that changes trust takes one.
public final class Warrant {
  private final Caller caller;
  private final Asked asked;
  private final Ruling.Allow allow;
  private final Ledger.Recorded recorded;
  private final Set<EntityRef> touched;

  Warrant(
      Caller caller,
      Asked asked,
      Ruling.Allow allow,
      Ledger.Recorded recorded,
      Set<EntityRef> touched) {
    this.caller = caller;
    this.asked = asked;
    this.allow = allow;
    this.recorded = recorded;
    this.touched = Set.copyOf(touched);
  }

  /// Who was allowed.
  public Caller caller() {
    return caller;
  }

  /// What was asked.
  public Asked asked() {
    return asked;
  }

  /// For rooms below this one.
  public Ruling.Allow allow() {
    return allow;
  }

  /// Its entry.
  public Ledger.Recorded recorded() {
    return recorded;
  }

  /// Everything that a hold could have been on when it was ruled.
  public Set<EntityRef> touched() {
    return touched;
  }

  /// Checks that this is for just this.
  ///
  /// @throws IllegalStateException if it is for something else: a programmer's error
  public Warrant require(Action action, EntityRef resource) {
    if (asked.action() != action || !asked.resource().equals(resource)) {
      throw new IllegalStateException(
          "a warrant to " + asked.action().word() + " is none to " + action.word());
    }
    return this;
  }

  /// Checks that it is about this artifact too.
  ///
  /// @throws IllegalStateException if it is about another: a programmer's error
  public Warrant require(Digest artifact) {
    if (!asked.artifact().equals(Optional.of(artifact))) {
      throw new IllegalStateException("a warrant is for one artifact alone");
    }
    return this;
  }
}
