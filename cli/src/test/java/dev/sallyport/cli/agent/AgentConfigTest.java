package dev.sallyport.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.cli.agent.AgentConfig.Probe;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `agent.yaml`: defaults, full mapping, and what is refused.
class AgentConfigTest {
  private static final String SMALL =
      """
      name: web-1
      enrolment: agent
      services:
        - service: shop
          environment: prod
          repository: acme/shop
          folder: /srv/shop
          command: [bin/run]
          health: {tcp: "127.0.0.1:8080"}
      """;

  @TempDir private Path folder;

  private AgentConfig read(String text) {
    try {
      Path file = folder.resolve("agent.yaml");
      Files.writeString(file, text);
      return AgentConfigReader.read(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void what_is_left_out_has_its_default() {
    AgentConfig config = read(SMALL);
    assertThat(config.name()).isEqualTo("web-1");
    assertThat(config.enrolment()).isEqualTo(folder.resolve("agent"));
    assertThat(config.reportEverySeconds()).isEqualTo(5);
    AgentConfig.Service service = config.services().getFirst();
    assertThat(service.folder()).isEqualTo(Path.of("/srv/shop"));
    assertThat(service.workingFolder()).isNull();
    assertThat(service.user()).isNull();
    assertThat(service.environmentVariables()).isEmpty();
    assertThat(service.stopSeconds()).isEqualTo(10);
    assertThat(service.keepReleases()).isEqualTo(5);
    assertThat(service.health())
        .isEqualTo(new AgentConfig.Health(new Probe.Tcp("127.0.0.1", 8080), 30, 1));
  }

  @Test
  void everything_can_be_said() {
    AgentConfig config =
        read(
            """
            name: web-1
            enrolment: /var/lib/agent
            reportEverySeconds: 2
            services:
              - service: shop
                environment: prod
                repository: acme/shop
                folder: shop
                command: [java, -jar, "{release}/shop.jar"]
                workingFolder: work
                environmentVariables: {PORT: "8080", EMPTY: ""}
                user: shop
                health: {http: "http://127.0.0.1:8080/health", withinSeconds: 9, everySeconds: 2}
                stopSeconds: 3
                keepReleases: 2
              - service: shop
                environment: staging
                repository: acme/shop
                folder: staging
                command: [run]
                health: {command: [bin/check, now]}
            """);
    AgentConfig.Service service = config.services().getFirst();
    assertThat(service.command()).containsExactly("java", "-jar", "{release}/shop.jar");
    assertThat(service.workingFolder()).isEqualTo(folder.resolve("work"));
    assertThat(service.environmentVariables()).isEqualTo(Map.of("PORT", "8080", "EMPTY", ""));
    assertThat(service.user()).isEqualTo("shop");
    assertThat(service.health())
        .isEqualTo(
            new AgentConfig.Health(
                new Probe.Http(URI.create("http://127.0.0.1:8080/health")), 9, 2));
    assertThat(config.services().get(1).health().probe())
        .isEqualTo(new Probe.Command(List.of("bin/check", "now")));
  }

  @Test
  void what_cannot_be_meant_is_refused_with_its_line() {
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("name: web-1", "name: ../web"),
            Map.entry("service: shop", "service: Shop"),
            Map.entry("repository: acme/shop", "repository: acme/../shop"),
            Map.entry("folder: /srv/shop", "folders: /srv/shop"),
            Map.entry("command: [bin/run]", "command: bin/run"),
            Map.entry("health: {tcp: \"127.0.0.1:8080\"}", "health: {tcp: \"127.0.0.1\"}"));
    wrong.forEach((good, bad) ->
        assertThatThrownBy(() -> read(SMALL.replace(good, bad)))
            .as(bad)
            .isInstanceOf(AgentException.class)
            .hasMessageContaining("line"));
    for (String health :
        List.of(
            "{}",
            "{tcp: \"a:1\", http: \"http://a\"}",
            "{http: \"file:///etc/passwd\"}",
            "{http: \"http://u:p@a/\"}",
            "{tcp: \"a:1\", withinSeconds: 0}",
            "{tcp: \"a:1\", withinSeconds: -1}",
            "{command: []}")) {
      assertThatThrownBy(() -> read(SMALL.replace("{tcp: \"127.0.0.1:8080\"}", health)))
          .as(health)
          .isInstanceOf(AgentException.class);
    }
    assertThatThrownBy(() -> read(SMALL + "name: twice\n")).isInstanceOf(AgentException.class);
    assertThatThrownBy(() -> read(SMALL + SMALL.substring(SMALL.indexOf("  - "))))
        .hasMessageContaining("twice");
    assertThatThrownBy(() ->
            read(SMALL.replace("command:", "environmentVariables: {SALLYPORT_X: y}\n    command:")))
        .isInstanceOf(AgentException.class);
  }
}
