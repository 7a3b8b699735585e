package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import dev.sallyport.scan.yaml.Yaml;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// GitLab CI. Variables reach a script through the environment, so a title in `echo "$TITLE"` does
/// no harm; it does where something reads it as code, and `$[[ inputs.x ]]` is pasted before any
/// shell.
final class GitlabCi {
  private static final Set<String> NO_JOBS =
      Set.of(
          "include",
          "variables",
          "stages",
          "workflow",
          "cache",
          "pages",
          "spec",
          "default",
          "image",
          "services",
          "before_script",
          "after_script",
          "types");
  private static final String FREE_TEXT =
      "\\$\\{?CI_(?:COMMIT_(?:MESSAGE|TITLE|DESCRIPTION|REF_NAME|BRANCH|AUTHOR|TAG_MESSAGE)"
          + "|MERGE_REQUEST_(?:TITLE|DESCRIPTION|SOURCE_BRANCH_NAME|LABELS|MILESTONE)"
          + "|EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME)\\b";
  private static final Pattern EVALUATED =
      Pattern.compile(
          "\\beval\\b[^\\n]{0,300}"
              + FREE_TEXT
              + "|\\b(?:(?:ba|da|z)?sh|python[23]?|node|perl|ruby|php)\\s+-[a-z]*[cer]\\b[^\\n]{0,300}"
              + FREE_TEXT
              + "|\\b(?:ssh|docker\\s+exec|kubectl\\s+exec)\\b[^\\n]{0,300}\"[^\"\\n]{0,300}"
              + FREE_TEXT);
  private static final Pattern INPUT =
      Pattern.compile("\\$\\[\\[\\s*inputs\\.[^\\]\\n]{1,100}\\]\\]");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Za-z_][A-Za-z0-9_]*)\\}?");

  private final Notes notes;
  private final Map<String, String> variables = new HashMap<>();

  private GitlabCi(Notes notes) {
    this.notes = notes;
  }

  /// Judges all documents of a file; a header document of `spec` only declares inputs.
  static void judge(Notes notes, List<Yaml> documents) {
    for (Yaml document : documents) {
      new GitlabCi(notes).judge(document);
    }
  }

  /// The local files that a file takes in, without the leading slash; a `*` stays.
  static Set<String> localIncludes(List<Yaml> documents) {
    var paths = new TreeSet<String>();
    for (Yaml document : documents) {
      for (Yaml item : includes(document)) {
        Yaml.Text local =
            item instanceof Yaml.Text text && !text.value().contains("://")
                ? text
                : item.text("local");
        if (local != null && !local.value().contains("$")) {
          paths.add(local.value().replaceAll("^/+", ""));
        }
      }
    }
    return paths;
  }

  private static List<Yaml> includes(Yaml document) {
    Yaml include = document.get("include");
    if (include == null) {
      return List.of();
    }
    return include instanceof Yaml.Sequence sequence ? sequence.items() : List.of(include);
  }

  private void judge(Yaml document) {
    if (!(document instanceof Yaml.Mapping mapping)) {
      return;
    }
    includes(document).forEach(this::judgeInclude);
    judgeVariables(document, "global");
    judgeImages(document, "global");
    judgeScripts(document, "global");
    Yaml defaults = document.get("default");
    if (defaults != null) {
      judgeImages(defaults, "default");
      judgeScripts(defaults, "default");
    }
    mapping
        .entries()
        .forEach((name, job) -> {
          if (job instanceof Yaml.Mapping && (!NO_JOBS.contains(name) || name.equals("pages"))) {
            judgeVariables(job, name);
            judgeImages(job, name);
            judgeScripts(job, name);
          }
        });
  }

  private void judgeInclude(Yaml include) {
    Yaml.Text remote =
        include instanceof Yaml.Text text && text.value().contains("://")
            ? text
            : include.text("remote");
    if (remote != null
        && include.get("integrity") == null
        && !remote.value().matches(".*/[0-9a-f]{40}/.*")) {
      notes.add(
          Rules.UNPINNED_INCLUDE,
          Severity.HIGH,
          remote.line(),
          "include",
          remote.value(),
          "`" + remote.value() + "` is fetched anew for each pipeline",
          "add `integrity: sha256-...`, or copy the file and include it with `local`");
    }
    Yaml.Text project = include.text("project");
    Yaml.Text ref = include.text("ref");
    if (project != null && (ref == null || !COMMIT.matcher(ref.value()).matches())) {
      notes.add(
          Rules.UNPINNED_INCLUDE,
          ref == null ? Severity.HIGH : Severity.MEDIUM,
          project.line(),
          "include",
          project.value() + "@" + (ref == null ? "" : ref.value()),
          "the include from `"
              + project.value()
              + "` follows "
              + (ref == null ? "its default branch" : "`" + ref.value() + "`"));
    }
    Yaml.Text component = include.text("component");
    if (component != null) {
      String written = component.value();
      String version = written.substring(written.lastIndexOf('@') + 1);
      if (!COMMIT.matcher(version).matches()) {
        notes.add(
            Rules.UNPINNED_INCLUDE,
            version.equals("~latest") || !written.contains("@") ? Severity.HIGH : Severity.MEDIUM,
            component.line(),
            "include",
            written,
            "the component `" + written + "` isn't pinned by commit id");
      }
    }
  }

  private void judgeVariables(Yaml owner, String place) {
    Yaml declared = owner.get("variables");
    if (declared == null) {
      return;
    }
    declared
        .entries()
        .forEach((name, value) -> {
          Yaml.Text text = value instanceof Yaml.Text plain ? plain : value.text("value");
          if (text == null) {
            return;
          }
          variables.putIfAbsent(name, text.value());
          boolean on = text.value().equalsIgnoreCase("true") || text.value().equals("1");
          if (on && (name.equals("CI_DEBUG_TRACE") || name.equals("CI_DEBUG_SERVICES"))) {
            notes.add(
                Rules.DEBUG_TRACE,
                Severity.HIGH,
                text.line(),
                place,
                name,
                "`" + name + "` prints every variable, secrets included, into the job log");
          }
          if (name.equals("DOCKER_TLS_CERTDIR") && text.value().isBlank()) {
            notes.add(
                Rules.DOCKER_SOCKET,
                Severity.MEDIUM,
                text.line(),
                place,
                name,
                "the container daemon listens without TLS to every job on the machine");
          }
        });
  }

  private void judgeImages(Yaml owner, String place) {
    var images = new ArrayList<Yaml>();
    if (owner.get("image") != null) {
      images.add(owner.get("image"));
    }
    if (owner.get("services") instanceof Yaml.Sequence services) {
      images.addAll(services.items());
    }
    for (Yaml image : images) {
      Yaml.Text name = image instanceof Yaml.Text text ? text : image.text("name");
      if (name == null) {
        continue;
      }
      String written = expanded(name.value());
      new ImageName(written).judge(notes, name.line(), place);
      if (written.matches("(?:.*/)?docker(?::[^@]*)?dind.*")) {
        notes.add(
            Rules.DOCKER_SOCKET,
            Severity.LOW,
            name.line(),
            place,
            written,
            "Docker in Docker needs a privileged runner");
      }
    }
  }

  private String expanded(String written) {
    return VARIABLE
        .matcher(written)
        .replaceAll(match ->
            Matcher.quoteReplacement(variables.getOrDefault(match.group(1), match.group())));
  }

  private void judgeScripts(Yaml owner, String place) {
    for (String key : List.of("before_script", "script", "after_script")) {
      Yaml script = owner.get(key);
      if (script != null && !(script instanceof Yaml.Mapping)) {
        script.scalars().forEach(text -> judgeScript(text, place));
      }
    }
  }

  private void judgeScript(Yaml.Text script, String place) {
    ShellText.judge(notes, script.value(), script.line(), place);
    Matcher evaluated = EVALUATED.matcher(script.value());
    while (evaluated.find()) {
      notes.add(
          Rules.SCRIPT_INJECTION,
          Severity.HIGH,
          notes.lineHolding(evaluated.group(), script.line()),
          place,
          evaluated.group(),
          "text that a contributor writes is run as code: `"
              + ShellText.excerpt(evaluated.group())
              + "`",
          "don't evaluate the variable; hand it over as a quoted argument");
    }
    Matcher input = INPUT.matcher(script.value());
    while (input.find()) {
      notes.add(
          Rules.SCRIPT_INJECTION,
          Severity.MEDIUM,
          notes.lineHolding(input.group(), script.line()),
          place,
          input.group(),
          "`" + input.group() + "` is pasted into a script: whoever fills the input runs commands",
          "set a variable from the input and use it in double quotes");
    }
  }
}
