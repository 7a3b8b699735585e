package dev.sallyport.server.ledger;

/// What sort of act an entry records. The list grows; a word never changes its meaning.
public enum EntryType {
  /// The log begins: names its origin.
  GENESIS("genesis"),
  /// A question was ruled on.
  DECISION("decision"),
  /// A statement was handed in.
  EVIDENCE("evidence"),
  /// A token was exchanged.
  TOKEN("token"),
  /// Somebody signed in, or tried to.
  SIGN_IN("sign-in"),
  /// Policy came into force: at each start, and when it changes.
  POLICY("policy"),
  /// A step of a run began or ended.
  STEP("step"),
  /// A secret was put, declared, leased, or a lease ended.
  SECRET("secret"),
  /// A deploy ticket was issued, started, redeemed or revoked.
  TICKET("ticket"),
  /// A deployment changed its state.
  DEPLOYMENT("deployment"),
  /// A host's agent was enrolled, reports something else than before, or fell silent.
  AGENT("agent"),
  /// A thing is held, withdrawn for ever, or let go.
  HOLD("hold"),
  /// A refusal is waived for a time, or its waiver is ended.
  WAIVER("waiver"),
  /// A detector saw something.
  FINDING("finding"),
  /// Findings about one matter: opened, grown, closed.
  INCIDENT("incident"),
  /// A response, or one step of it.
  RESPONSE("response"),
  /// An export to elsewhere changed its state.
  EXPORT("export");

  private final String word;

  EntryType(String word) {
    this.word = word;
  }

  /// How it is spelt in entries.
  public String word() {
    return word;
  }

  static EntryType of(String word) {
    for (EntryType type : values()) {
      if (type.word.equals(word)) {
        return type;
      }
    }
    throw new IllegalArgumentException("no entry type `" + word + "`");
  }
}
