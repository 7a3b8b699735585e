package dev.sallyport.cli.job;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One message between a job's client and the process that serves it: a kind, a length, that many
/// bytes. Nothing longer than a mebibyte is sent or read.
///
/// @param kind what it says
/// @param body its bytes
record Frame(Kind kind, byte[] body) {
  /// The version of all of this; either side refuses another one.
  static final int VERSION = 1;

  static final int MAX_BODY_BYTES = 1 << 20;
  private static final byte[] NOTHING = {};

  /// What a message says.
  enum Kind {
    /// Client: run this command ([Call]).
    CALL(1),
    /// Client: end when all calls are over; who runs is told to end.
    LEAVE(2),
    /// Server: the call is taken, and from here on nobody else may do it.
    TAKEN(3),
    /// Server: the call is not taken, for this reason.
    NOT_TAKEN(4),
    /// Server: bytes for stdout.
    OUT(5),
    /// Server: bytes for stderr.
    ERR(6),
    /// Server: from here on a signal is to wait for the call's end.
    WATCH(7),
    /// Server: start this command ([StepOrder]).
    START(8),
    /// Client: it runs, under this number.
    STARTED(9),
    /// Client: it could not be started; message and hint.
    NOT_STARTED(10),
    /// Client: it ended with this code.
    ENDED(11),
    /// Client: a signal came.
    TOLD(12),
    /// Server: end the command.
    STOP(13),
    /// Server: the call is over, with this exit code.
    EXIT(14);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    static Kind of(int number) throws IOException {
      for (Kind kind : KINDS) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new IOException("a message of the job's process is malformed");
    }
  }

  private static final Kind[] KINDS = Kind.values();

  static Frame of(Kind kind) {
    return new Frame(kind, NOTHING);
  }

  static Frame of(Kind kind, long number) {
    return new Frame(kind, ByteBuffer.allocate(8).putLong(number).array());
  }

  /// The number that it carries.
  long number() throws IOException {
    if (body.length != 8) {
      throw new IOException("a message of the job's process is malformed");
    }
    return ByteBuffer.wrap(body).getLong();
  }

  /// Writes it in one piece.
  void write(OutputStream out) throws IOException {
    if (body.length > MAX_BODY_BYTES) {
      throw new IOException("a message for the job's process is too long");
    }
    ByteBuffer bytes = ByteBuffer.allocate(5 + body.length);
    bytes.put((byte) kind.number).putInt(body.length).put(body);
    out.write(bytes.array());
    out.flush();
  }

  /// The next one; null where the other side is gone.
  static @Nullable Frame read(DataInputStream in) throws IOException {
    int kind = in.read();
    if (kind < 0) {
      return null;
    }
    Kind of = Kind.of(kind);
    try {
      int length = in.readInt();
      if (length < 0 || length > MAX_BODY_BYTES) {
        throw new IOException("a message of the job's process is malformed");
      }
      byte[] body = new byte[length];
      in.readFully(body);
      return new Frame(of, body);
    } catch (EOFException cutOff) {
      return null;
    }
  }

  /// Without what it carries.
  @Override
  public String toString() {
    return "Frame[" + kind + ", " + body.length + " bytes]";
  }
}
