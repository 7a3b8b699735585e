package dev.sallyport.server.identity;

import dev.sallyport.credential.Issuer;
import dev.sallyport.credential.KeySource;
import dev.sallyport.credential.TrustedKeys;
import dev.sallyport.server.settings.Settings.TrustedIssuer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The issuers' keys, kept for a while.
///
/// Fresh for ten minutes; still used for an hour when the issuer cannot be reached; then nobody's
/// token is taken. A token with an unknown key makes us look again at most every thirty seconds, so
/// that forged key ids cannot make us hammer an issuer.
final class IssuerKeys implements KeySource {
  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
  private static final Duration FRESH = Duration.ofMinutes(10);
  private static final Duration USABLE = Duration.ofHours(1);
  private static final Duration BETWEEN_TRIES = Duration.ofSeconds(30);

  private final Map<String, Slot> slots;
  private final JwksFetcher fetcher;
  private final Clock clock;

  IssuerKeys(List<TrustedIssuer> issuers, JwksFetcher fetcher, Clock clock) {
    this.slots =
        issuers.stream()
            .collect(
                Collectors.toMap(
                    one -> one.issuer().url(), Slot::new, (a, _) -> a, ConcurrentHashMap::new));
    this.fetcher = fetcher;
    this.clock = clock;
  }

  /// What is kept of one issuer; its methods hold its own lock.
  private static final class Slot {
    private final TrustedIssuer issuer;
    private @Nullable TrustedKeys keys;
    private Instant fetched = Instant.MIN;
    private Instant tried = Instant.MIN;

    Slot(TrustedIssuer issuer) {
      this.issuer = issuer;
    }

    synchronized Optional<TrustedKeys> keys(boolean missed, JwksFetcher fetcher, Instant now) {
      boolean stale = keys == null || now.isAfter(plus(fetched, FRESH));
      if ((stale || missed) && now.isAfter(plus(tried, BETWEEN_TRIES))) {
        tried = now;
        try {
          keys = load(fetcher);
          fetched = now;
        } catch (IOException e) {
          LOG.warn("couldn't get the keys of `{}`: {}", issuer.issuer().url(), e.getMessage());
        }
      }
      return now.isAfter(plus(fetched, USABLE)) ? Optional.empty() : Optional.ofNullable(keys);
    }

    private TrustedKeys load(JwksFetcher fetcher) throws IOException {
      URI address = issuer.jwksUrl();
      if (address != null) {
        return fetcher.fetch(address);
      }
      Path file = issuer.jwksFile();
      if (file == null) {
        throw new IOException("no key set is configured");
      }
      try {
        return TrustedKeys.parse(Files.readAllBytes(file));
      } catch (IllegalArgumentException e) {
        throw new IOException("`" + file + "` is no key set", e);
      }
    }

    private static Instant plus(Instant instant, Duration duration) {
      return instant.equals(Instant.MIN) ? instant : instant.plus(duration);
    }
  }

  @Override
  public Optional<TrustedKeys> keys(Issuer issuer, boolean missed) {
    Slot slot = slots.get(issuer.url());
    return slot == null ? Optional.empty() : slot.keys(missed, fetcher, clock.instant());
  }
}
