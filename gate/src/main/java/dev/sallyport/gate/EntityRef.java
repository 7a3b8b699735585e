package dev.sallyport.gate;

import java.util.regex.Pattern;

/// A name for one thing of the vocabulary: its type, without the namespace, and its id.
///
/// Ids are the immutable ones of whoever keeps the thing (a forge's repository number, a digest),
/// never a name that can be given up and registered again (range R13).
public record EntityRef(String type, String id) {
  private static final Pattern TYPE = Pattern.compile("[A-Z][A-Za-z]{0,31}");
  private static final int MAX_ID_LENGTH = 1024;

  public EntityRef {
    if (!TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException("entity type is not a name of the vocabulary");
    }
    if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
      throw new IllegalArgumentException(
          "id of `" + type + "` must have 1 to " + MAX_ID_LENGTH + " characters");
    }
  }

  @Override
  public String toString() {
    return type + "::\"" + id.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
