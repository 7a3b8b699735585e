package dev.sallyport.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sallyport example-registry`: the registry of `examples/registry`, until it is stopped.
@Command(
    name = "example-registry",
    hidden = true,
    mixinStandardHelpOptions = true,
    description =
        "Serve a small OCI registry on the loopback interface, for the demo and for trying things out. Not for"
            + " production.")
final class ExampleRegistryCommand implements Runnable {
  @Option(
      names = "--folder",
      required = true,
      paramLabel = "DIR",
      description = "where blobs, manifests and tags lie")
  private Path folder = Path.of("");

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "to listen on at 127.0.0.1; default: a free one")
  private int port;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    try (ExampleRegistry registry = ExampleRegistry.start(folder, port)) {
      var out = spec.commandLine().getOut();
      out.println("example registry: ready at " + registry.url());
      out.flush();
      new CountDownLatch(1).await();
    } catch (IOException e) {
      throw new UserError(
          "couldn't start the example registry: " + e.getMessage(),
          "check --folder, and that nothing else listens on --port");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
