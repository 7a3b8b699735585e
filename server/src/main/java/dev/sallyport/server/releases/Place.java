package dev.sallyport.server.releases;

import java.util.regex.Pattern;

/// A service in an environment. One host serves it.
public record Place(String service, String environment) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  public Place {
    if (!isName(service) || !isName(environment)) {
      throw new IllegalArgumentException(
          "a service or environment is called by 1 to 63 of a-z, 0-9, `.`, `_` and `-`");
    }
  }

  /// Whether hosts, services and environments may be called so.
  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  @Override
  public String toString() {
    return service + " in " + environment;
  }
}
