package dev.sallyport.server.runs;

import dev.sallyport.server.ledger.Digest;

/// What the wrapper of a step says that the step made: a claim.
public record Product(String name, Digest digest) {
  /// Checks the name.
  public Product {
    if (name.isEmpty() || name.length() > 1024 || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a product's name has 1 to 1024 characters");
    }
  }
}
