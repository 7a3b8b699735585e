package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.TextFile;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// The `pom.xml` files of a source together, so that versions and properties that a parent in the
/// same source declares are known (Maven POM Reference).
///
/// A pom is no lock file: only direct dependencies stand in it, and what its parents and BOMs
/// outside the source decide isn't known here. Both are said as gaps.
final class MavenProjects {
  private static final int MOST_ELEMENTS = 200_000;
  private static final int DEEPEST = 100;
  private static final int MOST_PARENTS = 20;
  private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^}]{1,200})\\}");

  private final Map<String, Pom> byCoordinates = new HashMap<>();
  private final List<Pom> poms = new ArrayList<>();
  private final List<NotChecked> broken = new ArrayList<>();
  private final Set<String> undecided = new TreeSet<>();
  private boolean direct;

  private record Dependency(
      String group, String artifact, String version, String scope, String type, int line) {}

  private record Pom(
      TextFile file,
      Map<String, String> own,
      Map<String, String> parent,
      Map<String, String> properties,
      List<Dependency> dependencies,
      List<Dependency> managed) {
    String group() {
      return own.getOrDefault("groupId", parent.getOrDefault("groupId", ""));
    }
  }

  void add(TextFile file) {
    try {
      Pom pom = parse(file);
      poms.add(pom);
      byCoordinates.put(pom.group() + ":" + pom.own.getOrDefault("artifactId", ""), pom);
    } catch (XMLStreamException e) {
      var place = e.getLocation();
      String at =
          place == null
              ? ""
              : "line " + place.getLineNumber() + ", column " + place.getColumnNumber() + ": ";
      broken.add(new NotChecked(file.path(), "not read: " + at + "broken XML"));
    } catch (LockFile.Unreadable e) {
      broken.add(new NotChecked(file.path(), "not read: " + e.getMessage()));
    }
  }

  Inventory inventory() {
    var all = new Inventory(List.of(), List.of(), broken);
    for (Pom pom : poms) {
      all = all.and(inventory(pom));
    }
    return poms.isEmpty() ? all : all.and(new Inventory(List.of(), List.of(), commonGaps()));
  }

  // Said once for all poms: a project of two hundred modules has two hundred of them.
  private List<NotChecked> commonGaps() {
    var common = new ArrayList<NotChecked>();
    String what = poms.size() == 1 ? poms.getFirst().file.path() : poms.size() + " pom.xml files";
    if (!undecided.isEmpty()) {
      common.add(
          new NotChecked(
              what,
              "the versions of "
                  + undecided.size()
                  + " dependencies are decided outside: "
                  + String.join(", ", undecided.stream().limit(5).toList())
                  + (undecided.size() > 5 ? ", ..." : "")));
    }
    if (direct) {
      common.add(
          new NotChecked(
              what, "a pom names direct dependencies only; what they bring along isn't resolved"));
    }
    return common;
  }

  private Inventory inventory(Pom pom) {
    var file = new LockFile(pom.file);
    List<Pom> line = withParents(pom);
    Map<String, String> properties = properties(line);
    for (Dependency dependency : pom.dependencies) {
      String group = filled(dependency.group, properties);
      String artifact = filled(dependency.artifact, properties);
      if (byCoordinates.containsKey(group + ":" + artifact)) {
        continue; // built here
      }
      direct = true;
      String version =
          filled(
              dependency.version.isEmpty()
                  ? managed(line, properties, group, artifact)
                  : dependency.version,
              properties);
      if (version.isEmpty()
          || version.contains("$")
          || version.matches("[\\[(].*|LATEST|RELEASE")) {
        undecided.add(LockFile.shortened(group + ":" + artifact));
        continue;
      }
      boolean development = dependency.scope.equals("test") || dependency.scope.equals("provided");
      file.add(
          Ecosystem.MAVEN, group + ":" + artifact, version, Map.of(), dependency.line, development);
    }
    return file.inventory();
  }

  private List<Pom> withParents(Pom pom) {
    var line = new ArrayList<Pom>();
    Set<String> seen = new HashSet<>();
    Pom next = pom;
    while (next != null && line.size() < MOST_PARENTS) {
      line.add(next);
      String parent =
          next.parent.getOrDefault("groupId", "")
              + ":"
              + next.parent.getOrDefault("artifactId", "");
      next = seen.add(parent) ? byCoordinates.get(parent) : null;
    }
    return line;
  }

  private static Map<String, String> properties(List<Pom> line) {
    var properties = new HashMap<String, String>();
    for (Pom pom : line.reversed()) {
      properties.putAll(pom.properties);
    }
    Pom pom = line.getFirst();
    String version = pom.own.getOrDefault("version", pom.parent.getOrDefault("version", ""));
    for (String prefix : List.of("project.", "pom.", "")) {
      properties.put(prefix + "version", version);
      properties.put(prefix + "groupId", pom.group());
      properties.put(prefix + "artifactId", pom.own.getOrDefault("artifactId", ""));
    }
    properties.put("project.parent.version", pom.parent.getOrDefault("version", ""));
    properties.put("project.parent.groupId", pom.parent.getOrDefault("groupId", ""));
    return properties;
  }

  private static String managed(
      List<Pom> line, Map<String, String> properties, String group, String artifact) {
    for (Pom pom : line) {
      for (Dependency managed : pom.managed) {
        if (filled(managed.group, properties).equals(group)
            && filled(managed.artifact, properties).equals(artifact)
            && !managed.scope.equals("import")) {
          return managed.version;
        }
      }
    }
    return "";
  }

  private static String filled(String text, Map<String, String> properties) {
    String value = text;
    for (int round = 0; round < 10 && value.contains("${") && value.length() < 2000; round++) {
      value =
          PROPERTY
              .matcher(value)
              .replaceAll(match ->
                  Matcher.quoteReplacement(properties.getOrDefault(match.group(1), match.group())));
    }
    return value.strip();
  }

  // ---- parsing

  private static Pom parse(TextFile file) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(file.bytes()));
    var pom =
        new Pom(
            file,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new ArrayList<>(),
            new ArrayList<>());
    var path = new ArrayList<String>();
    var fields = new HashMap<String, String>();
    var text = new StringBuilder();
    int elements = 0;
    int line = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          path.add(reader.getLocalName());
          text.setLength(0);
          if (path.getLast().equals("dependency")) {
            fields.clear();
            line = reader.getLocation().getLineNumber();
          }
          if (path.size() > DEEPEST || ++elements > MOST_ELEMENTS) {
            throw new LockFile.Unreadable("more elements than we read");
          }
        }
        case XMLStreamConstants.CHARACTERS -> text.append(reader.getText());
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new LockFile.Unreadable("a document type or entity, which no pom needs");
        case XMLStreamConstants.END_ELEMENT -> {
          end(pom, path, fields, text.toString().strip(), line);
          path.removeLast();
          text.setLength(0);
        }
        default -> {}
      }
    }
    return pom;
  }

  private static void end(
      Pom pom, List<String> path, Map<String, String> fields, String text, int line) {
    String where = String.join("/", path);
    switch (where) {
      case "project/groupId", "project/artifactId", "project/version" ->
          pom.own.put(path.getLast(), text);
      case "project/parent/groupId", "project/parent/artifactId", "project/parent/version" ->
          pom.parent.put(path.getLast(), text);
      case "project/dependencies/dependency" -> pom.dependencies.add(dependency(fields, line));
      case "project/dependencyManagement/dependencies/dependency" ->
          pom.managed.add(dependency(fields, line));
      default -> {
        if (where.startsWith("project/properties/") && path.size() == 3) {
          pom.properties.put(path.getLast(), text);
        }
        if (path.size() > 2 && path.get(path.size() - 2).equals("dependency")) {
          fields.put(path.getLast(), text);
        }
      }
    }
  }

  private static Dependency dependency(Map<String, String> fields, int line) {
    return new Dependency(
        value(fields, "groupId"),
        value(fields, "artifactId"),
        value(fields, "version"),
        value(fields, "scope"),
        value(fields, "type"),
        line);
  }

  private static String value(Map<String, String> fields, String name) {
    @Nullable String value = fields.get(name);
    return value == null ? "" : value;
  }
}
