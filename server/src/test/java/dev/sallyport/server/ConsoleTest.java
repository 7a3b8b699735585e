package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The console as a browser and as an attacker sees it.
class ConsoleTest {
  @TempDir Path folder;
  TestServer server;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(TestServer.configured(folder));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String code() throws IOException {
    return Files.readString(server.data.resolve("admin-code")).strip();
  }

  private HttpRequest.Builder post(String path, String form) {
    return HttpRequest.newBuilder(server.at(path))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Origin", server.server.url())
        .POST(HttpRequest.BodyPublishers.ofString(form));
  }

  private Answer signIn(String code) {
    return server.send(post("/sign-in", "code=" + code).build());
  }

  private String cookie() throws IOException {
    Answer answer = signIn(code());
    assertThat(answer.status()).isEqualTo(303);
    return answer.response().headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
  }

  private Answer page(String path, String cookie) {
    return server.send(HttpRequest.newBuilder(server.at(path)).header("Cookie", cookie).build());
  }

  private String log(String cookie) {
    return page("/rulings?show=all", cookie).body();
  }

  @Test
  void the_code_of_the_terminal_opens_a_session_whose_cookie_stays_where_it_is()
      throws IOException {
    assertThat(server.printed.toString(StandardCharsets.UTF_8)).contains(code());
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(server.data.resolve("admin-code"))))
        .isEqualTo("rw-------");
    Answer answer = signIn(code().toLowerCase(java.util.Locale.ROOT).replace("-", "+"));
    assertThat(answer.status()).isEqualTo(303);
    String cookie = answer.response().headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie)
        .startsWith("__Host-")
        .contains("Secure", "HttpOnly", "SameSite=Strict", "Path=/")
        .doesNotContain("Domain");
    assertThat(server.data.resolve("admin-code")).doesNotExist();
    assertThat(page("/rulings", cookie.split(";")[0]).status()).isEqualTo(200);
    assertThat(log(cookie.split(";")[0])).contains("signed-in");
  }

  @Test
  void a_code_counts_once() throws IOException {
    String code = code();
    assertThat(signIn(code).status()).isEqualTo(303);
    assertThat(signIn(code).status()).isEqualTo(403);
  }

  @Test
  void guessing_ends_after_five_tries_and_the_right_code_is_dead_too() throws IOException {
    String code = code();
    for (int i = 0; i < 5; i++) {
      Answer answer = signIn("0000-0000-000" + i);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.response().headers().firstValue("Set-Cookie")).isEmpty();
    }
    assertThat(signIn(code).status()).isEqualTo(403);
    assertThat(server.data.resolve("admin-code")).doesNotExist();
    // Every try stands in the log.
    Client owner = server.owner();
    String entries =
        server.send(owner.request("GET", "/v1/ledger/entries?from=0", "").build()).body();
    assertThat(Pattern.compile("sign-in").matcher(entries).results().count())
        .isGreaterThanOrEqualTo(5);
    assertThat(entries).doesNotContain(code);
  }

  @Test
  void a_code_in_the_address_is_not_looked_at() throws IOException {
    assertThat(server.get("/sign-in?code=" + code()).body()).doesNotContain(code());
    assertThat(server.send(post("/sign-in?code=" + code(), "").build()).status()).isEqualTo(403);
    assertThat(signIn(code()).status()).isEqualTo(303);
  }

  @Test
  void nothing_is_shown_without_a_session() {
    for (String path : List.of("/", "/rulings", "/rulings/0", "/rulings?show=all")) {
      Answer answer = server.get(path);
      assertThat(answer.status()).as(path).isEqualTo(303);
      assertThat(answer.response().headers().firstValue("Location")).contains("/sign-in");
      assertThat(answer.body()).isEmpty();
    }
    assertThat(page("/rulings", "__Host-sallyport=guess").status()).isEqualTo(303);
    assertThat(page("/rulings", "__Host-sallyport=" + "x".repeat(5000)).status()).isEqualTo(303);
  }

  @Test
  void a_form_of_another_site_is_refused() throws IOException {
    HttpRequest foreign =
        HttpRequest.newBuilder(server.at("/sign-in"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", "https://evil.example.com")
            .POST(HttpRequest.BodyPublishers.ofString("code=" + code()))
            .build();
    assertThat(server.send(foreign).status()).isEqualTo(403);
    String cookie = cookie();
    assertThat(server.send(post("/sign-out", "").header("Cookie", cookie).build()).status())
        .isEqualTo(403);
    assertThat(
            server
                .send(post("/sign-out", "formToken=guess").header("Cookie", cookie).build())
                .status())
        .isEqualTo(403);
    assertThat(page("/rulings", cookie).status()).isEqualTo(200);
  }

  @Test
  void signing_out_ends_the_session_on_the_server() throws IOException {
    String cookie = cookie();
    Matcher token =
        Pattern.compile("name=\"formToken\" value=\"([^\"]+)\"")
            .matcher(page("/rulings", cookie).body());
    assertThat(token.find()).isTrue();
    Answer out =
        server.send(
            post("/sign-out", "formToken=" + token.group(1)).header("Cookie", cookie).build());
    assertThat(out.status()).isEqualTo(303);
    assertThat(page("/rulings", cookie).status()).isEqualTo(303);
  }

  @Test
  void what_callers_say_is_shown_as_text_and_never_as_markup() throws IOException {
    Client job = server.job();
    job.decide(
        """
        {"action":"deploy","resource":{"type":"Environment","id":"<img src=x onerror=alert(1)>"},
         "claimed":{"reason":"\\"><script>alert(1)</script>"}}
        """);
    String cookie = cookie();
    String list = page("/rulings", cookie).body();
    Matcher link = Pattern.compile("href=\"(/rulings/[0-9]+)\"").matcher(list);
    assertThat(link.find()).isTrue();
    Answer ruling = page(link.group(1), cookie);
    for (String html : List.of(list, ruling.body())) {
      // One script of our own, by its address; nothing inline, nothing of a caller's.
      String own = "<script src=\"/console.js\" defer></script>";
      assertThat(html).containsOnlyOnce(own);
      assertThat(html.replace(own, "")).doesNotContain("<script", "<img src=x");
    }
    assertThat(ruling.body()).contains("&lt;script&gt;alert(1)&lt;/script&gt;");
    assertThat(ruling.response().headers().firstValue("Content-Security-Policy").orElse(""))
        .contains(
            "default-src 'none'",
            "script-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'")
        .doesNotContain("unsafe");
  }

  @Test
  void a_ruling_shows_its_reasons_facts_policies_and_proof() throws IOException {
    String hex = "ab".repeat(32);
    Client job = server.job();
    job.evidence(TestServer.provenance(hex, TestServer.BUILD));
    long index =
        job.decide(TestServer.deploy("staging", hex)).json().path("entry").path("index").asLong();
    String html = page("/rulings/" + index, cookie()).body();
    assertThat(html)
        .contains(
            "allowed",
            "deploy-what-is-proved",
            "artifact.proved",
            "sha256:" + hex,
            "github.com/12/345",
            "Audit path",
            "sallyport.local/");
  }

  @Test
  void odd_addresses_lead_back_to_the_list() throws IOException {
    String cookie = cookie();
    for (String path :
        List.of("/rulings/999999", "/rulings/-1", "/rulings/01", "/rulings/x", "/rulings/9e9")) {
      assertThat(page(path, cookie).status()).as(path).isEqualTo(303);
    }
    for (String path : List.of("/rulings?before=x", "/rulings?before=0", "/rulings?show=x")) {
      assertThat(page(path, cookie).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void a_person_sees_which_policy_is_in_force_what_it_did_and_what_each_version_changed()
      throws IOException {
    String more =
        """
        @id("<b>new</b>") @shadow("2026-11-01")
        forbid (principal, action == Sallyport::Action::"build", resource);
        """;
    var published =
        OwnerTest.post(
            server.owner(), "/v1/policies", PoliciesOverHttpTest.publish(more, 1, false));
    assertThat(published.status()).as(published.body()).isEqualTo(201);
    String cookie = cookie();
    String policies = page("/policies", cookie).body();
    assertThat(policies)
        .contains("Version 2", "Version 1", "kept-by-the-owner", "in force, its shadow is over")
        .contains("let through 1", "nothing yet", "&lt;b")
        .doesNotContain("<b>new</b>");
    String version = page("/policies/2", cookie).body();
    assertThat(version).contains("Version 2 is in force", "class=\"add\"", "own.cedar");
    assertThat(page("/policies/1", cookie).body()).contains("It is the first.");
    String tried =
        """
        @id("new") @shadow("%s")
        forbid (principal, action == Sallyport::Action::"build", resource);
        """
            .formatted(java.time.LocalDate.now(java.time.ZoneOffset.UTC).plusDays(2));
    OwnerTest.post(server.owner(), "/v1/policies", PoliciesOverHttpTest.publish(tried, 2, false));
    long entry =
        server
            .job()
            .decide(
                """
                {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
                """)
            .json()
            .path("entry")
            .path("index")
            .asLong();
    assertThat(page("/rulings/" + entry, cookie).body())
        .contains("<code>new</code> would have refused, and the ruling been another");
    assertThat(page("/policies", cookie).body()).contains("in shadow until", "in shadow 1");
    assertThat(page("/policies/9", cookie).status()).isEqualTo(303);
    assertThat(page("/policies/x", cookie).status()).isEqualTo(303);
  }
}
