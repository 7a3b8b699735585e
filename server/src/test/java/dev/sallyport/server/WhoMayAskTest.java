package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;

/// One table of all endpoints: who is let through, tried with the wrong caller. An endpoint that is
/// not in it fails the build.
class WhoMayAskTest {
  private enum Who {
    ANYONE,
    RUN,
    PERSON,
    MACHINE,
    REGISTRY,
    CONSOLE
  }

  /// Who may ask; and a question that is in order, where only the ruling could refuse it.
  private record Row(Who who, String query, String body) {
    Row(Who who) {
      this(who, "", "{}");
    }
  }

  private static final Map<String, Row> TABLE =
      Map.ofEntries(
          Map.entry("GET /v1/health", new Row(Who.ANYONE)),
          Map.entry("GET /v1/ledger/checkpoint", new Row(Who.ANYONE)),
          Map.entry("GET /v1/ledger/proof/inclusion", new Row(Who.ANYONE)),
          Map.entry("GET /v1/ledger/proof/consistency", new Row(Who.ANYONE)),
          Map.entry("POST /v1/token", new Row(Who.ANYONE)),
          Map.entry("POST /v1/agents", new Row(Who.ANYONE)),
          Map.entry("POST /v1/steps/end", new Row(Who.ANYONE)),
          Map.entry("* /error", new Row(Who.ANYONE)),
          Map.entry("GET /sign-in", new Row(Who.ANYONE)),
          Map.entry("POST /sign-in", new Row(Who.ANYONE)),
          Map.entry("GET /console.css", new Row(Who.ANYONE)),
          Map.entry("GET /console.js", new Row(Who.ANYONE)),
          Map.entry("GET /favicon.svg", new Row(Who.ANYONE)),
          Map.entry("POST /v1/decisions", new Row(Who.RUN)),
          Map.entry("PUT /v1/evidence", new Row(Who.RUN)),
          Map.entry("POST /v1/steps", new Row(Who.RUN)),
          Map.entry("POST /v1/steps/secrets", new Row(Who.RUN)),
          Map.entry("POST /v1/registry-tokens", new Row(Who.RUN)),
          Map.entry("POST /v1/deploys", new Row(Who.RUN)),
          Map.entry("POST /v1/deploys/start", new Row(Who.RUN)),
          Map.entry("GET /v1/deploys", new Row(Who.RUN, "?id=0", "")),
          Map.entry("GET /v1/ledger/entries", new Row(Who.PERSON, "?from=0", "")),
          Map.entry(
              "PUT /v1/secrets", new Row(Who.PERSON, "", "{\"path\":\"a/b\",\"value\":\"eA==\"}")),
          Map.entry("GET /v1/secrets", new Row(Who.PERSON, "", "")),
          Map.entry("PUT /v1/secrets/policy", new Row(Who.PERSON, "", "{\"path\":\"a/b\"}")),
          Map.entry(
              "POST /v1/holds", new Row(Who.PERSON, "", "{\"on\":\"run:a/1/2\",\"reason\":\"x\"}")),
          Map.entry("GET /v1/holds", new Row(Who.PERSON, "", "")),
          Map.entry(
              "POST /v1/holds/lift", new Row(Who.PERSON, "", "{\"id\":\"HOLD\",\"reason\":\"x\"}")),
          Map.entry("POST /v1/waivers", new Row(Who.PERSON, "", "{\"entry\":0,\"reason\":\"x\"}")),
          Map.entry("GET /v1/waivers", new Row(Who.PERSON, "", "")),
          Map.entry(
              "POST /v1/waivers/end", new Row(Who.PERSON, "", "{\"id\":\"0\",\"reason\":\"x\"}")),
          Map.entry("GET /v1/decisions/case", new Row(Who.PERSON, "?entry=0", "")),
          Map.entry("POST /v1/policies/replay", new Row(Who.PERSON, "", "{\"sources\":[]}")),
          Map.entry("GET /v1/radius", new Row(Who.PERSON, "?of=run:a/1/2", "")),
          Map.entry("GET /v1/incidents", new Row(Who.PERSON, "", "")),
          Map.entry(
              "POST /v1/incidents/close",
              new Row(Who.PERSON, "", "{\"id\":\"0\",\"reason\":\"x\"}")),
          Map.entry("POST /v1/contain", new Row(Who.PERSON, "", "{\"target\":\"run:a/1/2\"}")),
          Map.entry(
              "POST /v1/contain/undo",
              new Row(Who.PERSON, "", "{\"response\":\"0\",\"reason\":\"x\"}")),
          Map.entry("GET /v1/responses", new Row(Who.PERSON, "", "")),
          Map.entry("POST /v1/responses/switch", new Row(Who.PERSON, "", "{\"on\":false}")),
          Map.entry("GET /v1/detect/entries", new Row(Who.PERSON, "?from=0", "")),
          Map.entry("GET /v1/export", new Row(Who.PERSON, "", "")),
          Map.entry("GET /v1/releases", new Row(Who.PERSON, "", "")),
          Map.entry("GET /v1/policies", new Row(Who.PERSON, "", "")),
          Map.entry("GET /v1/policies/hits", new Row(Who.PERSON, "", "")),
          Map.entry("GET /v1/policies/version", new Row(Who.PERSON, "?number=1", "")),
          Map.entry("GET /v1/policies/diff", new Row(Who.PERSON, "?from=1&to=1", "")),
          Map.entry("POST /v1/policies", new Row(Who.PERSON, "", PoliciesOverHttpTest.PUBLISH)),
          Map.entry(
              "POST /v1/policies/rollback",
              new Row(Who.PERSON, "", "{\"to\":1,\"expect\":1,\"reason\":\"x\"}")),
          Map.entry(
              "POST /v1/agents/code",
              new Row(
                  Who.PERSON,
                  "",
                  "{\"host\":\"web\",\"services\":[\"shop\"],\"environment\":\"prod\"}")),
          Map.entry("POST /v1/agents/renew", new Row(Who.MACHINE)),
          Map.entry("POST /v1/agents/work", new Row(Who.MACHINE)),
          Map.entry("POST /v1/agents/report", new Row(Who.MACHINE)),
          Map.entry("POST /v1/tickets/redeem", new Row(Who.MACHINE)),
          Map.entry("* /v2", new Row(Who.REGISTRY)),
          Map.entry("* /v2/**", new Row(Who.REGISTRY)),
          Map.entry("GET /", new Row(Who.CONSOLE)),
          Map.entry("POST /sign-out", new Row(Who.CONSOLE)),
          Map.entry("GET /rulings", new Row(Who.CONSOLE)),
          Map.entry("GET /rulings/{index}", new Row(Who.CONSOLE)),
          Map.entry("GET /policies", new Row(Who.CONSOLE)),
          Map.entry("GET /policies/{number}", new Row(Who.CONSOLE)),
          Map.entry("GET /runs", new Row(Who.CONSOLE)),
          Map.entry("GET /incidents", new Row(Who.CONSOLE)),
          Map.entry("GET /incidents/{id}", new Row(Who.CONSOLE)),
          Map.entry("GET /incidents/{id}/contain", new Row(Who.CONSOLE)),
          Map.entry("POST /incidents/{id}/contain", new Row(Who.CONSOLE)),
          Map.entry("GET /releases", new Row(Who.CONSOLE)),
          Map.entry("GET /releases/{environment}/{service}", new Row(Who.CONSOLE)),
          Map.entry("GET /releases/{environment}/{service}/roll-back", new Row(Who.CONSOLE)),
          Map.entry("POST /releases/{environment}/{service}/roll-back", new Row(Who.CONSOLE)),
          Map.entry("GET /events", new Row(Who.CONSOLE)),
          Map.entry("GET /passkey", new Row(Who.CONSOLE)),
          Map.entry("POST /passkey", new Row(Who.CONSOLE)));

  @TempDir static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(TestServer.configured(folder));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Set<String> endpoints() {
    var found = new TreeSet<String>();
    new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.sallyport.server")
            .stream()
            .flatMap(type -> type.getMethods().stream())
            .forEach(method -> collect(method, found));
    return found;
  }

  private static void collect(JavaMethod method, Set<String> found) {
    method
        .tryGetAnnotationOfType(GetMapping.class)
        .ifPresent(one -> add(found, "GET", one.value(), one.path()));
    method
        .tryGetAnnotationOfType(PostMapping.class)
        .ifPresent(one -> add(found, "POST", one.value(), one.path()));
    method
        .tryGetAnnotationOfType(PutMapping.class)
        .ifPresent(one -> add(found, "PUT", one.value(), one.path()));
    method
        .tryGetAnnotationOfType(RequestMapping.class)
        .ifPresent(one -> add(found, "*", one.value(), one.path()));
  }

  private static void add(Set<String> found, String method, String[] values, String[] paths) {
    for (String[] all : new String[][] {values, paths}) {
      for (String path : all) {
        found.add(method + " " + path);
      }
    }
  }

  @Test
  void every_endpoint_says_in_one_table_who_may_ask_it() {
    assertThat(endpoints()).isEqualTo(new TreeSet<>(TABLE.keySet()));
  }

  private static Answer ask(@Nullable Client who, String method, String path, String body) {
    if (who != null) {
      return server.send(who.request(method, path, body).build());
    }
    return server.send(
        java.net.http.HttpRequest.newBuilder(server.at(path))
            .header("Content-Type", "application/json")
            .method(method, java.net.http.HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  @Test
  void nobody_but_those_of_the_table_gets_through() {
    Client job = server.job(Map.of("run_id", UUID.randomUUID().toString()));
    String hold =
        OwnerTest.post(server.owner(), "/v1/holds", "{\"on\":\"run:a/1/1\",\"reason\":\"x\"}")
            .json()
            .path("id")
            .asString();
    var through = new TreeMap<String, Integer>();
    TABLE.forEach((endpoint, row) -> {
      String method = endpoint.substring(0, endpoint.indexOf(' '));
      String path =
          endpoint.substring(endpoint.indexOf(' ') + 1).replaceAll("\\{[a-z]+\\}", "x")
              + row.query();
      String body = row.body().replace("HOLD", hold);
      String plain = method.equals("*") ? "GET" : method;
      switch (row.who()) {
        case ANYONE -> {}
        case RUN -> note(through, endpoint, ask(null, plain, path, body), 401);
        case PERSON -> {
          note(through, endpoint, ask(null, plain, path, body), 401);
          // 404 where the thing is looked for first: no such incident or response is there.
          note(through, endpoint, ask(job, plain, path, body), 403, 404);
        }
        case MACHINE -> {
          note(through, endpoint, ask(null, plain, path, body), 401);
          note(through, endpoint, ask(job, plain, path, body), 401);
          note(through, endpoint, ask(server.owner(), plain, path, body), 401);
        }
        case REGISTRY -> {
          note(through, endpoint, ask(null, plain, path.replace("**", ""), ""), 401);
          note(through, endpoint, ask(job, plain, path.replace("**", ""), ""), 401);
        }
        case CONSOLE -> {
          note(through, endpoint, ask(null, plain, path, ""), 303, 403);
          note(through, endpoint, ask(server.owner(), plain, path, ""), 303, 403);
        }
      }
    });
    assertThat(through).isEmpty();
  }

  private static void note(
      Map<String, Integer> through, String endpoint, Answer answer, int... wanted) {
    for (int status : wanted) {
      if (answer.status() == status) {
        return;
      }
    }
    through.put(endpoint, answer.status());
  }
}
