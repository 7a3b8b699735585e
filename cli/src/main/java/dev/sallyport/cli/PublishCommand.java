package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport publish FILE...`: through the registry door, without any other tool.
@Command(
    name = "publish",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Push files as one OCI artifact through the server's registry door. docker, podman, oras and crane go through the same"
          + " door with the token of `sallyport registry login`; this is for jobs that have none of them.",
      "",
      "Exit codes: 0 published (its digest is printed), 1 refused, 2 could not ask.",
      ""
    },
    footer = {"", "Example: sallyport publish out/shop.jar --repository acme/shop --tag v1"})
final class PublishCommand implements Runnable, CommandLine.IExitCodeGenerator {
  private static final Pattern REPOSITORY = Pattern.compile("[a-z0-9]+(?:[._/-][a-z0-9]+)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "what to push")
  private List<Path> files = List.of();

  @Option(
      names = "--repository",
      required = true,
      paramLabel = "NAME",
      description = "the OCI repository, as acme/shop")
  private String repository = "";

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "a name for people; deploys go by the digest")
  private String tag = "";

  @Option(
      names = "--type",
      paramLabel = "MEDIA",
      defaultValue = "application/vnd.sallyport.files.v1",
      description = "the artifact type; default: application/vnd.sallyport.files.v1")
  private String type = "application/vnd.sallyport.files.v1";

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private CallerSession session = new CallerSession();

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    if (!REPOSITORY.matcher(repository).matches()) {
      throw new UserError(
          "`" + Terminal.safe(repository) + "` is no repository", "write it as acme/shop");
    }
    if (!tag.isEmpty() && !TAG.matcher(tag).matches()) {
      throw new UserError("`" + Terminal.safe(tag) + "` is no tag", "letters, digits, . _ -");
    }
    Surroundings there = Surroundings.of(spec);
    for (Path file : files) {
      if (!Files.isRegularFile(there.at(file))) {
        throw new UserError("`" + file + "` is no file", "name what the build made");
      }
    }
    ServerClient client = server.client(there);
    ServerClient.Answer asked = token(client);
    JsonNode answer = asked.json();
    if (asked.status() == 403) {
      refused(answer.path("detail").asString("denied"), answer.path("advice").path(0).asString(""));
      return;
    }
    if (asked.status() / 100 != 2) {
      throw new UserError(
          "the server gave no registry token: "
              + Terminal.safe(answer.path("detail").asString("status " + asked.status())),
          "is `registry` in the server's configuration, with this repository?");
    }
    try {
      String digest =
          new OciPush(client, repository, answer.path("token").asString(""))
              .push(files.stream().map(there::at).toList(), type, tag);
      published(digest);
    } catch (OciPush.Refused e) {
      refused(String.valueOf(e.getMessage()), "");
    } catch (IOException e) {
      throw new UserError("couldn't read what to push: " + e.getMessage(), "check the files");
    }
  }

  private ServerClient.Answer token(ServerClient client) {
    ObjectNode body = Json.object();
    body.put("repository", repository);
    body.putArray("actions").add("pull").add("push");
    String path = "/v1/registry-tokens";
    Map<String, String> headers = session.headers(client, "POST", path);
    headers.put("Content-Type", "application/json");
    return client.send("POST", path, headers, Json.line(body).getBytes(StandardCharsets.UTF_8));
  }

  private void published(String digest) {
    exitCode = 0;
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode node = Json.object();
      node.put("published", true);
      node.put("repository", repository);
      node.put("digest", digest);
      out.println(Json.pretty(node));
      return;
    }
    out.println(digest);
  }

  private void refused(String why, String advice) {
    exitCode = 1;
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode node = Json.object();
      node.put("published", false);
      node.put("repository", repository);
      node.put("reason", why);
      node.put("advice", advice);
      out.println(Json.pretty(node));
      return;
    }
    boolean colours = Terminal.colours(Surroundings.of(spec));
    out.println(Style.RED.on("REFUSED", colours) + "  " + Terminal.safe(why));
    if (!advice.isEmpty()) {
      out.println("  to satisfy it: " + Terminal.safe(advice));
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
