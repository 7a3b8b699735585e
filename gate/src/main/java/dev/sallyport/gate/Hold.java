package dev.sallyport.gate;

/// A thing that was put on hold: nothing is allowed that has to do with it, whatever policy says.
///
/// @param on the thing: who asks, what is asked about, or anything else the question touches
/// @param reason for people, one clause
public record Hold(EntityRef on, String reason) {
  /// Whether it stands in the way of `question`.
  ///
  /// A person can always look, let go and contain, or a wrong hold could never be lifted. A place
  /// that is held can be rolled back, for that is what it is held for; to a held artifact never.
  public boolean blocks(Question question) {
    return switch (question.action()) {
      case CONTAIN, EXPLAIN -> false;
      case ADMINISTER -> !question.principal().type().equals("Person");
      case ROLLBACK -> !on.type().equals("Service") && !on.type().equals("Environment");
      case PUSH,
          MERGE,
          CHANGE_PIPELINE,
          BUILD,
          TEST,
          PUBLISH,
          DEPLOY,
          READ_SECRET,
          READ_SOURCE,
          CALL,
          MINT,
          ATTEST,
          APPROVE,
          GRANT,
          BREAK_GLASS,
          SIGN_IN,
          WAIVE ->
          true;
    };
  }
}
