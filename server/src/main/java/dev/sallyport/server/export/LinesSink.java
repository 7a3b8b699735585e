package dev.sallyport.server.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/// A file of JSON lines, for whatever reads files. Told is what is synced to the disk.
///
/// A process that died in the middle of a line left half of one; the next line begins on a line of
/// its own, and the entry is told again whole.
final class LinesSink implements Sink {
  private final Path file;

  LinesSink(Path file) {
    this.file = file;
  }

  @Override
  public void tell(List<Told> entries) {
    var lines = new StringBuilder();
    entries.forEach(told -> lines.append(told.json()).append('\n'));
    try (FileChannel channel = open()) {
      long size = channel.size();
      if (size > 0 && !endsWithNewline(channel, size)) {
        lines.insert(0, '\n');
      }
      ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
      channel.position(size);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException e) {
      throw new SinkException("couldn't write `" + file + "`: " + e.getMessage());
    }
  }

  private FileChannel open() throws IOException {
    if (Files.isSymbolicLink(file)) {
      throw new IOException("it is a link");
    }
    return FileChannel.open(
        file,
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static boolean endsWithNewline(FileChannel channel, long size) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    channel.read(last, size - 1);
    return last.get(0) == '\n';
  }

  @Override
  public boolean acknowledges() {
    return true;
  }

  @Override
  public void close() {}
}
