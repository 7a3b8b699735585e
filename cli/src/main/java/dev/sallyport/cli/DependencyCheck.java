package dev.sallyport.cli;

import dev.sallyport.gate.FactSheet;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Severity;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.dependencies.Advisories;
import dev.sallyport.scan.dependencies.Dependencies;
import dev.sallyport.scan.dependencies.Inventory;
import dev.sallyport.scan.dependencies.Sbom;
import dev.sallyport.scan.dependencies.Vulnerability;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the lock files name, and what the advisories say of it; without advisories: not checked,
/// never clean.
///
/// @param inventory the components
/// @param findings one a vulnerability
/// @param vulnerabilities what was matched, null where there was nothing to match against
/// @param advisories how many advisories were asked
/// @param notChecked gaps of both
record DependencyCheck(
    Inventory inventory,
    List<Finding> findings,
    @Nullable List<Vulnerability> vulnerabilities,
    int advisories,
    List<NotChecked> notChecked) {

  static boolean reads(String path) {
    return Dependencies.isLockFile(path);
  }

  static DependencyCheck of(Source lockFiles, @Nullable Path database) {
    Inventory inventory = Dependencies.inventory(lockFiles);
    List<NotChecked> gaps = new ArrayList<>(inventory.notChecked());
    if (database == null) {
      gaps.add(
          new NotChecked(
              "advisories",
              "none were given: name a folder or zip in OSV format with --advisories"));
      return new DependencyCheck(inventory, List.of(), null, 0, List.copyOf(gaps));
    }
    if (!Files.exists(database)) {
      throw new UserError(
          "no advisories at `" + database + "`", "give a folder or zip of OSV-format JSON");
    }
    try {
      Advisories advisories = Advisories.open(database);
      List<Vulnerability> found = advisories.match(inventory, gaps);
      gaps.addAll(advisories.notChecked());
      return new DependencyCheck(
          inventory,
          advisories.report(inventory).findings(),
          found,
          advisories.size(),
          List.copyOf(new LinkedHashSet<>(gaps)));
    } catch (UncheckedIOException e) {
      throw new UserError(
          String.valueOf(e.getMessage()), "give a folder or zip of OSV-format JSON");
    }
  }

  List<VerifyReport.Component> components() {
    return inventory.components().stream()
        .map(component ->
            new VerifyReport.Component(
                component.purl(), component.name(), component.version(), component.path()))
        .toList();
  }

  String sbom(String name, String version) {
    return Sbom.cyclonedx(inventory, name, version);
  }

  void fill(FactSheet sheet, List<VerifyReport.Checked> checked) {
    sheet.inventory(inventory.components().size(), inventory.notChecked().size());
    String listed =
        inventory.components().size() + " components in " + inventory.files().size() + " files";
    if (!inventory.notChecked().isEmpty()) {
      listed += ", " + inventory.notChecked().size() + " gaps";
    }
    List<Vulnerability> found = vulnerabilities;
    if (found == null) {
      checked.add(
          new VerifyReport.Checked("dependencies", listed + "; advisories not checked", null));
      return;
    }
    Map<Severity, Integer> bySeverity = new EnumMap<>(Severity.class);
    int malicious = 0;
    for (Vulnerability one : found) {
      bySeverity.merge(one.severity(), 1, Integer::sum);
      malicious += one.malicious() ? 1 : 0;
    }
    // Whether one is exploited is another list's to say, and none was asked.
    sheet.advisories(bySeverity, 0, malicious, null);
    checked.add(
        new VerifyReport.Checked(
            "dependencies",
            listed
                + "; "
                + (found.isEmpty() ? "no" : found.size())
                + " known vulnerabilities by "
                + advisories
                + " advisories",
            found.isEmpty()));
  }
}
