package dev.sallyport.cli;

import dev.sallyport.cli.job.JobClient;
import dev.sallyport.cli.job.Rehearsal;
import java.util.Arrays;
import java.util.OptionalInt;

/// Where a command starts while a job's process runs (`SALLYPORT_JOB`): that process does it where
/// it can, and we do it alone where it is not there. Until then no class is touched but the
/// client's few.
public final class JobMain {
  /// For the build, which makes the AOT cache of it.
  private static final String REHEARSAL = "job-rehearsal";

  private JobMain() {}

  /// Runs the command line and exits with its code.
  public static void main(String[] args) {
    String socket = System.getenv(JobClient.VARIABLE);
    if (socket != null && !socket.isBlank() && JobClient.serves(args)) {
      OptionalInt code = JobClient.run(socket, Boolean.getBoolean("sallyport.terminal"), args);
      if (code.isPresent()) {
        System.exit(code.getAsInt());
      }
    }
    if (socket != null && Arrays.equals(args, new String[] {"job", "end"})) {
      System.exit(JobClient.end(socket));
    }
    if (args.length == 1 && args[0].equals(REHEARSAL)) {
      Rehearsal.play();
      return;
    }
    Main.main(args);
  }
}
