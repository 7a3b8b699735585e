package dev.sallyport.server.console;

import java.util.List;

/// Runs that were heard of last.
public record RunsPage(List<String> runs, String formToken) {
  public RunsPage {
    runs = List.copyOf(runs);
  }
}
