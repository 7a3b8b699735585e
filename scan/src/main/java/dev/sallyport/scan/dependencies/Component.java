package dev.sallyport.scan.dependencies;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// One package in one version, as a lock file names it.
///
/// @param name the full name: `group:artifact`, `@scope/name`, a module path
/// @param purl its package URL (ECMA-427), canonical
/// @param hashes by algorithm as CycloneDX spells it (`SHA-256`), in hex; `h1` is Go's own
/// @param path the file that names it
/// @param line where, or 0
/// @param development true where the file says that only building or testing needs it
public record Component(
    Ecosystem ecosystem,
    String name,
    String version,
    String purl,
    Map<String, String> hashes,
    String path,
    int line,
    boolean development) {
  public Component {
    hashes = Collections.unmodifiableMap(new TreeMap<>(hashes));
    if (name.isBlank() || version.isBlank()) {
      throw new IllegalArgumentException("a component has a name and a version");
    }
  }

  static Component of(
      Ecosystem ecosystem,
      String name,
      String version,
      Map<String, String> hashes,
      String path,
      int line,
      boolean development) {
    return new Component(
        ecosystem,
        ecosystem.normalised(name),
        version,
        purl(ecosystem, ecosystem.normalised(name), version),
        hashes,
        path,
        line,
        development);
  }

  private static String purl(Ecosystem ecosystem, String name, String version) {
    int split =
        switch (ecosystem) {
          case MAVEN -> name.indexOf(':');
          case NPM, GO -> name.lastIndexOf('/');
          case PYPI, CARGO -> -1;
        };
    String namespace = split > 0 ? name.substring(0, split) : null;
    try {
      return new PackageURL(
              ecosystem.purlType(), namespace, name.substring(split + 1), version, null, null)
          .canonicalize();
    } catch (MalformedPackageURLException e) {
      throw new LockFile.Unreadable("`" + name + "` `" + version + "` has no package URL");
    }
  }
}
