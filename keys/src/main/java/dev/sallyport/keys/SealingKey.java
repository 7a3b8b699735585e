package dev.sallyport.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The key-encryption key: it wraps a fresh data key for each value that is sealed, and lies in a
/// file that only its owner may read.
///
/// Both layers are AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. A data key seals
/// one value, so its nonce can't repeat; the sealing key wraps one data key for each value, far
/// below the 2^32 messages that section 8.3 allows with random nonces. What the value is for (its
/// path and version) is bound as additional authenticated data to both layers, with the format's
/// name and the length of each part: a box moved to another place doesn't open.
public final class SealingKey {
  /// Most bytes of one value.
  public static final int MAX_VALUE_BYTES = 64 * 1024;

  private static final String LABEL = "SALLYPORT SEALING KEY";
  private static final String FORMAT = "sallyport-sealed-v1";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int MAX_FILE_BYTES = 4 * 1024;

  private final byte[] key;
  private final String keyId;

  private SealingKey(byte[] key) {
    this.key = key;
    this.keyId = keyId(key);
  }

  /// A fresh key.
  public static SealingKey generate(SecureRandom random) {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return new SealingKey(key);
  }

  /// Reads a key file.
  ///
  /// @throws KeyException if it is missing, not a sealing key, or readable by anyone but its owner
  public static SealingKey read(Path file) {
    byte[] text = new byte[0];
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new KeyException("key file `" + file + "` is too large");
      }
      if (!OwnerOnly.holds(file)) {
        throw new KeyException(
            "key file `" + file + "` may be used by others: run chmod 600 on it first");
      }
      text = Files.readAllBytes(file);
      byte[] key = Pem.decode(new String(text, StandardCharsets.US_ASCII), LABEL);
      if (key.length != KEY_BYTES) {
        throw new KeyException("key file `" + file + "` holds no sealing key");
      }
      return new SealingKey(key);
    } catch (IOException e) {
      throw new KeyException("couldn't read key file `" + file + "`", e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /// Writes the key to a new file of mode 0600: the whole file or none, synced before it has its
  /// name.
  ///
  /// @throws KeyException if the file exists or cannot be written
  public void writeNew(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.exists(file)) {
      throw new KeyException("key file `" + file + "` exists already");
    }
    byte[] text = Pem.encode(LABEL, key).getBytes(StandardCharsets.US_ASCII);
    try {
      Path fresh = OwnerOnly.createIn(folder);
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(text));
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new KeyException("couldn't write key file `" + file + "`", e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /// Names the key and says nothing of it.
  public String keyId() {
    return keyId;
  }

  /// Seals a value for one place.
  ///
  /// @param place what it is for; [#open] wants the very same
  /// @throws KeyException if the value is larger than [#MAX_VALUE_BYTES]
  public SealedBox seal(byte[] value, List<String> place, SecureRandom random) {
    if (value.length > MAX_VALUE_BYTES) {
      throw new KeyException("value is larger than " + MAX_VALUE_BYTES + " bytes");
    }
    byte[] dataKey = new byte[KEY_BYTES];
    random.nextBytes(dataKey);
    try {
      return new SealedBox(
          keyId,
          encrypt(key, dataKey, bound("key", place), random),
          encrypt(dataKey, value, bound("value", place), random));
    } finally {
      Arrays.fill(dataKey, (byte) 0);
    }
  }

  /// Opens what was sealed for this place; the caller overwrites what it gets when it is done.
  ///
  /// @throws KeyException if it was sealed under another key or for another place, or was changed
  public byte[] open(SealedBox sealed, List<String> place) {
    if (!sealed.keyId().equals(keyId)) {
      throw new KeyException("sealed under another key");
    }
    byte[] dataKey = decrypt(key, sealed.wrappedKey(), bound("key", place));
    try {
      return decrypt(dataKey, sealed.box(), bound("value", place));
    } finally {
      Arrays.fill(dataKey, (byte) 0);
    }
  }

  private static byte[] bound(String layer, List<String> place) {
    var text = new StringBuilder(FORMAT).append('\n').append(layer).append('\n');
    place.forEach(
        part -> text.append(part.getBytes(StandardCharsets.UTF_8).length).append(':').append(part));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] encrypt(byte[] key, byte[] plain, byte[] bound, SecureRandom random) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, bound);
      byte[] sealed = cipher.doFinal(plain);
      return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new KeyException("couldn't seal", e);
    }
  }

  private static byte[] decrypt(byte[] key, byte[] sealed, byte[] bound) {
    if (sealed.length < NONCE_BYTES + TAG_BITS / 8) {
      throw new KeyException("sealed bytes are too short");
    }
    byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, bound)
          .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new KeyException("sealed bytes were changed, or are for another place");
    } catch (GeneralSecurityException e) {
      throw new KeyException("couldn't open", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, byte[] bound)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(bound);
    return cipher;
  }

  private static String keyId(byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] name = mac.doFinal("sallyport sealing key id".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(name, 0, 16);
    } catch (GeneralSecurityException e) {
      throw new KeyException("couldn't name key", e);
    }
  }

  /// Its name; never the key.
  @Override
  public String toString() {
    return "sealing key " + keyId;
  }
}
