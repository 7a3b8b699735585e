package dev.sallyport.scan.dependencies;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.cyclonedx.Version;
import org.cyclonedx.exception.GeneratorException;
import org.cyclonedx.generators.json.BomJsonGenerator;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.Metadata;
import org.cyclonedx.model.Property;

/// Writes an inventory as a CycloneDX 1.6 document. The same inventory gives the same bytes: the
/// components are sorted, no time is written, and the serial number is made from the content.
public final class Sbom {
  private Sbom() {}

  /// The document for a subject, as `my-service` in version `1.2` or at a commit.
  public static String cyclonedx(Inventory inventory, String name, String version) {
    var bom = new Bom();
    bom.setVersion(1);
    bom.setMetadata(metadata(inventory, name, version));
    bom.setComponents(components(inventory));
    try {
      String withoutSerial = json(bom);
      bom.setSerialNumber(
          "urn:uuid:" + UUID.nameUUIDFromBytes(withoutSerial.getBytes(StandardCharsets.UTF_8)));
      return json(bom);
    } catch (GeneratorException e) {
      throw new IllegalStateException("couldn't write the SBOM: " + e.getMessage(), e);
    }
  }

  private static String json(Bom bom) throws GeneratorException {
    return new BomJsonGenerator(bom, Version.VERSION_16).toJsonString(true) + "\n";
  }

  private static Metadata metadata(Inventory inventory, String name, String version) {
    var subject = new org.cyclonedx.model.Component();
    subject.setType(org.cyclonedx.model.Component.Type.APPLICATION);
    subject.setName(name);
    subject.setVersion(version);
    subject.setBomRef("subject");
    var metadata = new Metadata();
    metadata.setTimestamp(null);
    metadata.setComponent(subject);
    var gaps = new ArrayList<Property>();
    inventory
        .notChecked()
        .forEach(
            gap -> gaps.add(new Property("sallyport:not-checked", gap.what() + ": " + gap.why())));
    if (!gaps.isEmpty()) {
      metadata.setProperties(gaps);
    }
    return metadata;
  }

  // One entry a package URL, whichever and however many files name it.
  private static List<org.cyclonedx.model.Component> components(Inventory inventory) {
    Map<String, List<Component>> byPurl = new TreeMap<>();
    for (Component component : inventory.components()) {
      byPurl.computeIfAbsent(component.purl(), _ -> new ArrayList<>()).add(component);
    }
    return byPurl.values().stream().map(Sbom::component).toList();
  }

  private static org.cyclonedx.model.Component component(List<Component> same) {
    Component first = same.getFirst();
    var component = new org.cyclonedx.model.Component();
    component.setType(org.cyclonedx.model.Component.Type.LIBRARY);
    component.setBomRef(first.purl());
    component.setPurl(first.purl());
    int split = split(first);
    if (split > 0) {
      component.setGroup(first.name().substring(0, split));
    }
    component.setName(first.name().substring(split + 1));
    component.setVersion(first.version());
    boolean development = same.stream().allMatch(Component::development);
    component.setScope(
        development
            ? org.cyclonedx.model.Component.Scope.EXCLUDED
            : org.cyclonedx.model.Component.Scope.REQUIRED);
    component.setHashes(hashes(same));
    var properties = new ArrayList<Property>();
    same.stream()
        .map(Component::path)
        .collect(Collectors.toCollection(TreeSet::new))
        .forEach(path -> properties.add(new Property("sallyport:lock-file", path)));
    String goHash = first.hashes().get("h1");
    if (goHash != null) {
      properties.add(new Property("sallyport:go-sum", "h1:" + goHash));
    }
    component.setProperties(properties);
    return component;
  }

  private static int split(Component component) {
    return switch (component.ecosystem()) {
      case MAVEN -> component.name().indexOf(':');
      case NPM -> component.name().startsWith("@") ? component.name().indexOf('/') : -1;
      case PYPI, GO, CARGO -> -1;
    };
  }

  private static List<Hash> hashes(List<Component> same) {
    var hashes = new TreeMap<String, String>();
    for (Component component : same) {
      component.hashes().forEach(hashes::putIfAbsent);
    }
    var all = new ArrayList<Hash>();
    for (Hash.Algorithm algorithm : Hash.Algorithm.values()) {
      String value = hashes.get(algorithm.getSpec());
      if (value != null) {
        all.add(new Hash(algorithm, value));
      }
    }
    return all;
  }
}
