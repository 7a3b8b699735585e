package dev.sallyport.server.enforce;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/// Counts and digests what is read through it, and stops at a bound.
final class Measured extends FilterInputStream {
  private final MessageDigest digest;
  private final long most;
  private long count;

  /// @param digest is fed with every byte
  /// @param most more bytes than this are an error
  Measured(InputStream in, MessageDigest digest, long most) {
    super(in);
    this.digest = digest;
    this.most = most;
  }

  /// How many bytes came through.
  long count() {
    return count;
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    if (one >= 0) {
      digest.update((byte) one);
      counted(1);
    }
    return one;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    if (read > 0) {
      digest.update(buffer, offset, read);
      counted(read);
    }
    return read;
  }

  private void counted(int more) throws IOException {
    count += more;
    if (count > most) {
      throw new IOException("more than " + most + " bytes came");
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public long skip(long count) {
    throw new UnsupportedOperationException("nothing is skipped unseen");
  }
}
