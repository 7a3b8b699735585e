package dev.sallyport.e2e;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;

/// The published contract of `verify --format json`: whatever it prints must be as
/// `docs/reference/verify-report.schema.json` says, member for member.
final class Contract {
  private static final Schema SCHEMA = read();

  private Contract() {}

  private static Schema read() {
    Path file = SharedData.projectRoot().resolve("docs/reference/verify-report.schema.json");
    try {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Holds one report to the schema, and its exit code to its verdict.
  static Program.Answer held(Program.Answer answer) {
    Assertions.assertThat(SCHEMA.validate(answer.out(), InputFormat.JSON))
        .as("%s", answer)
        .isEmpty();
    String verdict = answer.json().path("verdict").asString();
    Assertions.assertThat(answer.exitCode())
        .as("exit code of %s", verdict)
        .isEqualTo(
            switch (verdict) {
              case "allow" -> 0;
              case "deny" -> 1;
              default -> 2;
            });
    return answer;
  }
}
