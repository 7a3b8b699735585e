package dev.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Result files are counted, and nothing in them is obeyed.
class JunitResultsTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void each_test_case_counts_once_by_the_worst_that_is_said_of_it() throws Exception {
    Path file =
        file(
            "TEST-a.xml",
            """
            <?xml version="1.0"?>
            <testsuites><testsuite tests="99" failures="0">
              <testcase name="a"/><testcase name="b"><system-out>x</system-out></testcase>
              <testcase name="c"><failure>no</failure></testcase>
              <testcase name="d"><skipped/></testcase>
              <testcase name="e"><failure/><error/></testcase>
            </testsuite></testsuites>
            """);
    assertThat(JunitResults.read(file)).isEqualTo(new JunitResults.Counts(2, 1, 1, 1));
  }

  @Test
  void a_document_type_an_entity_or_another_document_is_refused() throws Exception {
    for (String text :
        List.of(
            "<!DOCTYPE t [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><testsuite>&x;</testsuite>",
            "<!DOCTYPE testsuite><testsuite/>",
            "<testsuite>&undeclared;</testsuite>",
            "<html/>",
            "<testsuite>",
            "",
            "<testsuite>" + "<a>".repeat(50) + "</a>".repeat(50) + "</testsuite>")) {
      Path file = file("TEST-b.xml", text);
      assertThatThrownBy(() -> JunitResults.read(file)).isInstanceOf(XMLStreamException.class);
    }
  }

  @Test
  void r41_a_result_file_that_lay_there_before_the_step_says_nothing_of_it() throws Exception {
    Path old = file("target/TEST-old.xml", "<testsuite><testcase/></testsuite>");
    Instant began = Instant.parse("2026-11-25T12:00:00Z");
    Files.setLastModifiedTime(old, FileTime.from(began.minusSeconds(5)));
    JunitResults.Read read = JunitResults.read(folder, List.of("target/TEST-*.xml"), began);
    assertThat(read.results()).isEmpty();
    assertThat(read.unread()).hasSize(1);
    file("target/TEST-new.xml", "<testsuite><testcase/><testcase/></testsuite>");
    JunitResults.Read fresh = JunitResults.read(folder, List.of("target/TEST-*.xml"), began);
    assertThat(fresh.results()).containsExactly(new JunitResults.Counts(2, 0, 0, 0));
    assertThat(fresh.unread()).isEmpty();
  }
}
