package dev.sallyport.cli.agent;

import dev.sallyport.cli.agent.AgentConfig.Service;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The process of a place, which outlives the agent.
///
/// It runs in a session of its own and writes to a file, so that neither the agent's end nor its
/// terminal touches it. A random word in its environment, written to the journal before it starts,
/// finds it and its children again, though a crash kept its number from being noted; where there is
/// no `/proc`, number and start time do.
final class ServiceProcess {
  static final String INSTANCE = "SALLYPORT_INSTANCE";
  private static final Path PROC = Path.of("/proc");
  private static final long MAX_LOG_BYTES = 16 << 20;
  private static final Duration POLL = Duration.ofMillis(20);

  private final Service service;
  private final Path log;

  ServiceProcess(Service service, Path state) {
    this.service = service;
    this.log = state.resolve("service.log");
  }

  /// One process, told from a later one with its number by when it started.
  record Found(long pid, long startTicks) {}

  /// Starts the command in a release.
  Found start(Path release, String digest, String instance) {
    try {
      trimLog();
      var builder = new ProcessBuilder(words(release));
      Path folder = service.workingFolder();
      builder.directory((folder == null ? release : folder).toFile());
      environment(builder, service);
      Map<String, String> environment = builder.environment();
      environment.put("SALLYPORT_RELEASE", digest);
      environment.put(INSTANCE, instance);
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      Process process = builder.start();
      return new Found(process.pid(), startTicks(process.pid()));
    } catch (IOException e) {
      throw new AgentException("couldn't start the service: " + e.getMessage(), e);
    }
  }

  private List<String> words(Path release) throws IOException {
    List<String> words = new ArrayList<>();
    Path setsid = Path.of("/usr/bin/setsid");
    if (Files.isExecutable(setsid)) {
      // In a session of its own; setsid replaces itself by the command, so the number stays.
      words.add(setsid.toString());
    }
    words.addAll(words(service, service.command(), release));
    return words;
  }

  /// A command of a release as its service's own user runs it: nothing that a release brings along
  /// ever runs as the agent, which may be root.
  static List<String> words(Service service, List<String> command, Path release)
      throws IOException {
    List<String> words = new ArrayList<>();
    String user = service.user();
    if (user != null) {
      words.addAll(
          List.of("setpriv", "--reuid", user, "--regid", groupOf(user), "--clear-groups", "--"));
    }
    for (String word : command) {
      words.add(word.replace("{release}", release.toString()));
    }
    int program = words.size() - command.size();
    String first = words.get(program);
    if (first.indexOf('/') > 0) {
      words.set(program, release.resolve(first).toString());
    }
    return words;
  }

  /// Nothing of the agent's own environment is handed on.
  static void environment(ProcessBuilder builder, Service service) {
    Map<String, String> environment = builder.environment();
    String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.clear();
    environment.put("PATH", path);
    environment.putAll(service.environmentVariables());
  }

  private static String groupOf(String user) throws IOException {
    Process id = new ProcessBuilder("id", "-g", user).redirectErrorStream(true).start();
    String answer =
        new String(id.getInputStream().readNBytes(64), StandardCharsets.US_ASCII).strip();
    if (!answer.matches("[0-9]{1,10}")) {
      throw new AgentException("there is no user `" + user + "` here");
    }
    return answer;
  }

  private void trimLog() throws IOException {
    if (Files.notExists(log)) {
      Files.createFile(
          log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    if (Files.size(log) > MAX_LOG_BYTES) {
      // Its writers append, so they go on at the beginning.
      Files.write(log, new byte[0]);
    }
  }

  /// Keeps what the service prints within bounds.
  void tidy() {
    try {
      if (Files.exists(log)) {
        trimLog();
      }
    } catch (IOException e) {
      throw new AgentException("couldn't trim `" + log + "`", e);
    }
  }

  /// The living process of an instance, by its number where that is known, else by its environment.
  Optional<Found> find(Journal.Running running) {
    if (running.pid() > 0 && isAlive(new Found(running.pid(), running.startTicks()))) {
      return Optional.of(new Found(running.pid(), running.startTicks()));
    }
    Map<Long, Found> all = members(running.instance());
    return all.values().stream()
        .filter(one -> parent(one.pid()).filter(all::containsKey).isEmpty())
        .findFirst();
  }

  /// Every living process whose environment carries the word: the service and its children.
  private static Map<Long, Found> members(String instance) {
    var members = new TreeMap<Long, Found>();
    if (instance.isEmpty() || !Files.isDirectory(PROC)) {
      return members;
    }
    String wanted = INSTANCE + "=" + instance;
    try (Stream<Path> all = Files.list(PROC)) {
      for (Path folder : all.toList()) {
        String name = folder.getFileName().toString();
        if (!name.matches("[0-9]{1,10}")) {
          continue;
        }
        long pid = Long.parseLong(name);
        if (environmentOf(folder).contains(wanted)) {
          var found = new Found(pid, startTicks(pid));
          if (isAlive(found)) {
            members.put(pid, found);
          }
        }
      }
    } catch (IOException e) {
      throw new AgentException("couldn't list processes", e);
    }
    return members;
  }

  private static Set<String> environmentOf(Path folder) {
    try {
      byte[] bytes = Files.readAllBytes(folder.resolve("environ"));
      return new HashSet<>(List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0", -1)));
    } catch (IOException e) {
      // Gone meanwhile, or somebody else's: not ours.
      return Set.of();
    }
  }

  static boolean isAlive(Found process) {
    String[] fields = stat(process.pid());
    if (fields == null) {
      return !Files.isDirectory(PROC)
          && ProcessHandle.of(process.pid()).filter(ProcessHandle::isAlive).isPresent();
    }
    // A zombie has ended; in a container there may be nobody to bury it.
    return !fields[0].equals("Z") && startTicks(process.pid()) == process.startTicks();
  }

  private static Optional<Long> parent(long pid) {
    String[] fields = stat(pid);
    return fields == null ? Optional.empty() : Optional.of(Long.parseLong(fields[1]));
  }

  private static long startTicks(long pid) {
    String[] fields = stat(pid);
    if (fields != null) {
      return Long.parseLong(fields[19]);
    }
    return ProcessHandle.of(pid)
        .flatMap(handle -> handle.info().startInstant())
        .map(java.time.Instant::getEpochSecond)
        .orElse(0L);
  }

  /// The fields of proc(5) `stat` from the third on; null where there is none.
  private static String @Nullable [] stat(long pid) {
    try {
      String text =
          Files.readString(
              PROC.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
      String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
      return fields.length > 19 ? fields : null;
    } catch (IOException e) {
      return null;
    }
  }

  /// Ends an instance and its children: asked first, after `stopSeconds` without asking.
  void stop(Journal.Running running) {
    Optional<Found> main = find(running);
    main.flatMap(found -> ProcessHandle.of(found.pid())).ifPresent(ProcessHandle::destroy);
    long deadline = System.nanoTime() + Duration.ofSeconds(service.stopSeconds()).toNanos();
    while (main.isPresent() && isAlive(main.get()) && System.nanoTime() < deadline) {
      pause();
    }
    main.filter(ServiceProcess::isAlive)
        .flatMap(found -> ProcessHandle.of(found.pid()))
        .ifPresent(ProcessHandle::destroyForcibly);
    // Children that outlived it would keep its port.
    for (int round = 0; round < 100; round++) {
      var left = members(running.instance());
      if (left.isEmpty() && main.filter(ServiceProcess::isAlive).isEmpty()) {
        return;
      }
      left.keySet().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      pause();
    }
    throw new AgentException("the earlier process does not end");
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }
}
