package dev.sallyport.cli;

import java.io.PrintWriter;

/// One line on stderr that says what is being done, rewritten in place; silent where nobody looks.
final class Progress {
  private final PrintWriter err;
  private final boolean shown;

  Progress(PrintWriter err, boolean shown) {
    this.err = err;
    this.shown = shown;
  }

  void say(String what) {
    if (shown) {
      err.print("\r\u001b[K" + what + " …");
      err.flush();
    }
  }

  void done() {
    if (shown) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }
}
