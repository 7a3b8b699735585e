package dev.sallyport.cli;

import dev.sallyport.tlog.Checkpoint;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport status`: is it up, and who vouches for its log?
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "Say whether the server is up, how far its log is, and who vouches for it. Exit 0 up, 2 not, or its log"
            + " does not contain what it showed before.")
final class StatusCommand implements Runnable {
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(names = "--json", description = "print it as JSON")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    ServerClient client = server.client(Surroundings.of(spec));
    JsonNode health = client.get("/v1/health", Map.of()).json();
    LogWatch log = LogWatch.of(client);
    Checkpoint head = log.sawCheckpoint(client.get("/v1/ledger/checkpoint", Map.of()).text());
    long witnesses = health.path("witnesses").asLong(0);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode node = Json.object();
      node.put("url", client.at("/").toString());
      node.put("status", health.path("status").asString(""));
      node.put("treeSize", head.size());
      node.put("rootHash", head.root().base64());
      node.put("origin", head.origin());
      node.put("witnesses", witnesses);
      out.println(Json.pretty(node));
      return;
    }
    out.println("up         " + client.at("/"));
    out.println("log        " + Terminal.safe(head.origin()) + ", " + head.size() + " entries");
    out.println("consistent with every checkpoint this client was shown before");
    out.println(
        witnesses == 0
            ? "witnesses  none: a rewritten log is evident only to those who kept an earlier checkpoint"
            : "witnesses  " + witnesses);
  }
}
