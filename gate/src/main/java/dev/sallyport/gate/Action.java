package dev.sallyport.gate;

import java.util.Arrays;
import java.util.Optional;

/// Every step of delivery that can be asked about; the same list as the actions of the schema, and
/// a test holds the two together.
public enum Action {
  /// Commits enter a repository.
  PUSH("push"),
  /// A change request becomes part of a protected branch.
  MERGE("merge"),
  /// The definition of a pipeline changes: workflow, include, build image.
  CHANGE_PIPELINE("changePipeline"),
  /// Trust itself changes: signers, keys, policy, settings, rights.
  ADMINISTER("administer"),
  /// A run starts and asks for what it needs.
  BUILD("build"),
  /// A test step reports in.
  TEST("test"),
  /// An artifact leaves the pipeline for a registry.
  PUBLISH("publish"),
  /// An artifact enters an environment.
  DEPLOY("deploy"),
  /// An environment returns to an earlier release.
  ROLLBACK("rollback"),
  /// A secret, or a credential minted in its place, is handed out.
  READ_SECRET("readSecret"),
  /// Source is cloned or read.
  READ_SOURCE("readSource"),
  /// One service calls another, or a person a tool behind a door.
  CALL("call"),
  /// A token or certificate is issued.
  MINT("mint"),
  /// A statement is handed in as evidence.
  ATTEST("attest"),
  /// A person puts his name to a change, release or request.
  APPROVE("approve"),
  /// A right is given for a time.
  GRANT("grant"),
  /// A right is taken in an emergency, and seen by all.
  BREAK_GLASS("breakGlass"),
  /// A person starts a session.
  SIGN_IN("signIn"),
  /// Somebody wants to see why: clauses and facts of a ruling.
  EXPLAIN("explain"),
  /// A response: hold, revoke, quarantine.
  CONTAIN("contain"),
  /// A refusal is waived for a time.
  WAIVE("waive");

  private final String word;

  Action(String word) {
    this.word = word;
  }

  /// The id of the action in the schema, as it stands in policies and in JSON.
  public String word() {
    return word;
  }

  /// The action that `word` names; empty for any other word.
  public static Optional<Action> of(String word) {
    return Arrays.stream(values()).filter(action -> action.word.equals(word)).findFirst();
  }
}
