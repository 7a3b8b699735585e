package dev.sallyport.server.identity;

import dev.sallyport.credential.Checked;
import dev.sallyport.credential.CiToken;
import dev.sallyport.credential.TokenVerifier;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.Settings.TrustedIssuer;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// Verifies who somebody is. It decides nothing.
@Component
public final class Callers {
  private final TokenVerifier verifier;
  private final Clock clock;

  Callers(Settings settings, Clock clock) {
    this.clock = clock;
    this.verifier =
        new TokenVerifier(
            settings.issuers().stream().map(TrustedIssuer::issuer).toList(),
            new IssuerKeys(settings.issuers(), new JwksFetcher(), clock));
  }

  /// Verifies the token of a CI job.
  public Checked<CiToken> verify(String token) {
    return verifier.verify(token, clock.instant());
  }
}
