package dev.sallyport.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport radius`: everything that a thing could have touched, from what was recorded.
@Command(
    name = "radius",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show everything that a run, key, runner, digest, person, dependency, secret or another thing could have touched.",
      "Each line says whether a door enforced it or somebody only claims it.",
      ""
    })
final class RadiusCommand implements Runnable {
  private static final List<String> GROUPS =
      List.of(
          "builds", "artifacts", "releases", "environments", "secrets", "credentials", "runners");

  @Parameters(paramLabel = "THING", description = "KIND:ID, as run:git.example/1111/7")
  private String thing = "";

  @Option(names = "--graph", description = "print the graph in Graphviz's language")
  private boolean graph;

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    JsonNode answer =
        new OwnerSession(server)
            .must("GET", "/v1/radius?of=" + URLEncoder.encode(thing, StandardCharsets.UTF_8), null);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(answer));
    } else if (graph) {
      dot(out, answer);
    } else {
      list(out, answer);
    }
    if (answer.path("cut").asBoolean(false)) {
      spec.commandLine()
          .getErr()
          .println("hint: there is more than this; ask for something narrower");
    }
  }

  private static void list(PrintWriter out, JsonNode answer) {
    boolean nothing = true;
    for (String group : GROUPS) {
      JsonNode things = answer.path(group);
      if (!things.isEmpty()) {
        nothing = false;
        out.println(group);
        for (JsonNode thing : things) {
          String word = thing.asString("");
          out.println("  " + Terminal.safe(word) + "  (" + how(answer, word) + ")");
        }
      }
    }
    if (nothing) {
      out.println("nothing is recorded that it touched");
    }
  }

  private static String how(JsonNode answer, String word) {
    var kinds = new TreeSet<String>();
    boolean enforced = false;
    for (JsonNode edge : answer.path("edges")) {
      if (edge.path("to").asString("").equals(word)) {
        kinds.add(edge.path("kind").asString(""));
        enforced |= edge.path("how").asString("").equals("enforced");
      }
    }
    return String.join(", ", kinds) + (enforced ? "; enforced" : "; only claimed");
  }

  private static void dot(PrintWriter out, JsonNode answer) {
    out.println("digraph radius {");
    out.println("  rankdir=LR;");
    out.println("  node [shape=box];");
    out.println("  " + quoted(answer.path("of").asString("")) + " [shape=doubleoctagon];");
    for (JsonNode edge : answer.path("edges")) {
      out.println(
          "  "
              + quoted(edge.path("from").asString(""))
              + " -> "
              + quoted(edge.path("to").asString(""))
              + " [label="
              + quoted(edge.path("kind").asString(""))
              + (edge.path("how").asString("").equals("enforced") ? "];" : ",style=dashed];"));
    }
    out.println("}");
  }

  private static String quoted(String text) {
    return "\"" + Terminal.safe(text).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
