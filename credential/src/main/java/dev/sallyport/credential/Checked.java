package dev.sallyport.credential;

import java.util.function.Function;

/// What came of checking something that somebody handed in: the value, or why not.
///
/// A refusal is a value, not an exception: it is expected, recorded and answered.
public sealed interface Checked<T> {
  /// It holds.
  record Accepted<T>(T value) implements Checked<T> {}

  /// It does not hold. `detail` is one lower-case clause without secret or token in it.
  record Refused<T>(Reason reason, String detail) implements Checked<T> {
    /// The same refusal where another value was wanted.
    public <U> Refused<U> instead() {
      return new Refused<>(reason, detail);
    }
  }

  /// Why something was refused; the words are part of the HTTP contract.
  enum Reason {
    /// Not a token or proof at all.
    MALFORMED("malformed"),
    /// From an issuer nobody trusts here.
    UNKNOWN_ISSUER("unknown-issuer"),
    /// Signed in a way that this issuer may not use.
    ALGORITHM("algorithm"),
    /// Signed with a key that its issuer does not publish.
    UNKNOWN_KEY("unknown-key"),
    /// The issuer's keys could not be had, so nothing can be said.
    KEYS_UNAVAILABLE("keys-unavailable"),
    /// The signature does not hold.
    SIGNATURE("signature"),
    /// Meant for somebody else.
    AUDIENCE("audience"),
    /// Past its end, or older than tokens may be here.
    EXPIRED("expired"),
    /// Not valid yet.
    NOT_YET_VALID("not-yet-valid"),
    /// A claim that must be there is missing or not one of the trusted ones.
    CLAIMS("claims"),
    /// Not bound to the key, request or token it came with.
    BINDING("binding"),
    /// Seen before.
    REPLAYED("replayed"),
    /// Revoked before its end.
    REVOKED("revoked"),
    /// Somebody or something that it is about is on hold.
    HELD("held");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /// How it is spelt in answers and entries.
    public String word() {
      return word;
    }
  }

  /// Shorthand for a refusal.
  static <T> Checked<T> refused(Reason reason, String detail) {
    return new Refused<>(reason, detail);
  }

  /// Goes on with an accepted value.
  default <U> Checked<U> then(Function<T, Checked<U>> next) {
    return switch (this) {
      case Accepted<T>(T value) -> next.apply(value);
      case Refused<T> refused -> refused.instead();
    };
  }
}
