package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import dev.sallyport.scan.yaml.Yaml;
import dev.sallyport.scan.yaml.YamlReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Reads the pipeline files of a source and says what each lets strangers do.
///
/// Nothing is run and nothing fetched. A file that can't be read is a gap with line and column; the
/// others are read all the same.
public final class Pipeline {
  private static final int LARGEST_BYTES = 4 << 20;
  // GitLab itself takes in at most 150 files.
  private static final int MOST_ROUNDS = 150;
  private static final int MOST_PATTERNS = 1_000;
  private static final int LONGEST_PATTERN = 1_000;

  private Pipeline() {}

  /// Judges every pipeline file of the source. GitLab files that are taken in by `include: local`
  /// are read too, wherever they lie, for which the source is walked again.
  public static Report scan(Source source) {
    var reports = new ArrayList<Report>();
    var read = new HashSet<String>();
    var included = new TreeSet<String>();
    List<NotChecked> gaps =
        source.forEach(file -> {
          PipelineFiles.Kind kind = PipelineFiles.kindOf(file.path());
          if (kind != PipelineFiles.Kind.NONE && kind != PipelineFiles.Kind.GUARD) {
            read.add(file.path());
            reports.add(scan(file, kind, included));
          }
        });
    reports.add(new Report(List.of(), List.of(), gaps));
    for (int round = 0; round < MOST_ROUNDS && !included.isEmpty(); round++) {
      var wanted = Set.copyOf(included);
      included.clear();
      var fresh = new HashSet<String>();
      source.forEach(file -> {
        if (!read.contains(file.path()) && matches(wanted, file.path())) {
          fresh.add(file.path());
          reports.add(scan(file, PipelineFiles.Kind.GITLAB_CI, included));
        }
      });
      read.addAll(fresh);
    }
    return reports.stream().reduce(Report.empty(), Report::and);
  }

  /// Which paths the GitLab files of `source` take in by `include: local`, in however many steps: a
  /// change to one is a change of the pipeline, whatever its name.
  public static Predicate<String> included(Source source) {
    var read = new HashSet<String>();
    var all = new TreeSet<String>();
    for (int round = 0; round <= MOST_ROUNDS; round++) {
      int before = read.size();
      var wanted = Set.copyOf(all);
      source.forEach(file -> {
        boolean gitlab = PipelineFiles.kindOf(file.path()) == PipelineFiles.Kind.GITLAB_CI;
        if ((gitlab || matches(wanted, file.path()))
            && file.bytes().length <= LARGEST_BYTES
            && read.add(file.path())) {
          try {
            all.addAll(GitlabCi.localIncludes(YamlReader.read(file.bytes())));
          } catch (YamlReader.Unreadable _) {
            // The scan of this file names the gap.
          }
        }
      });
      if (read.size() == before) {
        break;
      }
    }
    var patterns = Set.copyOf(all);
    return path -> matches(patterns, path);
  }

  /// Judges one file by its path; a file that is no pipeline has an empty report.
  public static Report scan(TextFile file) {
    return scan(file, PipelineFiles.kindOf(file.path()), new TreeSet<>());
  }

  private static Report scan(TextFile file, PipelineFiles.Kind kind, Set<String> included) {
    var notes = new Notes(file);
    if (file.bytes().length > LARGEST_BYTES) {
      notes.gap("larger than " + (LARGEST_BYTES >> 20) + " MiB");
      return notes.report();
    }
    try {
      switch (kind) {
        case GITHUB_WORKFLOW -> GithubWorkflow.judge(notes, first(file));
        case GITHUB_ACTION -> GithubAction.judge(notes, first(file));
        case GITLAB_CI -> {
          List<Yaml> documents = YamlReader.read(file.bytes());
          GitlabCi.judge(notes, documents);
          included.addAll(GitlabCi.localIncludes(documents));
        }
        case JENKINSFILE -> Jenkinsfile.judge(notes, file.bytes());
        case DOCKERFILE -> Dockerfile.judge(notes, file.bytes());
        case NOT_READ -> notes.gap("a pipeline of a system that isn't read yet");
        case GUARD, NONE -> {}
      }
    } catch (YamlReader.Unreadable e) {
      notes.gap("not read: " + e.getMessage());
    }
    return notes.report();
  }

  private static Yaml first(TextFile file) {
    List<Yaml> documents = YamlReader.read(file.bytes());
    return documents.isEmpty() ? new Yaml.Text("", 1) : documents.getFirst();
  }

  private static boolean matches(Set<String> wanted, String path) {
    if (wanted.size() > MOST_PATTERNS) {
      return true;
    }
    for (String pattern : wanted) {
      if (pattern.equals(path)) {
        return true;
      }
      if (pattern.contains("*") && glob(pattern, path)) {
        return true;
      }
    }
    return false;
  }

  /// `*` stops at a slash, `**` does not. In the product of the two lengths, whatever they hold:
  /// the pattern comes from the judged repository, and a regular expression made of it could try
  /// for ever.
  private static boolean glob(String pattern, String path) {
    if (pattern.length() > LONGEST_PATTERN || path.length() > LONGEST_PATTERN) {
      return true; // rather read a file too many than one too few
    }
    boolean[] reached = new boolean[path.length() + 1];
    reached[0] = true;
    for (int p = 0; p < pattern.length(); p++) {
      boolean[] next = new boolean[path.length() + 1];
      if (pattern.charAt(p) == '*') {
        boolean deep = pattern.startsWith("**", p);
        for (int at = 0; at <= path.length(); at++) {
          next[at] =
              reached[at] || (at > 0 && next[at - 1] && (deep || path.charAt(at - 1) != '/'));
        }
        p += deep ? 1 : 0;
      } else {
        for (int at = 1; at <= path.length(); at++) {
          next[at] = reached[at - 1] && path.charAt(at - 1) == pattern.charAt(p);
        }
      }
      reached = next;
    }
    return reached[path.length()];
  }
}
