package dev.sallyport.keys;

/// Something sealed: its data key, wrapped under a [SealingKey], and the value under that data key.
///
/// @param keyId which sealing key opens it
/// @param wrappedKey nonce, then the data key under the sealing key, with its tag
/// @param box nonce, then the value under the data key, with its tag
public record SealedBox(String keyId, byte[] wrappedKey, byte[] box) {
  /// Copies the arrays.
  public SealedBox {
    wrappedKey = wrappedKey.clone();
    box = box.clone();
  }

  @Override
  public byte[] wrappedKey() {
    return wrappedKey.clone();
  }

  @Override
  public byte[] box() {
    return box.clone();
  }

  /// Which key opens it; never what is in it.
  @Override
  public String toString() {
    return "box sealed under " + keyId;
  }
}
