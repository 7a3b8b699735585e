package dev.sallyport.keys;

/// The signature algorithms of the house; the name fixes curve, hash and encoding of the signature.
public enum KeyAlgorithm {
  /// RFC 8032 Ed25519, 64-byte signatures.
  ED25519,
  /// ECDSA on P-256 with SHA-256, DER signatures.
  ECDSA_P256,
  /// ECDSA on P-384 with SHA-384, DER signatures. Verified, never made.
  ECDSA_P384,
  /// ECDSA on P-521 with SHA-512, DER signatures. Verified, never made.
  ECDSA_P521,
  /// RSASSA-PKCS1-v1_5 with SHA-256, 2,048 bits or more. Verified, never made.
  RSA_SHA256
}
