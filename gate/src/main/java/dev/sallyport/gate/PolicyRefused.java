package dev.sallyport.gate;

import java.util.List;
import java.util.stream.Collectors;

/// A policy that will not be used, with every place that is wrong in it.
public final class PolicyRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// One thing wrong; `line` and `column` count from 1, and are 0 where the whole file is meant.
  public record Problem(String file, int line, int column, String message) {
    @Override
    public String toString() {
      return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
    }
  }

  private final transient List<Problem> problems;

  PolicyRefused(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// Every problem found, in the order of the files.
  public List<Problem> problems() {
    return problems;
  }
}
