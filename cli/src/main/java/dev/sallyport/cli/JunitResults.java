package dev.sallyport.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// Reads JUnit result files: counts and nothing else. No document type, no entities from anywhere,
/// bounds on size and number.
final class JunitResults {
  private static final int MAX_FILES = 1000;
  private static final int MAX_DEPTH = 20;
  private static final long MAX_BYTES = 16L << 20;
  private static final int MAX_FOLDERS = 32;

  private JunitResults() {}

  /// What one file says.
  record Counts(long passed, long failed, long skipped, long errors) {}

  /// What was read.
  ///
  /// @param results one for each file
  /// @param unread what should have been read and could not, in words
  record Read(List<Counts> results, List<String> unread) {}

  /// Reads all files below `folder` that match and were written since the step began. A file that
  /// lay there before says nothing of this step.
  static Read read(Path folder, List<String> globs, Instant since) {
    List<Counts> results = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    for (String glob : globs) {
      int before = results.size();
      for (Path file : matching(folder, glob)) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
            continue;
          }
          results.add(read(file));
        } catch (IOException | XMLStreamException e) {
          unread.add("`" + folder.relativize(file) + "` is no JUnit result file");
        }
      }
      if (results.size() == before && unread.isEmpty()) {
        unread.add("no result file of this step matches `" + glob + "`");
      }
    }
    return new Read(results, unread);
  }

  private static List<Path> matching(Path folder, String glob) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    try (Stream<Path> files = Files.walk(folder, MAX_FOLDERS)) {
      return files
          .filter(file -> matcher.matches(folder.relativize(file)))
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .limit(MAX_FILES)
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError("couldn't look for `" + glob + "`", "check the folder's rights");
    }
  }

  /// Counts the test cases of one file.
  static Counts read(Path file) throws IOException, XMLStreamException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("larger than " + MAX_BYTES + " bytes");
    }
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    factory.setXMLResolver((_, _, _, _) -> InputStream.nullInputStream());
    try (InputStream in = Files.newInputStream(file)) {
      XMLStreamReader xml = factory.createXMLStreamReader(in);
      try {
        return count(xml);
      } finally {
        xml.close();
      }
    }
  }

  private enum Outcome {
    PASSED,
    FAILED,
    ERROR,
    SKIPPED
  }

  private static Counts count(XMLStreamReader xml) throws XMLStreamException {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    int depth = 0;
    int caseDepth = -1;
    Outcome outcome = Outcome.PASSED;
    boolean rooted = false;
    while (xml.hasNext()) {
      switch (xml.next()) {
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new XMLStreamException("a document type or an entity is not taken");
        case XMLStreamConstants.START_ELEMENT -> {
          String name = xml.getLocalName();
          depth++;
          if (depth > MAX_DEPTH
              || (depth == 1 && !name.equals("testsuites") && !name.equals("testsuite"))) {
            throw new XMLStreamException("not a JUnit result file");
          }
          rooted = true;
          if (caseDepth < 0 && name.equals("testcase")) {
            caseDepth = depth;
            outcome = Outcome.PASSED;
          } else if (caseDepth == depth - 1) {
            outcome = worse(outcome, name);
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          if (depth == caseDepth) {
            counts.merge(outcome, 1L, Long::sum);
            caseDepth = -1;
          }
          depth--;
        }
        default -> {}
      }
    }
    if (!rooted) {
      throw new XMLStreamException("not a JUnit result file");
    }
    return new Counts(
        counts.getOrDefault(Outcome.PASSED, 0L),
        counts.getOrDefault(Outcome.FAILED, 0L),
        counts.getOrDefault(Outcome.SKIPPED, 0L),
        counts.getOrDefault(Outcome.ERROR, 0L));
  }

  private static Outcome worse(Outcome outcome, String element) {
    return switch (element) {
      case "error" -> Outcome.ERROR;
      case "failure" -> outcome == Outcome.ERROR ? outcome : Outcome.FAILED;
      case "skipped" -> outcome == Outcome.PASSED ? Outcome.SKIPPED : outcome;
      default -> outcome;
    };
  }
}
