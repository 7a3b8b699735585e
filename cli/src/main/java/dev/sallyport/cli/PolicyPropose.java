package dev.sallyport.cli;

import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Source;
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
      for (Replayed.Flip flip : flips) {
        runs.add(flip.json().path("run").asString(""));
        flip.json().path("causes").forEach(id -> policies.merge(id.asString(""), 1L, Long::sum));
      }
      runs.remove("");
      out.println(
          Terminal.safe(
              "%s: %d decisions of %d runs would have been refused"
                  .formatted(who, flips.size(), runs.size())));
      policies.forEach((id, count) ->
          out.println(
              Terminal.safe("%6d  by `%s`: %s".formatted(count, id, advice.getOrDefault(id, "")))));
    });
    out.println(PolicyReplay.summary(replayed));
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
