package dev.sallyport.cli;

import dev.sallyport.gate.FactSheet;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.TextFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What lock files name, and what advisories say of it.
record Inventory(
    List<VerifyReport.Component> components, List<Finding> findings, List<NotChecked> notChecked) {

  /// Advisories to match against.
  record Database(Path path) {}

  static boolean reads(String path) {
    return path.endsWith(".lock");
  }

  static Inventory of(List<TextFile> files, @Nullable Database advisories) {
    return new Inventory(
        List.of(),
        List.of(),
        List.of(
            new NotChecked(
                "dependencies", files.size() + " lock files are not read yet " + advisories)));
  }

  void fill(FactSheet sheet, List<VerifyReport.Checked> checked) {
    checked.add(new VerifyReport.Checked("dependencies", "not checked " + sheet.facts(), null));
  }
}
