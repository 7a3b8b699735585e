package dev.sallyport.scan.dependencies;

import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The package worlds whose lock files we read and whose versions we can order.
public enum Ecosystem {
  /// Java archives by group and artifact.
  MAVEN("Maven", "maven"),
  /// JavaScript packages.
  NPM("npm", "npm"),
  /// Python packages; names are compared as PEP 503 normalises them.
  PYPI("PyPI", "pypi"),
  /// Go modules; versions carry a `v` in their own files and none in advisories.
  GO("Go", "golang"),
  /// Rust crates.
  CARGO("crates.io", "cargo");

  private final String osvName;
  private final String purlType;

  Ecosystem(String osvName, String purlType) {
    this.osvName = osvName;
    this.purlType = purlType;
  }

  /// As advisories call it (OSV schema, "Defined ecosystems").
  public String osvName() {
    return osvName;
  }

  String purlType() {
    return purlType;
  }

  /// The order of versions. It throws [IllegalArgumentException] on what is no version.
  public Comparator<String> versionOrder() {
    return switch (this) {
      case MAVEN -> MavenVersion::compare;
      case PYPI -> PythonVersion::compare;
      case NPM, GO, CARGO -> SemanticVersion::compare;
    };
  }

  /// The one spelling of a name by which components and advisories meet.
  String normalised(String name) {
    return switch (this) {
      case PYPI -> name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
      case MAVEN, NPM, GO, CARGO -> name;
    };
  }

  /// By its name in an advisory, a suffix as in `Maven:https://...` left out; null where unknown.
  static @Nullable Ecosystem ofOsv(String name) {
    String plain = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
    for (Ecosystem ecosystem : values()) {
      if (ecosystem.osvName.equals(plain)) {
        return ecosystem;
      }
    }
    return null;
  }
}
