package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import dev.sallyport.scan.yaml.Yaml;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one workflow of GitHub Actions lets happen: who can start it, with which token and secrets,
/// on which machine, and whose code it runs.
final class GithubWorkflow {
  private static final Set<String> PRIVILEGED =
      Set.of(
          "pull_request_target",
          "workflow_run",
          "issue_comment",
          "issues",
          "discussion",
          "discussion_comment",
          "fork",
          "watch",
          "gollum");
  private static final Set<String> PUBLIC =
      Set.of(
          "pull_request",
          "pull_request_target",
          "issue_comment",
          "issues",
          "discussion",
          "discussion_comment",
          "pull_request_review",
          "pull_request_review_comment",
          "workflow_run",
          "fork",
          "watch",
          "gollum");
  private static final Pattern HEAD_BY_HAND =
      Pattern.compile(
          "gh\\s+pr\\s+checkout|git\\s+(?:fetch|checkout|pull|switch|merge)\\b[^\\n]{0,200}(?:refs/)?pull/|git\\s+(?:fetch|checkout|pull|merge)\\b[^\\n]{0,200}\\$\\{?(?:HEAD_|PR_HEAD|GITHUB_HEAD_REF)");

  private final Notes notes;
  private final Yaml workflow;
  private final Set<String> triggers;
  private final boolean privileged;

  private GithubWorkflow(Notes notes, Yaml workflow) {
    this.notes = notes;
    this.workflow = workflow;
    this.triggers = triggers(workflow);
    this.privileged = triggers.stream().anyMatch(PRIVILEGED::contains);
  }

  static void judge(Notes notes, Yaml workflow) {
    if (!(workflow instanceof Yaml.Mapping) || workflow.get("jobs") == null) {
      notes.gap("no workflow: it has no `jobs`");
      return;
    }
    new GithubWorkflow(notes, workflow).judge();
  }

  private static Set<String> triggers(Yaml workflow) {
    Yaml on = workflow.get("on") == null ? workflow.get("true") : workflow.get("on");
    var names = new TreeSet<String>();
    if (on != null) {
      switch (on) {
        case Yaml.Text text -> names.add(text.value());
        case Yaml.Sequence sequence -> sequence.scalars().forEach(text -> names.add(text.value()));
        case Yaml.Mapping mapping -> names.addAll(mapping.entries().keySet());
      }
    }
    return names;
  }

  private void judge() {
    judgePermissions();
    judgeEnvironment(workflow.get("env"), "workflow");
    boolean untrusted = false;
    Yaml jobs = workflow.get("jobs");
    for (Map.Entry<String, Yaml> job :
        jobs == null ? Map.<String, Yaml>of().entrySet() : jobs.entries().entrySet()) {
      untrusted |= judgeJob(job.getKey(), job.getValue());
    }
    if (!untrusted) {
      judgeTriggers();
    }
  }

  private void judgeTriggers() {
    for (String trigger : List.of("pull_request_target", "workflow_run")) {
      if (triggers.contains(trigger)) {
        Yaml on = workflow.get("on");
        int line = on == null ? 1 : on.lineOf(trigger);
        notes.add(
            Rules.DANGEROUS_TRIGGER,
            Severity.LOW,
            line,
            "on",
            trigger,
            "`" + trigger + "` runs with secrets on behalf of strangers");
      }
    }
  }

  // ---- permissions

  private void judgePermissions() {
    Yaml top = workflow.get("permissions");
    Yaml jobs = workflow.get("jobs");
    int count = jobs == null ? 0 : jobs.entries().size();
    if (top != null) {
      judgeGrant(
          top,
          workflow.lineOf("permissions"),
          "workflow",
          count > 1 ? Severity.MEDIUM : Severity.LOW);
      return;
    }
    if (jobs == null) {
      return;
    }
    var without = new ArrayList<String>();
    jobs.entries()
        .forEach((name, job) -> {
          if (job instanceof Yaml.Mapping mapping
              && !mapping.entries().containsKey("permissions")) {
            without.add(name);
          }
        });
    if (!without.isEmpty()) {
      String which =
          without.size() == 1 ? "job `" + without.getFirst() + "`" : without.size() + " jobs";
      notes.add(
          Rules.BROAD_PERMISSIONS,
          privileged ? Severity.HIGH : Severity.MEDIUM,
          workflow.lineOf("jobs"),
          "workflow",
          "none",
          "no `permissions` for "
              + which
              + ": the token has whatever the repository's default grants");
    }
  }

  private void judgeGrant(Yaml grant, int line, String place, Severity ofOneWrite) {
    if (grant instanceof Yaml.Text text) {
      if (text.value().equals("write-all")) {
        notes.add(
            Rules.BROAD_PERMISSIONS,
            Severity.HIGH,
            line,
            place,
            "write-all",
            "`write-all` lets the job's token write everything");
      }
      return;
    }
    if (!place.equals("workflow")) {
      return;
    }
    var writes = new ArrayList<String>();
    grant
        .entries()
        .forEach((scope, level) -> {
          if (level instanceof Yaml.Text text && text.value().equals("write")) {
            writes.add(scope);
          }
        });
    if (!writes.isEmpty()) {
      notes.add(
          Rules.BROAD_PERMISSIONS,
          ofOneWrite,
          grant.lineOf(writes.getFirst()),
          place,
          String.join(" ", writes),
          "every job of the workflow may write: " + String.join(", ", writes),
          "move the write permission to the job that needs it");
    }
  }

  // ---- jobs

  private boolean judgeJob(String name, Yaml job) {
    if (!(job instanceof Yaml.Mapping mapping)) {
      return false;
    }
    Yaml grant = mapping.entries().get("permissions");
    if (grant != null) {
      judgeGrant(grant, job.lineOf("permissions"), "job " + name, Severity.LOW);
    }
    judgeCalledWorkflow(name, job);
    judgeRunner(name, job);
    judgeContainers(name, job);
    judgeEnvironment(job.get("env"), name);
    List<Yaml> steps =
        job.get("steps") instanceof Yaml.Sequence sequence ? sequence.items() : List.of();
    return judgeSteps(name, job, steps);
  }

  private void judgeCalledWorkflow(String name, Yaml job) {
    Yaml.Text uses = job.text("uses");
    if (uses == null) {
      return;
    }
    ActionName called = new ActionName(uses.value());
    called.judge(notes, Rules.UNPINNED_WORKFLOW, uses.line(), name);
    Yaml.Text secrets = job.text("secrets");
    if (secrets != null && secrets.value().equals("inherit") && !called.local()) {
      notes.add(
          Rules.SECRETS_INHERIT,
          called.pinned() ? Severity.MEDIUM : Severity.HIGH,
          job.lineOf("secrets"),
          name,
          uses.value(),
          "every secret is handed to `" + called.written() + "`");
    }
    if (!called.pinned() && !called.local() && job.get("secrets") != null && secrets == null) {
      notes.add(
          Rules.SECRET_TO_UNPINNED,
          Severity.HIGH,
          job.lineOf("secrets"),
          name,
          uses.value(),
          "secrets are handed to `" + called.written() + "`, which can change");
    }
  }

  private void judgeRunner(String name, Yaml job) {
    Yaml runner = job.get("runs-on");
    if (runner == null || triggers.stream().noneMatch(PUBLIC::contains)) {
      return;
    }
    boolean own =
        runner.scalars().stream()
            .anyMatch(text -> text.value().toLowerCase(Locale.ROOT).contains("self-hosted"));
    boolean group = runner.get("group") != null;
    if (own || group) {
      String trigger = triggers.stream().filter(PUBLIC::contains).findFirst().orElse("");
      notes.add(
          Rules.SELF_HOSTED,
          Severity.HIGH,
          job.lineOf("runs-on"),
          name,
          "runs-on",
          "`" + trigger + "` lets strangers run code on a self-hosted runner");
    }
  }

  private void judgeContainers(String name, Yaml job) {
    Yaml container = job.get("container");
    if (container != null) {
      judgeContainer(name, job, container);
    }
    Yaml services = job.get("services");
    if (services != null) {
      services
          .entries()
          .forEach((service, value) -> judgeContainer(name + "." + service, job, value));
    }
  }

  private void judgeContainer(String place, Yaml job, Yaml container) {
    Yaml.Text image = container instanceof Yaml.Text text ? text : container.text("image");
    if (image != null) {
      for (String written : unfolded(image.value(), job)) {
        new ImageName(written).judge(notes, image.line(), place);
      }
    }
    Yaml password = container.at("credentials", "password");
    if (password instanceof Yaml.Text text
        && !text.value().isBlank()
        && !text.value().contains("${{")) {
      notes.add(
          Rules.CONTAINER_CREDENTIALS,
          Severity.HIGH,
          text.line(),
          place,
          "password",
          "the registry password of the container stands in the file");
    }
    container.visit((_, text) -> {
      if (text.value().contains("docker.sock") || text.value().contains("--privileged")) {
        notes.add(
            Rules.DOCKER_SOCKET,
            Severity.HIGH,
            text.line(),
            place,
            text.value(),
            "the container takes the power of the host's container daemon");
      }
    });
  }

  // `${{ matrix.image }}` stands for each value of that list.
  private static List<String> unfolded(String written, Yaml job) {
    List<String> inside = Expressions.in(written);
    if (inside.size() != 1 || !inside.getFirst().matches("matrix\\.[\\w-]+")) {
      return List.of(written);
    }
    Yaml values = job.at("strategy", "matrix", inside.getFirst().substring("matrix.".length()));
    return values instanceof Yaml.Sequence sequence
        ? sequence.scalars().stream().map(Yaml.Text::value).toList()
        : List.of(written);
  }

  private void judgeEnvironment(@Nullable Yaml environment, String place) {
    if (environment == null) {
      return;
    }
    environment.visit((key, text) -> {
      boolean on = text.value().equalsIgnoreCase("true") || text.value().equals("1");
      if (on && (key.equals("ACTIONS_STEP_DEBUG") || key.equals("ACTIONS_RUNNER_DEBUG"))) {
        notes.add(
            Rules.DEBUG_TRACE,
            Severity.LOW,
            text.line(),
            place,
            key,
            "`" + key + "` writes more into the log than its readers should see");
      }
      if (on && key.equals("ACTIONS_ALLOW_UNSECURE_COMMANDS")) {
        notes.add(
            Rules.INSECURE_COMMANDS,
            Severity.HIGH,
            text.line(),
            place,
            key,
            "any text in the log can set variables and the path");
      }
      if (Expressions.readsAllSecrets(text.value())) {
        allSecrets(text, place);
      }
    });
  }

  private void allSecrets(Yaml.Text text, String place) {
    notes.add(
        Rules.ALL_SECRETS,
        text.value().toLowerCase(Locale.ROOT).contains("tojson") ? Severity.HIGH : Severity.MEDIUM,
        text.line(),
        place,
        text.value(),
        "more secrets than one are within reach of the step");
  }

  // ---- steps

  private boolean judgeSteps(String jobName, Yaml job, List<Yaml> steps) {
    int headAt = -1;
    for (int i = 0; i < steps.size(); i++) {
      String place = place(jobName, steps.get(i), i);
      judgeStep(place, steps.get(i), steps);
      if (headAt < 0 && privileged && checksOutHead(steps.get(i))) {
        headAt = i;
      }
    }
    if (headAt >= 0) {
      judgeHead(jobName, job, steps, headAt);
    }
    return headAt >= 0;
  }

  static String place(String jobName, Yaml step, int index) {
    Yaml.Text id = step.text("id");
    Yaml.Text name = step.text("name");
    Yaml.Text named = id == null ? name : id;
    // Not the index: a step added above must not change the identity of those below.
    return named == null ? jobName : jobName + "." + named.value();
  }

  private static boolean checksOutHead(Yaml step) {
    Yaml.Text uses = step.text("uses");
    if (uses != null && uses.value().startsWith("actions/checkout@")) {
      Yaml with = step.get("with");
      Yaml.Text ref = with == null ? null : with.text("ref");
      Yaml.Text repository = with == null ? null : with.text("repository");
      return (ref != null && Expressions.namesHead(ref.value()))
          || (repository != null && Expressions.namesHead(repository.value()));
    }
    Yaml.Text run = step.text("run");
    return run != null
        && (HEAD_BY_HAND.matcher(run.value()).find()
            || run.value()
                .lines()
                .anyMatch(line ->
                    line.contains("git ")
                        && line.matches(".*\\b(?:checkout|fetch|merge|pull)\\b.*")
                        && Expressions.namesHead(line)));
  }

  private void judgeHead(String jobName, Yaml job, List<Yaml> steps, int headAt) {
    Yaml checkout = steps.get(headAt);
    boolean runs = false;
    Yaml.Text secret = null;
    for (int i = 0; i < steps.size(); i++) {
      Yaml step = steps.get(i);
      Yaml.Text uses = step.text("uses");
      runs |=
          i > headAt
              && (step.text("run") != null
                  || (uses != null && !uses.value().startsWith("actions/checkout@")));
      for (Yaml.Text text : step.scalars()) {
        secret = secret == null && Expressions.readsSecret(text.value()) ? text : secret;
      }
    }
    Yaml environment = job.get("env");
    for (Yaml.Text text : environment == null ? List.<Yaml.Text>of() : environment.scalars()) {
      secret = secret == null && Expressions.readsSecret(text.value()) ? text : secret;
    }
    String trigger = triggers.stream().filter(PRIVILEGED::contains).findFirst().orElse("");
    Yaml ref = checkout.at("with", "ref");
    int line = ref == null ? checkout.line() : ref.line();
    notes.add(
        Rules.UNTRUSTED_CHECKOUT,
        runs ? Severity.CRITICAL : Severity.HIGH,
        line,
        jobName,
        ref instanceof Yaml.Text text ? text.value() : "checkout",
        "`"
            + trigger
            + "` checks out the contributor's code"
            + (runs ? " and goes on to run" : ""));
    if (secret != null) {
      notes.add(
          Rules.SECRET_BESIDE_UNTRUSTED,
          Severity.CRITICAL,
          secret.line(),
          jobName,
          secret.value(),
          "a secret is within reach of the contributor's code");
    }
  }

  private void judgeStep(String place, Yaml step, List<Yaml> steps) {
    Yaml.Text uses = step.text("uses");
    if (uses != null) {
      judgeUses(place, step, uses, steps);
    }
    Yaml.Text run = step.text("run");
    if (run != null) {
      judgeScript(place, run);
      ShellText.judge(notes, run.value(), run.line(), place);
    }
    judgeEnvironment(step.get("env"), place);
    Yaml with = step.get("with");
    if (with != null) {
      with.visit((key, text) -> {
        if (executes(uses, key)) {
          judgeScript(place, text);
        }
        if (Expressions.readsAllSecrets(text.value())) {
          allSecrets(text, place);
        }
      });
    }
  }

  // The inputs of well-known actions that are code.
  private static boolean executes(Yaml.@Nullable Text uses, String input) {
    String action = uses == null ? "" : uses.value().toLowerCase(Locale.ROOT);
    return switch (input) {
      case "script" ->
          action.contains("script") || action.contains("ssh") || action.contains("emulator");
      case "run", "inlineScript", "inlinescript", "command", "cmd" -> !action.isEmpty();
      default -> false;
    };
  }

  private void judgeScript(String place, Yaml.Text script) {
    for (String expression : Expressions.untrusted(script.value())) {
      notes.add(
          Rules.SCRIPT_INJECTION,
          severity(expression),
          notes.lineHolding(expression, script.line()),
          place,
          expression,
          "`"
              + ShellText.excerpt(expression)
              + "` is pasted into a script: its writer runs commands");
    }
    if (triggers.contains("workflow_call") || triggers.contains("workflow_dispatch")) {
      for (String expression : Expressions.inputs(script.value())) {
        notes.add(
            Rules.SCRIPT_INJECTION,
            triggers.contains("workflow_call") ? Severity.MEDIUM : Severity.LOW,
            notes.lineHolding(expression, script.line()),
            place,
            expression,
            "`"
                + ShellText.excerpt(expression)
                + "` is pasted into a script: whoever calls it runs commands");
      }
    }
    if (Expressions.readsAllSecrets(script.value())) {
      allSecrets(script, place);
    }
  }

  private Severity severity(String expression) {
    if (expression.contains("event.inputs") && !privileged) {
      return Severity.LOW;
    }
    if (triggers.contains("pull_request_target")
        || triggers.contains("workflow_run")
        || triggers.contains("issue_comment")
        || triggers.contains("issues")) {
      return Severity.CRITICAL;
    }
    return Severity.HIGH;
  }

  private void judgeUses(String place, Yaml step, Yaml.Text uses, List<Yaml> steps) {
    ActionName action = new ActionName(uses.value());
    action.judge(notes, Rules.UNPINNED_ACTION, uses.line(), place);
    if (!action.pinned() && !action.local() && !action.firstParty()) {
      for (Yaml.Text text : step.scalars()) {
        if (Expressions.readsSecret(text.value())) {
          notes.add(
              Rules.SECRET_TO_UNPINNED,
              Severity.HIGH,
              text.line(),
              place,
              text.value(),
              "a secret is handed to `" + action.written() + "`, which can change");
          break;
        }
      }
    }
    if (action.written().startsWith("actions/checkout@")) {
      judgeCheckout(place, step, uses, steps);
    }
    if (caches(action, step) && releases()) {
      notes.add(
          Rules.CACHE_IN_RELEASE,
          Severity.LOW,
          uses.line(),
          place,
          uses.value(),
          "a release is built from a cache that other runs can fill");
    }
  }

  private void judgeCheckout(String place, Yaml step, Yaml.Text uses, List<Yaml> steps) {
    Yaml persist = step.at("with", "persist-credentials");
    if (persist instanceof Yaml.Text text && text.value().equalsIgnoreCase("false")) {
      return;
    }
    boolean uploads =
        steps.stream()
            .map(other -> other.text("uses"))
            .anyMatch(
                other -> other != null && other.value().startsWith("actions/upload-artifact@"));
    notes.add(
        Rules.PERSISTED_CREDENTIALS,
        uploads || privileged ? Severity.MEDIUM : Severity.LOW,
        uses.line(),
        place,
        "checkout",
        "the checkout leaves the job's token in the work tree"
            + (uploads ? ", and an artifact is uploaded from it" : ""));
  }

  private static boolean caches(ActionName action, Yaml step) {
    String written = action.written();
    return written.startsWith("actions/cache@")
        || written.startsWith("actions/cache/restore@")
        || (written.startsWith("actions/setup-")
            && step.at("with", "cache") instanceof Yaml.Text text
            && !text.value().equals("false"));
  }

  private boolean releases() {
    Yaml push = workflow.at("on", "push");
    return triggers.contains("release")
        || (push != null && push.get("tags") != null && push.get("branches") == null);
  }
}
