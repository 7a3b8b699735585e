package dev.sallyport.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport releases`: what runs where, as the hosts' agents say.
@Command(
    name = "releases",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show what runs where: what was let out, what the host's agent found, and when it was last heard.",
      ""
    })
final class ReleasesCommand implements Runnable {
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    JsonNode answer = new OwnerSession(server).must("GET", "/v1/releases", null);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(answer));
      return;
    }
    if (answer.path("places").isEmpty()) {
      spec.commandLine().getErr().println("no host was let in yet: see `sallyport agent code`");
    }
    for (JsonNode place : answer.path("places")) {
      String expected = place.path("expected").asString("");
      String reported = place.path("reported").asString("");
      out.println(
          Terminal.safe(
              place.path("service").asString("")
                  + " in "
                  + place.path("environment").asString("")
                  + " on "
                  + place.path("host").asString("")
                  + ": "
                  + (reported.isEmpty() ? "nothing" : reported)
                  + ", "
                  + place.path("state").asString("")
                  + ", "
                  + place.path("health").asString("")
                  + (place.path("silent").asBoolean(false) ? ", SILENT" : "")
                  + (!expected.equals(reported)
                      ? ", EXPECTED " + (expected.isEmpty() ? "nothing" : expected)
                      : "")
                  + ", heard "
                  + place.path("heard").asString("never")));
    }
  }
}
