package dev.sallyport.server.console;

import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Recall;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.ledger.Ledger;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/// The pages. It decides nothing and changes nothing but sessions.
@Controller
final class Console {
  private static final int ROWS = 50;
  private static final int PAGES_SCANNED = 16;

  private final Ledger ledger;
  private final Decide decide;
  private final Recall recall;
  private final SignInDesk desk;
  private final Sessions sessions;

  Console(Ledger ledger, Decide decide, Recall recall, SignInDesk desk, Sessions sessions) {
    this.ledger = ledger;
    this.decide = decide;
    this.recall = recall;
    this.desk = desk;
    this.sessions = sessions;
  }

  @GetMapping("/")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> start(Session session) {
    return Answer.to("/rulings", new HttpHeaders());
  }

  @GetMapping("/sign-in")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it is the way in")
  ResponseEntity<byte[]> signInForm() {
    return Answer.page(HttpStatus.OK, Pages.render(new SignInPage(null)));
  }

  @PostMapping("/sign-in")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "the code in the form is the proof")
  ResponseEntity<byte[]> signIn(HttpServletRequest request) {
    // Read from the body alone: a code in the address would stand in histories and logs.
    String typed = request.getQueryString() == null ? request.getParameter("code") : null;
    if (typed == null || !desk.redeem(typed)) {
      return Answer.page(
          HttpStatus.FORBIDDEN,
          Pages.render(
              new SignInPage(
                  "That code is not valid. It counts once, for ten minutes and five tries; a new"
                      + " one comes when the server starts.")));
    }
    var headers = new HttpHeaders();
    headers.add(HttpHeaders.SET_COOKIE, sessions.begin(SignInDesk.ADMINISTRATOR).toString());
    return Answer.to("/rulings", headers);
  }

  @PostMapping("/sign-out")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> signOut(Session session, HttpServletRequest request) {
    var headers = new HttpHeaders();
    headers.add(HttpHeaders.SET_COOKIE, sessions.end(request).toString());
    desk.signedOut(session.person());
    return Answer.to("/sign-in", headers);
  }

  @GetMapping("/rulings")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> rulings(
      Session session,
      @RequestParam(name = "before", required = false) @Nullable String before,
      @RequestParam(name = "show", defaultValue = "rulings") String show) {
    boolean all = show.equals("all");
    long size = ledger.head().size();
    long end = number(before).filter(given -> given <= size).orElse(size);
    var rows = new ArrayList<RulingsPage.Row>();
    // Newest first, page by page backwards; bounded, so that a log without rulings ends too.
    for (int scanned = 0; scanned < PAGES_SCANNED && end > 0 && rows.size() < ROWS; scanned++) {
      long start = Math.max(0, end - Ledger.MAX_PAGE);
      List<Ledger.Recorded> entries = ledger.entries(start, (int) (end - start));
      for (Ledger.Recorded recorded : entries.reversed()) {
        if (rows.size() == ROWS) {
          break;
        }
        end = recorded.index();
        if (all || Pages.isRuling(recorded)) {
          rows.add(Pages.row(recorded));
        }
      }
    }
    Long older = end > 0 ? end : null;
    return Answer.page(
        HttpStatus.OK, Pages.render(new RulingsPage(rows, all, older, size, session.formToken())));
  }

  @GetMapping("/rulings/{index}")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> ruling(Session session, @PathVariable("index") String index) {
    Optional<Ledger.Recorded> recorded = number(index).flatMap(ledger::entry);
    if (recorded.isEmpty()) {
      return Answer.to("/rulings", new HttpHeaders());
    }
    return Answer.page(
        HttpStatus.OK,
        Pages.render(
            Pages.ruling(
                decide.explain(recorded.get()),
                recall.of(recorded.get()).flatMap(Pages::clauses).orElse(RulingPage.Clauses.NONE),
                ledger.head().size(),
                session.formToken())));
  }

  private static Optional<Long> number(@Nullable String text) {
    return text != null && text.matches("0|[1-9][0-9]{0,17}")
        ? Optional.of(Long.parseLong(text))
        : Optional.empty();
  }

  @GetMapping("/console.css")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it is how the sign-in page looks")
  ResponseEntity<byte[]> style() {
    return resource("console.css", new MediaType("text", "css", StandardCharsets.UTF_8));
  }

  @GetMapping("/console.js")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it is how pages behave, and holds nothing")
  ResponseEntity<byte[]> script() {
    return resource("console.js", new MediaType("text", "javascript", StandardCharsets.UTF_8));
  }

  @GetMapping("/favicon.svg")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it is a picture")
  ResponseEntity<byte[]> icon() {
    return resource("favicon.svg", new MediaType("image", "svg+xml"));
  }

  private static ResponseEntity<byte[]> resource(String name, MediaType type) {
    try (InputStream stream = Console.class.getResourceAsStream("/console/" + name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return ResponseEntity.ok()
          .contentType(type)
          .header(HttpHeaders.CACHE_CONTROL, "max-age=3600")
          .body(stream.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
