package dev.sallyport.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The server's program, as the launcher laid it out: started as a process, never linked against.
final class ServerProgram {
  private ServerProgram() {}

  /// The command line that runs it with these arguments.
  static List<String> command(String... arguments) {
    String run = System.getProperty("sallyport.run", "");
    Path classPath = Path.of(run, "server.classpath");
    if (run.isEmpty() || !Files.isRegularFile(classPath)) {
      throw new UserError(
          "the server's program is not here", "start through the ./sallyport launcher");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx512m"));
    // What the server loads at its start, as scripts/assemble.sh saw it: where it is missing or of
    // other jars, the JVM does without.
    command.add("-XX:AOTCache=" + Path.of(run, "server.aot"));
    command.addAll(List.of("-Xlog:aot=off", "-Xlog:cds=off"));
    try {
      command.addAll(List.of("-cp", Files.readString(classPath), "dev.sallyport.server.Main"));
    } catch (IOException e) {
      throw new UserError("couldn't read `" + classPath + "`", "remove target/run and start again");
    }
    command.addAll(Arrays.asList(arguments));
    return command;
  }
}
