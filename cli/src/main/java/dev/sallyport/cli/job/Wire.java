package dev.sallyport.cli.job;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How what a [Frame] carries is written and read: numbers, texts and lists, each with its length
/// before it.
final class Wire {
  private static final int MAX_ITEMS = 65_536;

  private Wire() {}

  /// What a client asks for.
  ///
  /// @param arguments the command line
  /// @param folder where it stands
  /// @param folderId which folder that is, since another mount namespace may have another one there
  /// @param terminal whether its stdout is a terminal
  /// @param variables what its environment says of those that we read
  record Asked(
      List<String> arguments,
      Path folder,
      String folderId,
      boolean terminal,
      Map<String, String> variables) {}

  private static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
    private final DataOutputStream data = new DataOutputStream(bytes);

    Out bytes(byte[] value) throws IOException {
      data.writeInt(value.length);
      data.write(value);
      return this;
    }

    Out text(String value) throws IOException {
      return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    Out number(int value) throws IOException {
      data.writeInt(value);
      return this;
    }

    Out map(Map<String, ?> values) throws IOException {
      number(values.size());
      for (Map.Entry<String, ?> value : values.entrySet()) {
        text(value.getKey()).text(value.getValue().toString());
      }
      return this;
    }

    Out texts(List<String> values) throws IOException {
      number(values.size());
      for (String value : values) {
        text(value);
      }
      return this;
    }

    byte[] all() {
      return bytes.toByteArray();
    }
  }

  private static final class In {
    private final DataInputStream data;

    In(byte[] bytes) {
      this.data = new DataInputStream(new ByteArrayInputStream(bytes));
    }

    byte[] bytes() throws IOException {
      int length = data.readInt();
      if (length < 0 || length > data.available()) {
        throw malformed();
      }
      return data.readNBytes(length);
    }

    String text() throws IOException {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    int number() throws IOException {
      return data.readInt();
    }

    int count() throws IOException {
      int count = number();
      if (count < 0 || count > MAX_ITEMS) {
        throw malformed();
      }
      return count;
    }

    List<String> texts() throws IOException {
      int count = count();
      List<String> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        values.add(text());
      }
      return values;
    }

    Map<String, String> map() throws IOException {
      int count = count();
      Map<String, String> values = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        if (values.put(text(), text()) != null) {
          throw malformed();
        }
      }
      return values;
    }

    Map<String, Path> paths() throws IOException {
      Map<String, Path> paths = new TreeMap<>();
      map().forEach((name, path) -> paths.put(name, Path.of(path)));
      return paths;
    }

    void end() throws IOException {
      if (data.available() > 0) {
        throw malformed();
      }
    }

    private static IOException malformed() {
      return new IOException("a message of the job's process is malformed");
    }
  }

  static byte[] asked(Asked asked) throws IOException {
    return new Out()
        .number(Frame.VERSION)
        .texts(asked.arguments())
        .text(asked.folder().toString())
        .text(asked.folderId())
        .number(asked.terminal() ? 1 : 0)
        .map(asked.variables())
        .all();
  }

  /// @throws IOException if it is malformed, or of another version
  static Asked asked(byte[] bytes) throws IOException {
    In in = new In(bytes);
    if (in.number() != Frame.VERSION) {
      throw new IOException("the job's process is of another version");
    }
    Asked asked = new Asked(in.texts(), Path.of(in.text()), in.text(), in.number() == 1, in.map());
    in.end();
    return asked;
  }

  static byte[] order(StepOrder order) throws IOException {
    Out out = new Out().texts(order.command());
    out.texts(order.user() == null ? List.of() : List.of(order.user()));
    out.map(order.files()).map(order.descriptors()).map(order.environment());
    out.number(order.redacted().size());
    for (byte[] value : order.redacted()) {
      out.bytes(value);
    }
    return out.all();
  }

  static StepOrder order(byte[] bytes) throws IOException {
    In in = new In(bytes);
    List<String> command = in.texts();
    List<String> users = in.texts();
    @Nullable String user = users.isEmpty() ? null : users.getFirst();
    Map<String, Path> files = in.paths();
    Map<String, Path> descriptors = in.paths();
    Map<String, String> environment = in.map();
    int count = in.count();
    List<byte[]> redacted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      redacted.add(in.bytes());
    }
    in.end();
    return new StepOrder(command, user, files, descriptors, environment, redacted);
  }

  static byte[] texts(String... values) throws IOException {
    return new Out().texts(List.of(values)).all();
  }

  static List<String> texts(byte[] bytes) throws IOException {
    In in = new In(bytes);
    List<String> values = in.texts();
    in.end();
    return values;
  }
}
