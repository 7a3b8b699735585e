package dev.sallyport.tlog;

import dev.sallyport.keys.SigningKey;
import java.util.List;
import java.util.regex.Pattern;

/// A tree head that a log stands for (C2SP tlog-checkpoint): its origin, its size and its root.
///
/// Extension lines are kept but mean nothing here.
public record Checkpoint(String origin, long size, Hash root, List<String> extensions) {
  private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,18}");

  public Checkpoint {
    extensions = List.copyOf(extensions);
    if (origin.isEmpty() || origin.indexOf('\n') >= 0) {
      throw new NoteException("malformed checkpoint origin");
    }
    if (size < 0) {
      throw new NoteException("checkpoint size is negative");
    }
    if (size == 0 && !root.equals(Tree.EMPTY)) {
      throw new NoteException("checkpoint of the empty tree has another root");
    }
    if (extensions.stream().anyMatch(line -> line.isEmpty() || line.indexOf('\n') >= 0)) {
      throw new NoteException("malformed checkpoint extension");
    }
  }

  /// A checkpoint without extensions.
  public Checkpoint(String origin, long size, Hash root) {
    this(origin, size, root, List.of());
  }

  /// Reads a checkpoint's text: three lines or more, the last one ended.
  public static Checkpoint parse(String text) {
    if (!text.endsWith("\n")) {
      throw new NoteException("malformed checkpoint");
    }
    List<String> lines = List.of(text.substring(0, text.length() - 1).split("\n", -1));
    if (lines.size() < 3 || !SIZE.matcher(lines.get(1)).matches()) {
      throw new NoteException("malformed checkpoint");
    }
    try {
      return new Checkpoint(
          lines.get(0),
          Long.parseLong(lines.get(1)),
          Hash.ofBase64(lines.get(2)),
          lines.subList(3, lines.size()));
    } catch (IllegalArgumentException e) {
      throw new NoteException("malformed checkpoint");
    }
  }

  /// Opens a note and believes it only as far as `log` signed it: its origin is the key's name.
  public static Checkpoint open(String note, NoteKey log) {
    Note parsed = Note.parse(note);
    if (parsed.verified(List.of(log)).isEmpty()) {
      throw new NoteException("checkpoint is not signed by `" + log + "`");
    }
    Checkpoint checkpoint = parse(parsed.text());
    if (!checkpoint.origin().equals(log.name())) {
      throw new NoteException("checkpoint is of another log: `" + checkpoint.origin() + "`");
    }
    return checkpoint;
  }

  /// The text that is signed.
  public String text() {
    var text = new StringBuilder(origin + "\n" + size + "\n" + root.base64() + "\n");
    extensions.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /// This checkpoint signed by its log's key, whose name is the origin.
  public String signed(SigningKey key) {
    return Note.sign(text(), origin, key).encoded();
  }
}
