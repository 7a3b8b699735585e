package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import dev.sallyport.scan.yaml.Yaml;
import java.util.List;

/// A composite or container action: its steps run inside whichever job uses it.
final class GithubAction {
  private GithubAction() {}

  static void judge(Notes notes, Yaml action) {
    Yaml runs = action.get("runs");
    if (runs == null) {
      // Other tools name files action.yml too.
      return;
    }
    Yaml.Text image = runs.text("image");
    if (image != null && image.value().startsWith("docker://")) {
      new ImageName(image.value().substring("docker://".length()))
          .judge(notes, image.line(), "runs");
    }
    List<Yaml> steps =
        runs.get("steps") instanceof Yaml.Sequence sequence ? sequence.items() : List.of();
    for (int i = 0; i < steps.size(); i++) {
      judgeStep(notes, steps.get(i), GithubWorkflow.place("runs", steps.get(i), i));
    }
  }

  private static void judgeStep(Notes notes, Yaml step, String place) {
    Yaml.Text uses = step.text("uses");
    if (uses != null) {
      new ActionName(uses.value()).judge(notes, Rules.UNPINNED_ACTION, uses.line(), place);
    }
    Yaml.Text run = step.text("run");
    Yaml script = step.at("with", "script");
    if (run != null) {
      judgeScript(notes, place, run);
      ShellText.judge(notes, run.value(), run.line(), place);
    }
    if (script instanceof Yaml.Text text && uses != null && uses.value().contains("script")) {
      judgeScript(notes, place, text);
    }
  }

  private static void judgeScript(Notes notes, String place, Yaml.Text script) {
    for (String expression : Expressions.untrusted(script.value())) {
      notes.add(
          Rules.SCRIPT_INJECTION,
          Severity.HIGH,
          notes.lineHolding(expression, script.line()),
          place,
          expression,
          "`"
              + ShellText.excerpt(expression)
              + "` is pasted into a script: its writer runs commands");
    }
    for (String expression : Expressions.inputs(script.value())) {
      notes.add(
          Rules.SCRIPT_INJECTION,
          Severity.MEDIUM,
          notes.lineHolding(expression, script.line()),
          place,
          expression,
          "`"
              + ShellText.excerpt(expression)
              + "` is pasted into a script: whoever fills the input runs commands");
    }
  }
}
