package dev.sallyport.cli.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the archives of a release (POSIX.1-2017 pax interchange format, ustar, and GNU's long
/// names): files and folders only.
///
/// A link, a device, a sparse file or anything else that could reach outside of the folder it is
/// unpacked into is refused with the whole archive, not left out.
final class TarReader {
  private static final int BLOCK = 512;
  private static final int MAX_EXTENDED = 64 * 1024;

  private final InputStream in;
  private long rest;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /// One member; the bytes of a file are read with [#copyTo] before the next member.
  record Member(String name, boolean folder, boolean executable, long size) {}

  /// Takes bytes of a file.
  interface Sink {
    void write(byte[] buffer, int length) throws IOException;
  }

  /// The next member; empty at the end of the archive.
  Optional<Member> next() throws IOException {
    skipRest();
    @Nullable String name = null;
    long size = -1;
    while (true) {
      byte[] header = new byte[BLOCK];
      int read = in.readNBytes(header, 0, BLOCK);
      if (read == 0 || (read == BLOCK && isZero(header))) {
        return Optional.empty();
      }
      if (read != BLOCK) {
        throw new AgentException("archive ends in a header");
      }
      checkSum(header);
      char type = (char) (header[156] & 0xff);
      long headerSize = octal(header, 124, 12);
      switch (type) {
        case 'x' -> {
          for (String[] record : pax(extended(headerSize))) {
            switch (record[0]) {
              case "path" -> name = record[1];
              case "size" -> size = decimal(record[1]);
              default -> {
                if (record[0].startsWith("GNU.sparse") || record[0].equals("linkpath")) {
                  throw new AgentException("archive holds a link or a sparse file");
                }
              }
            }
          }
        }
        case 'g' -> extended(headerSize);
        case 'L' -> {
          byte[] text = extended(headerSize);
          int end = text.length;
          while (end > 0 && text[end - 1] == 0) {
            end--;
          }
          name = utf8(text, 0, end);
        }
        case '0', '\0', '7', '5' -> {
          String given = name == null ? nameIn(header) : name;
          boolean folder = type == '5' || given.endsWith("/");
          long bytes = size >= 0 ? size : headerSize;
          if (folder && bytes != 0) {
            throw new AgentException("archive holds a folder with bytes of its own");
          }
          rest = bytes;
          padding = (int) ((BLOCK - bytes % BLOCK) % BLOCK);
          boolean executable = (octal(header, 100, 8) & 0100) != 0;
          return Optional.of(new Member(given, folder, executable, bytes));
        }
        default ->
            throw new AgentException(
                "archive holds something that is neither file nor folder (type `"
                    + (type > 0x20 && type < 0x7f ? type : '?')
                    + "`)");
      }
    }
  }

  /// Hands the bytes of the current file on.
  void copyTo(Sink out) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    while (rest > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, rest));
      if (read < 0) {
        throw new AgentException("archive ends in a file");
      }
      out.write(buffer, read);
      rest -= read;
    }
  }

  private void skipRest() throws IOException {
    copyTo((_, _) -> {});
    if (in.readNBytes(padding).length != padding) {
      throw new AgentException("archive ends in a file");
    }
    padding = 0;
  }

  private byte[] extended(long size) throws IOException {
    if (size > MAX_EXTENDED) {
      throw new AgentException("archive has a header of more than " + MAX_EXTENDED + " bytes");
    }
    byte[] bytes = in.readNBytes((int) size);
    int pad = (int) ((BLOCK - size % BLOCK) % BLOCK);
    if (bytes.length != size || in.readNBytes(pad).length != pad) {
      throw new AgentException("archive ends in a header");
    }
    return bytes;
  }

  /// Records of `LENGTH KEY=VALUE\n` (POSIX.1-2017 pax, "pax Header Block").
  private static java.util.List<String[]> pax(byte[] bytes) {
    var records = new java.util.ArrayList<String[]>();
    int at = 0;
    while (at < bytes.length) {
      int space = at;
      while (space < bytes.length && bytes[space] != ' ') {
        space++;
      }
      long length = decimal(utf8(bytes, at, space));
      if (length < 5 || length > bytes.length - at) {
        throw new AgentException("archive has a damaged extended header");
      }
      int end = at + (int) length;
      String record = utf8(bytes, Math.min(space + 1, end), end);
      int equals = record.indexOf('=');
      if (equals < 1 || !record.endsWith("\n")) {
        throw new AgentException("archive has a damaged extended header");
      }
      records.add(
          new String[] {
            record.substring(0, equals), record.substring(equals + 1, record.length() - 1)
          });
      at = end;
    }
    return records;
  }

  private static String nameIn(byte[] header) {
    String name = field(header, 0, 100);
    // POSIX `ustar` (with a NUL behind it) has a prefix; GNU's old format keeps other things there.
    boolean posix = Arrays.equals(header, 257, 263, new byte[] {'u', 's', 't', 'a', 'r', 0}, 0, 6);
    String prefix = posix ? field(header, 345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static String field(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return utf8(header, from, end);
  }

  private static String utf8(byte[] bytes, int from, int to) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException e) {
      throw new AgentException("archive holds a name that is not UTF-8");
    }
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static void checkSum(byte[] header) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum != octal(header, 148, 8)) {
      throw new AgentException("not a tar archive");
    }
  }

  private static long octal(byte[] header, int from, int length) {
    int at = from;
    int end = from + length;
    while (at < end && header[at] == ' ') {
      at++;
    }
    long value = 0;
    while (at < end && header[at] >= '0' && header[at] <= '7') {
      value = value * 8 + (header[at] - '0');
      at++;
    }
    while (at < end) {
      if (header[at] != 0 && header[at] != ' ') {
        throw new AgentException("archive has a number that is not octal");
      }
      at++;
    }
    return value;
  }

  private static long decimal(String text) {
    if (!text.matches("[0-9]{1,15}")) {
      throw new AgentException("archive has a damaged extended header");
    }
    return Long.parseLong(text);
  }
}
