package dev.sallyport.server.tokens;

import dev.sallyport.keys.SigningKey;

/// The key whose possession proves that one can read this server's folder: `operator.key`.
public record OperatorKey(SigningKey key) {}
