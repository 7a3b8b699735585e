package dev.sallyport.server.steps;

import dev.sallyport.keys.SigningKey;

/// The key that the control plane signs with what it saw of builds and tests. No step can reach it.
///
/// @param builder its name as a SLSA builder: a URI with the name of the log
public record BuildKey(SigningKey key, String builder) {}
