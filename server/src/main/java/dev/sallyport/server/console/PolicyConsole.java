package dev.sallyport.server.console;

import dev.sallyport.server.decisions.Hits;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.policies.Policies;
import dev.sallyport.server.policies.PolicyVersion;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/// Pages of the policy: what is in force and what each policy did, what a version changed.
@Controller
final class PolicyConsole {
  private static final int MOST_LISTED = 100;

  private final Policies policies;
  private final Hits hits;

  PolicyConsole(Policies policies, Hits hits) {
    this.policies = policies;
    this.hits = hits;
  }

  @GetMapping("/policies")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> policies(Session session) {
    var current = policies.current();
    return Answer.page(
        HttpStatus.OK,
        Pages.render(
            PolicyPages.policies(
                policies.version(),
                current,
                hits.of(current),
                policies.versions(MOST_LISTED),
                session.formToken())));
  }

  @GetMapping("/policies/{number}")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<byte[]> version(Session session, @PathVariable("number") String number) {
    return found(number)
        .map(version ->
            Answer.page(
                HttpStatus.OK,
                Pages.render(
                    PolicyPages.one(
                        version,
                        policies.version().number(),
                        policies.snapshot(version),
                        policies.version(version.number() - 1).map(policies::snapshot),
                        session.formToken()))))
        .orElseGet(() -> Answer.to("/policies"));
  }

  private Optional<PolicyVersion> found(String number) {
    return number.matches("[1-9][0-9]{0,17}")
        ? policies.version(Long.parseLong(number))
        : Optional.empty();
  }
}
