package dev.sallyport.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How many seconds the doors add to a pipeline. `sallyport time-pipeline` measures, since the
/// example's players are its own; run from the checkout's root.
final class PipelineBench {
  Figures run() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of("sallyport").toAbsolutePath().toString(), "time-pipeline", "--json")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("time-pipeline failed: " + out);
    }
    JsonNode measured = JsonMapper.shared().readTree(out.lines().reduce("", (a, b) -> b));
    Figures figures = new Figures("pipeline");
    for (Map.Entry<String, JsonNode> figure : measured.properties()) {
      figures.put(figure.getKey(), figure.getValue().asDouble());
    }
    return figures;
  }
}
