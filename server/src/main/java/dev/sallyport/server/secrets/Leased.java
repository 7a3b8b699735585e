package dev.sallyport.server.secrets;

import dev.sallyport.server.decisions.Enforced;

/// What came of asking for a secret.
public sealed interface Leased {
  /// It is given; whoever gets the value overwrites it. Never in a text, never compared.
  final class Given implements Leased {
    private final Lease lease;
    private final byte[] value;

    Given(Lease lease, byte[] value) {
      this.lease = lease;
      this.value = value;
    }

    /// The lease.
    public Lease lease() {
      return lease;
    }

    /// The value itself, not a copy.
    public byte[] value() {
      return value;
    }

    /// The lease; never the value.
    @Override
    public String toString() {
      return lease.toString();
    }
  }

  /// Policy or a hold refuses.
  record Denied(Enforced.Denied denied) implements Leased {}

  /// The caller may, but there is none.
  record Unknown() implements Leased {}

  /// No step of this key and run asks.
  record NoStep() implements Leased {}
}
