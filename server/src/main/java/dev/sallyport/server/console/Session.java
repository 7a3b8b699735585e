package dev.sallyport.server.console;

import java.time.Instant;

/// A person's session.
///
/// @param id by which it is known to others; no secret, unlike the cookie it is the hash of
/// @param formToken what every form of this session carries, so that no other site can fill it in
/// @param since when it began: with the one-time code
record Session(String id, String person, String formToken, Instant since) {
  /// The token is a secret of the session.
  @Override
  public String toString() {
    return "session of " + person;
  }
}
