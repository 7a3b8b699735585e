package dev.sallyport.server.console;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The page on which a person enrols a passkey.
///
/// @param passkeys when each was enrolled, in words
/// @param options for the browser; null where nothing can be enrolled now
/// @param obstacle why not; null where it can
/// @param problem what went wrong with the try before; null where nothing did
/// @param address where the console must be opened for passkeys to work
public record PasskeyPage(
    String formToken,
    List<String> passkeys,
    @Nullable String options,
    @Nullable String obstacle,
    @Nullable String problem,
    String address) {
  public PasskeyPage {
    passkeys = List.copyOf(passkeys);
  }
}
