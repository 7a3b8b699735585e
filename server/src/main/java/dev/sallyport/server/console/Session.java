package dev.sallyport.server.console;

/// A person's session.
///
/// @param formToken what every form of this session carries, so that no other site can fill it in
record Session(String person, String formToken) {
  /// The token is a secret of the session.
  @Override
  public String toString() {
    return "session of " + person;
  }
}
