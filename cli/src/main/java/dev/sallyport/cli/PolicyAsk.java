package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Reach;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Why;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport policy why`, `why-not`, `who-can`, `what-can`: questions to a policy where it lies.
final class PolicyAsk {
  private PolicyAsk() {}

  /// Why is it answered so?
  @Command(
      name = "why",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Say why a policy answers a question as it does: each policy about the action, the clauses that held or failed,"
            + " the values they saw. FILE holds the question and what was known (docs/reference/policy.md).",
        "",
        "Exit 0: allowed; 1: refused; 2: could not be asked.",
        ""
      })
  static final class Explain extends WhyCommand {
    @Override
    boolean remedy() {
      return false;
    }
  }

  /// What would turn it?
  @Command(
      name = "why-not",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "As `why`, and the smallest set of facts that would turn the refusal into an allow, or what stands in the way"
            + " that is no fact.",
        "",
        "Exit 0: allowed; 1: refused; 2: could not be asked.",
        ""
      })
  static final class ExplainNot extends WhyCommand {
    @Override
    boolean remedy() {
      return true;
    }
  }

  /// What both share.
  abstract static class WhyCommand implements Callable<Integer> {
    @Parameters(
        arity = "1",
        paramLabel = "FILE|ENTRY",
        description =
            "YAML or JSON: a question, or a file of tests with --test; or the number of a decision's"
                + " entry on a server, by the policy that ruled it")
    private Path file = Path.of("-");

    @Mixin private PolicyChoice.Options chosen = new PolicyChoice.Options();

    @Option(names = "--test", paramLabel = "NAME", description = "the test of FILE with this name")
    private @Nullable String test;

    @Option(names = "--all", description = "name the policies too whose scope does not match")
    private boolean all;

    @Option(names = "--json", description = "print it as JSON")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    abstract boolean remedy();

    @Override
    public Integer call() {
      Asked question = file.toString().matches("[0-9]{1,18}") ? recorded() : written();
      PolicyChoice choice = question.policy();
      Why why = Rehearsal.why(question.asked(), choice.snapshot());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode root = WhyReport.tree(why, remedy());
        root.put("policy", choice.name());
        root.put("policyDigest", choice.snapshot().digest());
        out.println(Json.pretty(root));
      } else {
        WhyReport.print(why, remedy(), all, out);
      }
      out.flush();
      return why.verdict().allowed() ? 0 : 1;
    }

    /// A question and the policy to ask.
    private record Asked(Case asked, PolicyChoice policy) {}

    private Asked written() {
      return new Asked(asked(), chosen.read());
    }

    /// Out of a server's ledger; by the policy that ruled where no other is named.
    private Asked recorded() {
      JsonNode found =
          new OwnerSession(server).must("GET", "/v1/decisions/case?entry=" + file, null);
      if (found.path("besidePolicy").asBoolean(false)) {
        spec.commandLine()
            .getErr()
            .println("besides policy, a hold refused it: here is what policy says");
      }
      return new Asked(
          new Replayed.Flip(found).asked(),
          chosen.given()
              ? chosen.read()
              : PolicyChoice.recorded(found.path("policy"), found.path("time").asString("")));
    }

    private Case asked() {
      CaseFile cases = CaseFile.read(file);
      if (test == null) {
        return cases.question("the question", cases.members());
      }
      if (cases.members().get("tests") instanceof List<?> tests) {
        for (Object one : tests) {
          Map<String, Object> members = cases.object("a test", one);
          if (test.equals(members.get("name"))) {
            return cases.question(test, members);
          }
        }
      }
      throw new UserError(
          "`" + file + "` has no test `" + Terminal.safe(test) + "`", "look at its names");
    }
  }

  /// What `who-can` and `what-can` share.
  abstract static class ReachCommand implements Callable<Integer> {
    @Option(
        names = "--things",
        required = true,
        paramLabel = "FILE",
        description =
            "YAML or JSON: `things`, and `claimed` and `facts` that hold for all questions, where any")
    private Path file = Path.of("-");

    @Mixin private PolicyChoice.Options chosen = new PolicyChoice.Options();

    @Option(names = "--all", description = "name those too that cannot")
    private boolean all;

    @Option(names = "--json", description = "print it as JSON")
    private boolean json;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    abstract List<Reach.Found> found(Reach reach, CaseFile things);

    @Override
    public Integer call() {
      PolicyChoice choice = chosen.read();
      CaseFile things = CaseFile.read(file);
      for (String member : things.members().keySet()) {
        if (!Set.of("things", "claimed", "facts").contains(member)) {
          throw things.wrong("unknown member `" + member + "`");
        }
      }
      // Through a case, so that all of it is read as strictly as one.
      var json = new LinkedHashMap<>(things.members());
      json.remove("things");
      json.put("principal", Map.of("type", "Stranger", "id", "nobody"));
      json.put("action", Action.BUILD.word());
      json.put("resource", Map.of("type", "Repository", "id", "none"));
      Case known = things.question("the file", json);
      List<Reach.Found> found;
      try {
        found =
            found(
                new Reach(
                    choice.snapshot(),
                    known.question().entities(),
                    known.question().claimed(),
                    known.facts()),
                things);
      } catch (IllegalArgumentException e) {
        throw things.wrong(String.valueOf(e.getMessage()));
      }
      tell(found);
      return found.stream().anyMatch(one -> one.can() != Reach.Can.NO) ? 0 : 1;
    }

    private void tell(List<Reach.Found> found) {
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode root = Json.object();
        root.put("asked", found.size());
        ArrayNode list = root.putArray("found");
        found.forEach(one -> write(one, list.addObject()));
        out.println(Json.pretty(root));
      } else {
        boolean colours = Terminal.colours();
        for (Reach.Found one : found) {
          if (all || one.can() != Reach.Can.NO) {
            out.println(mark(one.can()).on(Terminal.safe(line(one)), colours));
          }
        }
        out.println(
            "%d asked: %s"
                .formatted(
                    found.size(),
                    found.stream()
                        .collect(
                            Collectors.groupingBy(
                                one -> one.can().word(), TreeMap::new, Collectors.counting()))
                        .entrySet()
                        .stream()
                        .map(count -> count.getValue() + " " + count.getKey())
                        .collect(Collectors.joining(", "))));
      }
      out.flush();
    }

    private static Style mark(Reach.Can can) {
      return switch (can) {
        case YES -> Style.GREEN;
        case IF -> Style.YELLOW;
        case NO -> Style.DIM;
      };
    }

    private static String line(Reach.Found one) {
      String how =
          switch (one.can()) {
            case YES -> "yes, by " + String.join(", ", one.policies());
            case IF ->
                "if checked and good: "
                    + String.join(", ", one.missing())
                    + " ("
                    + String.join(", ", one.policies())
                    + ")";
            case NO ->
                one.policies().isEmpty()
                    ? "no: nothing permits it"
                    : "no, by " + String.join(", ", one.policies());
          };
      return "%s %s %s: %s".formatted(one.who(), one.action().word(), one.what(), how);
    }

    private static void write(Reach.Found one, ObjectNode node) {
      thing(one.who(), node.putObject("principal"));
      node.put("action", one.action().word());
      thing(one.what(), node.putObject("resource"));
      node.put("can", one.can().word());
      one.missing().forEach(node.putArray("missing")::add);
      one.policies().forEach(node.putArray("policies")::add);
    }

    private static void thing(EntityRef ref, ObjectNode node) {
      node.put("type", ref.type());
      node.put("id", ref.id());
    }

    /// A thing by its name in the file, or as `Type::id`.
    static EntityRef thing(CaseFile things, String said) {
      return things
          .named(said)
          .orElseGet(() -> {
            int at = said.indexOf("::");
            try {
              return new EntityRef(
                  said.substring(0, Math.max(at, 0)), said.substring(Math.max(at, 0) + 2));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
              throw new UserError(
                  "no thing is called `" + Terminal.safe(said) + "`",
                  "name one of the file, or write Type::id, for example Environment::prod");
            }
          });
    }
  }

  /// Who can?
  @Command(
      name = "who-can",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Who of the things in a file can do ACTION on RESOURCE: every question is really asked, none is guessed.",
        "",
        "Exit 0: somebody can, or could with facts; 1: nobody; 2: could not be asked.",
        ""
      },
      footer = {"", "Example:", "  sallyport policy who-can deploy prod --things things.yaml"})
  static final class WhoCan extends ReachCommand {
    @Parameters(index = "0", paramLabel = "ACTION", description = "for example deploy")
    private String action = "";

    @Parameters(index = "1", paramLabel = "RESOURCE", description = "a thing's name, or Type::id")
    private String resource = "";

    @Override
    List<Reach.Found> found(Reach reach, CaseFile things) {
      Action asked =
          Action.of(action)
              .orElseThrow(() ->
                  new UserError(
                      "no action is `" + Terminal.safe(action) + "`",
                      "docs/reference/vocabulary.md names them"));
      return reach.whoCan(asked, thing(things, resource));
    }
  }

  /// What can?
  @Command(
      name = "what-can",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "What PRINCIPAL can do with the things in a file: every question is really asked, none is guessed.",
        "",
        "Exit 0: something, or something with facts; 1: nothing; 2: could not be asked.",
        ""
      },
      footer = {"", "Example:", "  sallyport policy what-can shop-main --things things.yaml"})
  static final class WhatCan extends ReachCommand {
    @Parameters(index = "0", paramLabel = "PRINCIPAL", description = "a thing's name, or Type::id")
    private String principal = "";

    @Override
    List<Reach.Found> found(Reach reach, CaseFile things) {
      return reach.whatCan(thing(things, principal));
    }
  }
}
