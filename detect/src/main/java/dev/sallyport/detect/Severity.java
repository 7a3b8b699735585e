package dev.sallyport.detect;

/// How bad it is if a finding is true.
public enum Severity {
  /// Worth to know.
  LOW("low"),
  /// Worth a look.
  MEDIUM("medium"),
  /// Somebody is likely where he must not be.
  HIGH("high"),
  /// Something wrong runs now.
  CRITICAL("critical");

  private final String word;

  Severity(String word) {
    this.word = word;
  }

  /// How it is spelt in entries and playbooks.
  public String word() {
    return word;
  }

  /// Reads a word.
  ///
  /// @throws IllegalArgumentException if there is none such
  public static Severity of(String word) {
    for (Severity severity : values()) {
      if (severity.word.equals(word)) {
        return severity;
      }
    }
    throw new IllegalArgumentException("no severity `" + word + "`");
  }
}
