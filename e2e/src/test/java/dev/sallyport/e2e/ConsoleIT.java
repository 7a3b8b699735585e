package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
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
import tools.jackson.databind.json.JsonMapper;

/// The console in a real browser, by keyboard, on a desk and on a phone in the dark; screenshots go
/// to `target/screenshots`.
final class ConsoleIT {
  private static final Path PICTURES = SharedData.projectRoot().resolve("target/screenshots");

  private static Path data;
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
    Path scratch = Program.scratch("console");
    data = scratch.resolve("data");
    Program.Answer up = Program.sallyport(scratch, "up", "--data", data.toString(), "--port", "0");
    assertThat(up.exitCode()).as("%s", up).isZero();
    address =
        JsonMapper.shared()
            .readTree(Files.readString(data.resolve("server.json")))
            .path("url")
            .asString();
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium)
                    .setArgs(List.of("--no-sandbox", "--disable-background-networking")));
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
    }
    if (data != null) {
      Program.sallyport(data, "down", "--data", data.toString());
    }
  }

  private static Page open(int width, ColorScheme scheme) {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setIgnoreHTTPSErrors(true)
                .setViewportSize(width, 844)
                .setColorScheme(scheme));
    Page page = context.newPage();
    page.navigate(address);
    return page;
  }

  private static void picture(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")).setFullPage(true));
  }

  private static boolean fits(Page page) {
    return (Boolean)
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth");
  }

  @Test
  void a_person_signs_in_by_keyboard_and_reads_an_entry_with_its_proof() throws Exception {
    Page wrong = open(1100, ColorScheme.LIGHT);
    wrong.keyboard().type("AAAA-BBBB-CCCC");
    wrong.keyboard().press("Enter");
    wrong.waitForLoadState();
    assertThat(wrong.url()).contains("/sign-in");
    assertThat(wrong.url()).doesNotContain("AAAA");

    Page page = open(390, ColorScheme.DARK);
    assertThat(fits(page)).isTrue();
    picture(page, "phone-sign-in");
    // The field has the focus: a person types and presses Enter. The form must carry our own
    // origin.
    page.keyboard().type(Files.readString(data.resolve("admin-code")).strip());
    page.keyboard().press("Enter");
    page.waitForURL("**/rulings");
    page.navigate(address + "/rulings?show=all");
    assertThat(fits(page)).isTrue();
    picture(page, "phone-rulings");

    page.locator("main a[href^='/rulings/']").first().focus();
    page.keyboard().press("Enter");
    page.waitForURL("**/rulings/*");
    assertThat(page.locator("main").innerText()).contains("Proof").contains("Leaf hash");
    assertThat(fits(page)).isTrue();
    picture(page, "phone-entry");
    String dark = (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    assertThat(page.evaluate("getComputedStyle(document.body).backgroundColor")).isNotEqualTo(dark);

    page.locator("form button").first().click();
    page.waitForURL("**/sign-in*");
    page.navigate(address + "/rulings");
    assertThat(page.url()).contains("/sign-in");
  }
}
