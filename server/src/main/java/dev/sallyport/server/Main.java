package dev.sallyport.server;

import dev.sallyport.keys.KeyException;
import dev.sallyport.server.db.DatabaseException;
import dev.sallyport.server.ledger.Finding;
import dev.sallyport.server.ledger.LedgerException;
import dev.sallyport.server.settings.SettingsException;
import java.io.Console;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// Starts the server, or reads its ledger.
///
/// Standard output says one line when the server is ready and one about the sign-in code;
/// everything else goes to standard error. Exit 143 when stopped by SIGTERM, as JVMs do, and 2 when
/// it could not start; fsck exits 0 when it found nothing and 1 when it found something.
public final class Main {
  private Main() {}

  /// See [Arguments#USAGE].
  public static void main(String[] words) {
    int code = run(words, System.out, System.err);
    if (code >= 0) {
      System.exit(code);
    }
  }

  /// -1 where the server now runs and this thread is not needed any more.
  private static int run(String[] words, PrintStream out, PrintStream err) {
    try {
      Arguments arguments =
          Arguments.parse(
              List.of(words), System.getenv("XDG_DATA_HOME"), System.getProperty("user.home"));
      if (arguments.fsck()) {
        return fsck(arguments, out);
      }
      RunningServer server =
          RunningServer.start(arguments, Clock.systemUTC(), new SecureRandom(), out, isTerminal());
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
      return -1;
    } catch (IllegalArgumentException
        | SettingsException
        | KeyException
        | DatabaseException
        | LedgerException e) {
      err.println("sallyport: " + e.getMessage());
      return 2;
    } catch (RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      err.println("sallyport: couldn't start: " + cause.getMessage());
      return 2;
    }
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static int fsck(Arguments arguments, PrintStream out) {
    List<Finding> findings = Installation.fsck(arguments.data());
    findings.forEach(finding -> out.println("ledger: " + finding));
    out.println(
        findings.isEmpty() ? "ledger: every entry is what was recorded" : "ledger: was changed");
    return findings.isEmpty() ? 0 : 1;
  }
}
