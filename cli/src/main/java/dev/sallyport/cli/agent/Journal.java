package dev.sallyport.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How far one place has come with what it was told, on the disk before it goes on.
///
/// The file is replaced whole. Each step is written before the work that it names begins, and that
/// work can be done twice with the effect of once: so after a crash at any point the step is simply
/// done again.
final class Journal {
  /// The steps of one deployment, in order.
  enum Step {
    /// The ticket is being handed in under the nonce; asked again, the server answers the same.
    REDEEMING,
    /// The server let it happen; the release is being fetched.
    REDEEMED,
    /// The release is complete in `releases/`.
    STAGED,
    /// The earlier process is stopped, the link set, the new process started.
    SWITCHING,
    /// The new process runs; is it healthy?
    STARTED,
    /// It did not become healthy: back to the release before it.
    UNDOING,
    /// It is over; the server has yet to be told.
    OVER
  }

  /// How a deployment ended.
  enum Outcome {
    /// It runs and is healthy.
    LIVE("live"),
    /// It could not be had or was not healthy, and nothing else runs in its place.
    FAILED("failed"),
    /// It was not healthy, and the release before it runs again.
    UNDONE("undone");

    final String word;

    Outcome(String word) {
      this.word = word;
    }
  }

  /// One deployment.
  ///
  /// @param ticket as handed in; gone from the file once it was redeemed
  /// @param nonce ours for this ticket
  /// @param to the release's name; empty until it is staged
  /// @param from the release that ran before; empty where none did
  /// @param outcome null until it is over
  /// @param detail why, for people
  record Work(
      Step step,
      String ticket,
      String nonce,
      String deployment,
      String digest,
      String to,
      String from,
      @Nullable Outcome outcome,
      String detail,
      long beganMillis,
      long seconds) {
    static Work redeeming(ControlPlane.Offer offer, String nonce, long nowMillis) {
      return new Work(
          Step.REDEEMING, offer.ticket(), nonce, offer.id(), "", "", "", null, "", nowMillis, 0);
    }

    Work redeemed(String byDeployment, String forDigest) {
      return new Work(
          Step.REDEEMED, "", nonce, byDeployment, forDigest, "", "", null, "", beganMillis, 0);
    }

    Work staged(String name) {
      return new Work(
          Step.STAGED, "", nonce, deployment, digest, name, "", null, "", beganMillis, 0);
    }

    Work switching(String before) {
      return new Work(
          Step.SWITCHING, "", nonce, deployment, digest, to, before, null, "", beganMillis, 0);
    }

    Work at(Step next, String why) {
      return new Work(next, "", nonce, deployment, digest, to, from, null, why, beganMillis, 0);
    }

    Work over(Outcome how, String why, long nowMillis) {
      return new Work(
          Step.OVER,
          "",
          nonce,
          deployment,
          digest,
          to,
          from,
          how,
          why,
          beganMillis,
          Math.max(0, (nowMillis - beganMillis) / 1000));
    }
  }

  /// The process that we started last, or are about to.
  ///
  /// @param release its name
  /// @param instance a random word in its environment, by which it and its children are found
  /// @param pid 0 until it is known
  /// @param startTicks tells it from a later process with its number
  /// @param stopped by the server's order: it is ended, and never started or gone back to
  record Running(String release, String instance, long pid, long startTicks, boolean stopped) {
    static Running announced(String release, String instance) {
      return new Running(release, instance, 0, 0, false);
    }

    Running stoppedByOrder() {
      return new Running(release, instance, pid, startTicks, true);
    }
  }

  private final Path file;

  /// Written by the thread of the place, read by others.
  private volatile @Nullable Work work;

  private volatile @Nullable Running running;

  /// Reads the journal, or begins one.
  Journal(Path file) {
    this.file = file;
    if (Files.exists(file)) {
      read();
    }
  }

  Optional<Work> work() {
    return Optional.ofNullable(work);
  }

  Optional<Running> running() {
    return Optional.ofNullable(running);
  }

  /// Writes both; durable when this comes back.
  void write(@Nullable Work newWork, @Nullable Running newRunning) {
    var members = new LinkedHashMap<String, Object>();
    if (newWork != null) {
      var step = new LinkedHashMap<String, Object>();
      step.put("step", newWork.step().name());
      step.put("ticket", newWork.ticket());
      step.put("nonce", newWork.nonce());
      step.put("deployment", newWork.deployment());
      step.put("digest", newWork.digest());
      step.put("to", newWork.to());
      step.put("from", newWork.from());
      step.put("outcome", newWork.outcome() == null ? "" : newWork.outcome().name());
      step.put("detail", newWork.detail());
      step.put("beganMillis", newWork.beganMillis());
      step.put("seconds", newWork.seconds());
      members.put("work", step);
    }
    if (newRunning != null) {
      var process = new LinkedHashMap<String, Object>();
      process.put("release", newRunning.release());
      process.put("instance", newRunning.instance());
      process.put("pid", newRunning.pid());
      process.put("startTicks", newRunning.startTicks());
      process.put("stopped", newRunning.stopped());
      members.put("running", process);
    }
    DurableFiles.replace(file, StrictJson.write(members));
    work = newWork;
    running = newRunning;
  }

  void write(@Nullable Work newWork) {
    write(newWork, running);
  }

  private void read() {
    try {
      JsonNode root = StrictJson.read(Files.readAllBytes(file), "journal");
      JsonNode was = root.path("work");
      if (was.isObject()) {
        String outcome = was.path("outcome").asString("");
        work =
            new Work(
                Step.valueOf(was.path("step").asString("")),
                was.path("ticket").asString(""),
                was.path("nonce").asString(""),
                was.path("deployment").asString(""),
                was.path("digest").asString(""),
                was.path("to").asString(""),
                was.path("from").asString(""),
                Arrays.stream(Outcome.values())
                    .filter(one -> one.name().equals(outcome))
                    .findFirst()
                    .orElse(null),
                was.path("detail").asString(""),
                was.path("beganMillis").asLong(0),
                was.path("seconds").asLong(0));
      }
      JsonNode process = root.path("running");
      if (process.isObject()) {
        running =
            new Running(
                process.path("release").asString(""),
                process.path("instance").asString(""),
                process.path("pid").asLong(0),
                process.path("startTicks").asLong(0),
                process.path("stopped").asBoolean(false));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new AgentException("couldn't read the journal `" + file + "`", e);
    }
  }
}
