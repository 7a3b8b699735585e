package dev.sallyport.server.console;

import org.jspecify.annotations.Nullable;

/// The form for the one-time code.
///
/// @param problem what was wrong with the last try
public record SignInPage(@Nullable String problem) {}
