package dev.sallyport.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport policy waivers`: what is waived, until when, and how often that was used.
@Command(
    name = "waivers",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Show the refusals that are waived, and how often each waiver was used.")
final class PolicyWaivers implements Runnable {
  @Option(names = "--all", description = "those that ended too")
  private boolean all;

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    JsonNode answer = new OwnerSession(server).must("GET", "/v1/waivers", null);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(answer));
      return;
    }
    boolean any = false;
    for (JsonNode waiver : answer.path("waivers")) {
      String state = waiver.path("state").asString("");
      if (all || state.equals("live")) {
        any = true;
        out.println(line(waiver, state));
      }
    }
    if (!any) {
      out.println(all ? "nothing was ever waived" : "nothing is waived");
    }
  }

  private static String line(JsonNode waiver, String state) {
    long uses = waiver.path("uses").asLong(0);
    String used =
        uses == 0
            ? "never used"
            : "used "
                + uses
                + (uses == 1 ? " time, " : " times, last ")
                + waiver.path("lastUsed").asString("");
    return Terminal.safe(waiver.path("id").asString(""))
        + "  "
        + (state.equals("live") ? "until " + waiver.path("until").asString("") : state)
        + "  "
        + used
        + "  "
        + PolicyWaive.what(waiver)
        + "  "
        + Terminal.safe(waiver.path("reason").asString(""));
  }
}
