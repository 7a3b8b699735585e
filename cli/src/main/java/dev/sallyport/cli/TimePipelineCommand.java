package dev.sallyport.cli;

import java.time.Clock;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sallyport time-pipeline`: how many seconds the corner shop's pipeline takes without us and with
/// us, for `./build bench pipeline`.
@Command(
    name = "time-pipeline",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Time the example's pipeline without a control plane and with one.")
final class TimePipelineCommand implements Runnable {
  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "3",
      description = "warm jobs of each kind; default: 3")
  private int jobs = 3;

  @Option(names = "--json", description = "print the figures as JSON")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    if (jobs < 1 || jobs > 20) {
      throw new UserError("--jobs " + jobs + " is out of range", "1 to 20");
    }
    var example = CornerShop.example();
    try (DemoStage stage = new DemoStage(example)) {
      CornerShop shop = new CornerShop(stage, example, Clock.systemUTC());
      try (PipelineTimes times = new PipelineTimes(shop, Clock.systemUTC())) {
        var figures = times.measure(jobs);
        spec.commandLine()
            .getOut()
            .println(json ? Json.line(figures).strip() : Json.pretty(figures));
      } finally {
        shop.down();
      }
    }
  }
}
