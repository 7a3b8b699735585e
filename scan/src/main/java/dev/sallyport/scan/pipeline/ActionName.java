package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import java.util.regex.Pattern;

/// What `uses:` names: `owner/repository/path@ref`, `docker://image` or `./path`.
record ActionName(String written) {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}");
  private static final Pattern BRANCH =
      Pattern.compile("main|master|develop|dev|trunk|head|HEAD|latest|next|nightly|edge");

  ActionName {
    written = written.strip();
  }

  boolean local() {
    return written.startsWith("./") || written.startsWith("../");
  }

  /// Made by the forge that runs it anyway.
  boolean firstParty() {
    return written.startsWith("actions/") || written.startsWith("github/");
  }

  boolean pinned() {
    if (written.startsWith("docker://")) {
      return new ImageName(written.substring("docker://".length())).pinned();
    }
    int at = written.lastIndexOf('@');
    return at > 0 && COMMIT.matcher(written.substring(at + 1)).matches();
  }

  void judge(Notes notes, Notes.Rule rule, int line, String place) {
    if (written.isEmpty() || local()) {
      return;
    }
    if (written.startsWith("docker://")) {
      new ImageName(written.substring("docker://".length())).judge(notes, line, place);
      return;
    }
    if (pinned()) {
      return;
    }
    int at = written.lastIndexOf('@');
    String ref = at < 0 ? "" : written.substring(at + 1);
    boolean branch = BRANCH.matcher(ref).matches() || ref.isEmpty();
    notes.add(
        rule,
        branch || !firstParty() ? Severity.HIGH : Severity.MEDIUM,
        line,
        place,
        written,
        ref.isEmpty()
            ? "`" + written + "` names no commit"
            : "`"
                + written
                + "` follows "
                + (branch ? "a branch" : "a tag")
                + " that its owner can move");
  }
}
