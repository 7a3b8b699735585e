package dev.sallyport.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.Profile;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configuration in three ways: nothing, everything, and what is refused.
class SettingsReaderTest {
  private static final String FULL =
      """
      profile: strict
      postgresql:
        url: jdbc:postgresql://db.example.com/sallyport
        user: sallyport
        passwordFile: db-password
      publicUrls: ["https://sallyport.example.com"]
      issuers:
        - url: https://token.actions.githubusercontent.com
          forge: github.com
          kind: github
          audience: https://sallyport.example.com
          algorithms: [RS256]
          jwksUrl: https://token.actions.githubusercontent.com/.well-known/jwks
          maxAgeSeconds: 300
          trusted:
            repository_owner_id: [12]
      signers:
        - name: builder
          roles: [build, scan]
          keyFile: build.pem
      environments:
        - id: prod
          production: true
          sources: [github.com/345]
        - id: dev
      repositories:
        - id: github.com/345
          name: acme/shop
          urls: ["https://github.com/acme/shop"]
      """;

  @TempDir Path folder;

  @BeforeEach
  void key() throws IOException {
    Files.writeString(
        folder.resolve("build.pem"),
        SigningKey.generate(KeyAlgorithm.ED25519, new SecureRandom()).publicKey().pem());
  }

  private Settings read(String yaml) throws IOException {
    Files.writeString(folder.resolve("config.yaml"), yaml);
    return SettingsReader.read(folder);
  }

  @Test
  void nothing_configured_trusts_nobody() {
    Settings settings = SettingsReader.read(folder);
    assertThat(settings).isEqualTo(Settings.NONE);
    assertThat(settings.issuers()).isEmpty();
    assertThat(settings.signers()).isEmpty();
    assertThat(settings.profile()).isEqualTo(Profile.BASELINE);
  }

  @Test
  void everything_is_read() throws IOException {
    Settings settings = read(FULL);
    assertThat(settings.profile()).isEqualTo(Profile.STRICT);
    assertThat(settings.postgresql())
        .isEqualTo(
            new Settings.Postgresql(
                "jdbc:postgresql://db.example.com/sallyport",
                "sallyport",
                folder.resolve("db-password")));
    var issuer = settings.issuers().getFirst();
    assertThat(issuer.issuer().trusted()).containsEntry("repository_owner_id", List.of("12"));
    assertThat(issuer.issuer().maxAge()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.signers().getFirst().roles()).containsExactlyInAnyOrder("build", "scan");
    assertThat(settings.environment("prod").orElseThrow().sources())
        .isEqualTo(Set.of("github.com/345"));
    assertThat(settings.environment("dev").orElseThrow().sources()).isNull();
    assertThat(settings.repositoryAt("https://github.com/acme/shop").orElseThrow().id())
        .isEqualTo("github.com/345");
  }

  @Test
  void json_is_read_as_strictly() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"profile\":\"observe\"}");
    assertThat(SettingsReader.read(folder).profile()).isEqualTo(Profile.OBSERVE);
    Files.writeString(
        folder.resolve("config.json"), "{\"profile\":\"observe\",\"profile\":\"strict\"}");
    assertThatThrownBy(() -> SettingsReader.read(folder)).isInstanceOf(SettingsException.class);
    Files.writeString(folder.resolve("config.yaml"), "{}");
    assertThatThrownBy(() -> SettingsReader.read(folder)).hasMessageContaining("only one");
  }

  @Test
  void every_mistake_is_named_with_its_place() {
    refused("profile: strikt", "config.yaml: profile: wanted observe");
    refused("profil: strict", "config.yaml: profil: unknown name `profil`");
    refused("profile: strict\nprofile: observe", "config.yaml");
    refused("- a", "config.yaml: wanted an object");
    refused("issuers: {}", "config.yaml: issuers: wanted a list");
    refused("issuers: [7]", "config.yaml: issuers[0]: wanted an object");
    refused("a: &a [*a]", "config.yaml");
    refused(
        FULL.replace("    audience: https://sallyport.example.com\n", ""),
        "issuers[0].audience: is missing");
    refused(FULL.replace("[12]", "[]"), "issuers[0]: an issuer needs at least one trusted claim");
    refused(FULL.replace("[RS256]", "[HS256]"), "issuers[0]: algorithms must be");
    refused(FULL.replace("[RS256]", "[none]"), "issuers[0]: algorithms must be");
    refused(
        FULL.replace("jwksUrl: https", "jwksUrl: http"), "issuers[0].jwksUrl: wanted an https URL");
    refused(
        FULL.replace("jwksUrl:", "jwksFile: a\n    jwksUrl:"),
        "issuers[0]: wanted one of jwksUrl and jwksFile");
    refused(FULL.replace("kind: github", "kind: gitlub"), "issuers[0].kind: wanted github");
    refused(FULL.replace("maxAgeSeconds: 300", "maxAgeSeconds: 0"), "issuers[0].maxAgeSeconds");
    refused(FULL.replace("[build, scan]", "[build, admin]"), "signers[0].roles");
    refused(
        FULL.replace("keyFile: build.pem", "keyFile: none.pem"),
        "signers[0].keyFile: couldn't be read");
    refused(
        FULL.replace("keyFile: build.pem", "key: abc"), "signers[0].key: expected one PEM block");
    refused(
        FULL.replace("production: true", "production: yes please"), "environments[0].production");
    refused(FULL.replace("id: dev", "id: prod"), "environments[1]: `prod` stands here twice");
    refused(
        FULL.replace("user: sallyport", "password: hunter2"), "postgresql.password: unknown name");
    refused(
        FULL.replace("db.example.com/sallyport", "db/s?password=x"),
        "postgresql.url: a password belongs");
  }

  private void refused(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .as(yaml)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
  }
}
