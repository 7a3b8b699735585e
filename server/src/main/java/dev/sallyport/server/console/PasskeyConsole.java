package dev.sallyport.server.console;

import dev.sallyport.credential.Checked;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Passkey;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/// The page of a person's passkeys.
@Controller
final class PasskeyConsole {
  private final Confirmations confirmations;

  PasskeyConsole(Confirmations confirmations) {
    this.confirmations = confirmations;
  }

  @GetMapping("/passkey")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> passkeys(Session session, HttpServletRequest request) {
    return Answer.page(HttpStatus.OK, Pages.render(page(session, request, null)));
  }

  @PostMapping("/passkey")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> enrol(Session session, HttpServletRequest request) {
    return switch (confirmations.enrol(session, request)) {
      case Checked.Accepted<Passkey> _ -> Answer.to("/passkey");
      case Checked.Refused<Passkey> refused ->
          Answer.page(HttpStatus.FORBIDDEN, Pages.render(page(session, request, refused.detail())));
    };
  }

  private PasskeyPage page(Session session, HttpServletRequest request, @Nullable String problem) {
    Optional<String> options = confirmations.askToEnrol(session, request);
    String obstacle =
        !confirmations.possible(request)
            ? "Browsers use passkeys only under a name. Open the console under"
            : !confirmations.mayEnrol(session)
                ? "A passkey is enrolled within ten minutes of signing in. Restart the server and"
                    + " sign in with the new code."
                : null;
    return new PasskeyPage(
        session.formToken(),
        confirmations.of(session).stream().map(one -> Pages.time(one.enrolled())).toList(),
        options.orElse(null),
        obstacle,
        problem,
        confirmations.possible(request) ? "" : "https://localhost:" + request.getServerPort());
  }
}
