package dev.sallyport.cedar;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one policy made of one request, clause by clause; [PolicySet#explain] makes it.
///
/// A clause is a part of a condition that the connectives `&&`, `||`, `!` and `if` put together and
/// that has none of them itself.
///
/// @param outcome what came of the policy
/// @param error why it erred; null where it did not
/// @param scopes for principal, action and resource, whether the head of the policy lets each in
/// @param clauses in the order written; none was reached where the scope does not match
public record Explained(
    Policy policy,
    Outcome outcome,
    @Nullable String error,
    List<ScopePart> scopes,
    List<Clause> clauses) {
  /// What came of a policy.
  public enum Outcome {
    /// It is satisfied: its effect counts.
    HOLDS,
    /// A condition is not met.
    FAILS,
    /// Its evaluation failed; Cedar skips it.
    ERRS,
    /// Its head is about something else.
    OUT_OF_SCOPE
  }

  /// What a clause came to.
  public enum Came {
    TRUE,
    FALSE,
    ERRED,
    /// The clauses before it decided already.
    NOT_REACHED
  }

  /// With which value a clause works towards the policy's holding.
  public enum Wanted {
    TRUE,
    FALSE,
    /// It chooses between two ways.
    EITHER;

    Wanted flipped() {
      return switch (this) {
        case TRUE -> FALSE;
        case FALSE -> TRUE;
        case EITHER -> EITHER;
      };
    }
  }

  /// One part of the head.
  public record ScopePart(Expr.Variable of, boolean matched) {}

  /// A path that a clause reads, and its value; null where nothing is there.
  public record Seen(String path, @Nullable Value value) {}

  /// One clause.
  ///
  /// @param condition the place of its `when` or `unless`, from 0
  public record Clause(int condition, Expr expression, Wanted wanted, Came came, List<Seen> seen) {
    public Clause {
      seen = List.copyOf(seen);
    }

    /// Cedar text of it.
    public String text() {
      return PolicyPrinter.text(expression);
    }

    /// Whether it came out as the policy needs it to hold.
    public boolean met() {
      return switch (came) {
        case TRUE -> wanted != Wanted.FALSE;
        case FALSE -> wanted != Wanted.TRUE;
        case ERRED, NOT_REACHED -> false;
      };
    }
  }

  public Explained {
    scopes = List.copyOf(scopes);
    clauses = List.copyOf(clauses);
  }
}
