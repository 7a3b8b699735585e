package dev.sallyport.server.secrets;

import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SealedBox;
import dev.sallyport.keys.SealingKey;
import dev.sallyport.server.settings.DataFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Secrets in our own database, sealed under a key in a file beside it.
///
/// The key is made with the first secret. Where there are secrets and the key is missing or another
/// one, nothing is put or read: a new key beside old boxes would only hide that they are lost.
@Component
final class EmbeddedSecrets implements SecretSource {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSecrets.class);
  private static final String FILE = "secrets.key";

  private final SecretStore store;
  private final Path file;
  private final SecureRandom random;

  /// Guarded by this.
  private @Nullable SealingKey key;

  EmbeddedSecrets(SecretStore store, DataFolder folder, SecureRandom random) {
    this.store = store;
    this.file = folder.file(FILE);
    this.random = random;
    this.key = read();
  }

  private @Nullable SealingKey read() {
    try {
      return Files.exists(file) ? SealingKey.read(file) : null;
    } catch (KeyException e) {
      LOG.error("secrets are sealed: {}", e.getMessage());
      return null;
    }
  }

  @Override
  public Optional<Version> newest(String path) {
    return store.newest(path);
  }

  @Override
  public List<Version> all() {
    return store.all();
  }

  @Override
  public synchronized void requireOpen() {
    key();
  }

  private synchronized SealingKey key() {
    SealingKey known = key;
    if (known == null) {
      if (Files.exists(file) || !store.keyIds().isEmpty()) {
        throw new SealedException();
      }
      known = SealingKey.generate(random);
      known.writeNew(file);
      key = known;
    }
    List<String> sealedUnder = store.keyIds();
    if (!sealedUnder.isEmpty() && !sealedUnder.contains(known.keyId())) {
      throw new SealedException();
    }
    return known;
  }

  @Override
  public byte[] open(Version version) {
    SealedBox box = store.box(version.path(), version.number()).orElseThrow(SealedException::new);
    try {
      return key().open(box, place(version.path(), version.number()));
    } catch (KeyException e) {
      LOG.error("secret `{}` version {} does not open", version.path(), version.number());
      throw new SealedException(e);
    }
  }

  @Override
  public void put(String path, long number, byte[] value, String by, Instant at) {
    store.put(new Version(path, number, by, at), key().seal(value, place(path, number), random));
  }

  private static List<String> place(String path, long number) {
    return List.of(path, Long.toString(number));
  }
}
