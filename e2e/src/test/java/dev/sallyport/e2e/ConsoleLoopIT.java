package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import dev.sallyport.testdata.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The console over a living demo, in a real browser with an authenticator: what a person sees of
/// the loop, and what he does there with a passkey.
final class ConsoleLoopIT {
  private static final Path PICTURES = SharedData.projectRoot().resolve("target/screenshots");

  private static Path folder;
  private static String stop = "";
  private static String address;
  private static Playwright playwright;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    Path chromium =
        Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(Path.of(""));
    if (chromium.toString().isEmpty()) {
      SharedData.skip("Chromium", "is not installed here");
    }
    Program.Answer demo =
        Program.sallyport(Program.scratch("loop"), "demo", "loop", "--keep", "--json");
    JsonNode told = demo.json();
    stop = told.path("stop").asString();
    assertThat(demo.exitCode()).as("%s", demo).isZero();
    folder = Path.of(told.path("folder").asString());
    // Passkeys want a name: localhost, not 127.0.0.1.
    address =
        Program.JSON
            .readTree(Files.readString(folder.resolve("data/server.json")))
            .path("url")
            .asString()
            .replace("127.0.0.1", "localhost");
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium)
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--disable-background-networking",
                            "--ignore-certificate-errors")));
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
    }
    if (!stop.isEmpty()) {
      Program.run(Path.of("/"), Map.of(), List.of("sh", "-c", stop));
    }
  }

  private static Page person() {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setIgnoreHTTPSErrors(true)
                .setViewportSize(390, 844)
                .setColorScheme(ColorScheme.DARK));
    Page page = context.newPage();
    CDPSession devices = context.newCDPSession(page);
    devices.send("WebAuthn.enable");
    var options = new JsonObject();
    options.addProperty("protocol", "ctap2");
    options.addProperty("transport", "internal");
    options.addProperty("hasResidentKey", true);
    options.addProperty("hasUserVerification", true);
    options.addProperty("isUserVerified", true);
    options.addProperty("automaticPresenceSimulation", true);
    var add = new JsonObject();
    add.add("options", options);
    devices.send("WebAuthn.addVirtualAuthenticator", add);
    return page;
  }

  private static void look(Page page, String path, String name) {
    page.navigate(address + path);
    picture(page, name);
  }

  private static void picture(Page page, String name) {
    assertThat(
            (Boolean)
                page.evaluate(
                    "document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
        .as("%s fits a phone", name)
        .isTrue();
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(PICTURES.resolve("loop-" + name + ".png"))
            .setFullPage(true));
  }

  private static String text(Page page) {
    return page.locator("main").innerText();
  }

  @Test
  void a_person_reads_the_incident_enrols_a_passkey_and_contains_and_rolls_back_with_it()
      throws Exception {
    Page page = person();
    page.navigate(address + "/sign-in");
    page.keyboard().type(Files.readString(folder.resolve("data/admin-code")).strip());
    page.keyboard().press("Enter");
    page.waitForURL("**/rulings");

    // A run as a path of doors.
    look(page, "/runs?id=git.example/1111/103", "run");
    assertThat(text(page)).contains("publish").contains("deploy").contains("enforced");
    assertThat(text(page)).contains("held");

    // An incident with what was seen, how far it reaches and what was done.
    look(page, "/incidents", "incidents");
    page.locator("td a", new Page.LocatorOptions().setHasText("git.example/runner/66"))
        .last()
        .click();
    page.waitForURL("**/incidents/*");
    picture(page, "incident");
    assertThat(text(page))
        .contains("git.example/1111/103")
        .contains("How far it can have reached")
        .contains("roll back")
        .contains("done");
    String incident = page.url();

    // Without a passkey nothing can be confirmed.
    page.navigate(incident + "/contain");
    assertThat(text(page)).contains("You have no passkey yet");
    page.navigate(address + "/passkey");
    page.locator("button", new Page.LocatorOptions().setHasText("Enrol a passkey")).focus();
    page.keyboard().press("Enter");
    page.waitForCondition(() -> text(page).contains("enrolled"));

    // With one: first what it would do, then done.
    page.navigate(incident + "/contain");
    picture(page, "contain");
    assertThat(text(page)).contains("Nothing was done yet").contains("tombstone");
    page.locator("main form button").focus();
    page.keyboard().press("Enter");
    page.waitForURL(incident);
    page.waitForCondition(() -> text(page).contains("incident: "));

    // The policy: what each did, and the text of a version.
    look(page, "/policies", "policies");
    assertThat(text(page)).contains("in force").contains("let through");
    page.locator("a", new Page.LocatorOptions().setHasText("Version 1")).first().focus();
    page.keyboard().press("Enter");
    page.waitForURL("**/policies/1");
    picture(page, "policy-version");

    // A release with where it runs and what was before; back to the first by a passkey.
    look(page, "/releases/prod/shop", "release");
    assertThat(text(page)).contains("runs now").contains("withdrawn for ever");
    String first = page.locator("ol.path code").last().innerText().substring(0, 19) + "…";
    assertThat(text(page)).doesNotContain("runs " + first);
    page.locator("a", new Page.LocatorOptions().setHasText("Roll back to it")).last().click();
    page.waitForURL("**/roll-back?to=*");
    picture(page, "roll-back");
    page.locator("main form button").focus();
    page.keyboard().press("Enter");
    page.waitForURL("**/releases/prod/shop");
    // The page stays current by itself: nobody loads it again.
    page.waitForCondition(
        () ->
            text(page).contains("runs " + first + ", should run " + first)
                && text(page).contains("healthy"),
        new Page.WaitForConditionOptions().setTimeout(60_000));
    picture(page, "rolled-back");
  }
}
