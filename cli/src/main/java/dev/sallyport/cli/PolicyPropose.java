package dev.sallyport.cli;

import dev.sallyport.cedar.Explained;
import dev.sallyport.cedar.Policy;
import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Source;
import dev.sallyport.gate.Why;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sallyport policy propose`: from what a server saw to a policy that would not have broken it.
@Command(
    name = "propose",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say what a profile would have refused of what a server allowed, by repository and policy, and write the",
      "profile with an exemption for just that. It is replayed before it is shown: nothing that was allowed is refused.",
      "Exit 0: done; 1: something allowed could not be exempted; 2: could not be asked.",
      ""
    })
final class PolicyPropose implements Callable<Integer> {
  private static final int MOST_CLAUSES = 5;

  enum From {
    baseline,
    strict
  }

  @Option(
      names = "--from",
      paramLabel = "PROFILE",
      defaultValue = "baseline",
      description = "baseline or strict; default: baseline")
  private From from = From.baseline;

  @Mixin private PolicyReplay.Recorded recorded = new PolicyReplay.Recorded();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "write the files there, a folder that holds no *.cedar yet; default: stdout")
  private @Nullable Path target;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    var progress = new Progress(err, Terminal.colours());
    var session = new OwnerSession(server);
    PolicySnapshot profile = PolicySnapshot.builtIn(Profile.of(from.name()).orElseThrow());
    Replayed replayed = Replayed.of(session, profile.sources(), recorded.bounds(), progress);
    List<Replayed.Flip> closed = replayed.flips().stream().filter(flip -> !flip.opened()).toList();
    report(target == null ? err : out, profile, replayed, closed);
    List<PolicyProposal.Seen> allowed =
        closed.stream().map(flip -> new PolicyProposal.Seen(flip.entry(), flip.asked())).toList();
    PolicyProposal proposal = PolicyProposal.of(profile, allowed);
    Replayed again = Replayed.of(session, proposal.policy().sources(), recorded.bounds(), progress);
    write(proposal.policy().sources(), out);
    err.println(
        "%d exemptions; replayed with them: %s"
            .formatted(proposal.additions(), PolicyReplay.summary(again)));
    proposal.hopeless().forEach(seen -> err.println("entry " + seen.entry() + " has no exemption"));
    // Others may have asked in between: what counts is what was seen.
    Set<Long> entries =
        allowed.stream().map(PolicyProposal.Seen::entry).collect(Collectors.toSet());
    return again.flips().stream().anyMatch(flip -> !flip.opened() && entries.contains(flip.entry()))
        ? 1
        : 0;
  }

  /// By repository, or whoever else asked: how many, of how many runs, and by which policies.
  private static void report(
      PrintWriter out, PolicySnapshot profile, Replayed replayed, List<Replayed.Flip> closed) {
    Map<String, String> advice = new TreeMap<>();
    for (PolicyRef policy : profile.policies()) {
      if (policy.advice() != null) {
        advice.put(policy.id(), policy.advice());
      }
    }
    Map<String, List<Replayed.Flip>> byWho =
        closed.stream()
            .collect(Collectors.groupingBy(PolicyPropose::who, TreeMap::new, Collectors.toList()));
    byWho.forEach((who, flips) -> {
      Set<String> runs = new HashSet<>();
      Map<String, Long> policies = new TreeMap<>();
      Map<String, Map<String, Long>> clauses = new TreeMap<>();
      for (Replayed.Flip flip : flips) {
        runs.add(flip.json().path("run").asString(""));
        var causes = new HashSet<String>();
        flip.json().path("causes").forEach(id -> causes.add(id.asString("")));
        causes.forEach(id -> policies.merge(id, 1L, Long::sum));
        for (Why.One one : Rehearsal.explain(flip.asked(), profile)) {
          if (causes.contains(one.policy().id())) {
            refusing(one.explained())
                .forEach(text ->
                    clauses
                        .computeIfAbsent(one.policy().id(), _ -> new TreeMap<>())
                        .merge(text, 1L, Long::sum));
          }
        }
      }
      runs.remove("");
      out.println(
          Terminal.safe(
              "%s: %d decisions of %d runs would have been refused"
                  .formatted(who, flips.size(), runs.size())));
      policies.forEach((id, count) -> {
        out.println(
            Terminal.safe("%6d  by `%s`: %s".formatted(count, id, advice.getOrDefault(id, ""))));
        clauses.getOrDefault(id, Map.of()).entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(MOST_CLAUSES)
            .forEach(clause ->
                out.println(
                    Terminal.safe("%14d  %s".formatted(clause.getValue(), clause.getKey()))));
      });
    });
    out.println(PolicyReplay.summary(replayed));
  }

  /// The clauses by which a policy refuses: of a forbid those of its `unless` that did not come out
  /// as they save from it, or of its `when` where it has no other; of a permit those that kept it
  /// from holding.
  private static Set<String> refusing(Explained explained) {
    boolean holds = explained.outcome() == Explained.Outcome.HOLDS;
    List<Policy.Condition> conditions = explained.policy().conditions();
    boolean saves = holds && conditions.stream().anyMatch(Policy.Condition::unless);
    return explained.clauses().stream()
        .filter(clause -> clause.came() != Explained.Came.NOT_REACHED)
        .filter(clause -> clause.met() == holds)
        .filter(clause -> !saves || conditions.get(clause.condition()).unless())
        .map(Explained.Clause::text)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String who(Replayed.Flip flip) {
    EntityRef who = Exemption.who(flip.asked());
    for (Entity entity : flip.asked().question().entities()) {
      if (entity.ref().equals(who) && entity.attributes().get("name") instanceof String name) {
        return name + " (" + who.id() + ")";
      }
    }
    return who.type() + " " + who.id();
  }

  private void write(List<Source> sources, PrintWriter out) {
    if (target == null) {
      for (Source source : sources) {
        out.println("// ---- " + source.name() + " ----");
        out.print(source.text());
      }
      out.flush();
      return;
    }
    Path folder = target;
    try {
      Files.createDirectories(folder);
      var there = new ArrayList<Path>();
      try (var found = Files.newDirectoryStream(folder, "*.cedar")) {
        found.forEach(there::add);
      }
      if (!there.isEmpty()) {
        throw new UserError(
            "`" + folder + "` holds policy already", "name a folder that is empty or new");
      }
      for (Source source : sources) {
        Files.writeString(
            folder.resolve(source.name()), source.text(), StandardOpenOption.CREATE_NEW);
        out.println(folder.resolve(source.name()));
      }
    } catch (IOException e) {
      throw new UserError("couldn't write to `" + folder + "`", "check the folder and its rights");
    }
  }
}
