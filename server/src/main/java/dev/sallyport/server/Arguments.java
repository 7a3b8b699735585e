package dev.sallyport.server;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the command line says.
///
/// @param fsck only read the ledger and say what is wrong
/// @param data the data folder
/// @param port to listen on at 127.0.0.1; 0 for a free one
record Arguments(boolean fsck, Path data, int port) {
  private static final int DEFAULT_PORT = 7420;

  static final String USAGE = "usage: server [fsck] [--data FOLDER] [--port PORT]";

  /// @throws IllegalArgumentException with a sentence for people
  static Arguments parse(List<String> words, @Nullable String dataHome, String home) {
    boolean fsck = false;
    int port = DEFAULT_PORT;
    Path data =
        dataHome == null || dataHome.isBlank()
            ? Path.of(home, ".local", "share", "sallyport")
            : Path.of(dataHome, "sallyport");
    var rest = new ArrayDeque<>(words);
    while (!rest.isEmpty()) {
      String word = rest.removeFirst();
      switch (word) {
        case "fsck" -> fsck = true;
        case "--data" -> data = Path.of(value(word, rest));
        case "--port" -> port = port(value(word, rest));
        default -> throw new IllegalArgumentException("unknown argument `" + word + "`; " + USAGE);
      }
    }
    return new Arguments(fsck, data, port);
  }

  private static String value(String option, ArrayDeque<String> rest) {
    String value = rest.pollFirst();
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("option `" + option + "` wants a value; " + USAGE);
    }
    return value;
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("`" + text + "` is no port");
    }
    return Integer.parseInt(text);
  }
}
