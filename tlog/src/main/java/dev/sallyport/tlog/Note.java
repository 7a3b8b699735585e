package dev.sallyport.tlog;

import dev.sallyport.keys.SigningKey;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// A signed note (C2SP signed-note): text, an empty line, and one line for each signature.
///
/// Parsing believes nothing; [#verified] says whose signatures hold.
public record Note(String text, List<Signature> signatures) {
  private static final int MAX_BYTES = 1_000_000;
  private static final int MAX_SIGNATURES = 100;
  private static final String DASH = "— ";

  /// One signature line: whose it claims to be and its bytes.
  public record Signature(String name, byte[] keyId, byte[] bytes) {
    public Signature {
      if (!NoteKey.isName(name) || keyId.length != 4 || bytes.length == 0) {
        throw new NoteException("malformed signature line");
      }
      keyId = keyId.clone();
      bytes = bytes.clone();
    }

    boolean claims(NoteKey key) {
      return name.equals(key.name()) && Arrays.equals(keyId, key.keyId());
    }

    String line() {
      byte[] both = ByteBuffer.allocate(4 + bytes.length).put(keyId).put(bytes).array();
      return DASH + name + " " + Base64.getEncoder().encodeToString(both) + "\n";
    }
  }

  public Note {
    signatures = List.copyOf(signatures);
    if (!text.endsWith("\n") || text.chars().anyMatch(c -> c < 0x20 && c != '\n')) {
      throw new NoteException("malformed note text");
    }
  }

  /// Signs `text`, which ends with a line feed.
  public static Note sign(String text, String name, SigningKey key) {
    var named = new NoteKey(name, key.publicKey());
    byte[] signature = key.sign(text.getBytes(StandardCharsets.UTF_8));
    return new Note(text, List.of(new Signature(name, named.keyId(), signature)));
  }

  /// Reads a note's bytes.
  public static Note parse(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new NoteException("note is larger than " + MAX_BYTES + " bytes");
    }
    try {
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      throw new NoteException("note is not UTF-8");
    }
  }

  /// Reads a note.
  public static Note parse(String note) {
    int split = note.lastIndexOf("\n\n");
    if (note.length() > MAX_BYTES || split < 0 || !note.endsWith("\n")) {
      throw new NoteException("malformed note");
    }
    String signed = note.substring(split + 2);
    if (signed.isEmpty()) {
      throw new NoteException("note has no signature");
    }
    var signatures = new ArrayList<Signature>();
    for (String line : signed.substring(0, signed.length() - 1).split("\n", -1)) {
      if (signatures.size() == MAX_SIGNATURES) {
        throw new NoteException("note has more than " + MAX_SIGNATURES + " signatures");
      }
      signatures.add(signature(line));
    }
    return new Note(note.substring(0, split + 1), signatures);
  }

  private static Signature signature(String line) {
    int space = line.indexOf(' ', DASH.length());
    if (!line.startsWith(DASH) || space < 0) {
      throw new NoteException("malformed signature line");
    }
    byte[] both = NoteKey.decode(line.substring(space + 1));
    if (both.length < 5) {
      throw new NoteException("malformed signature line");
    }
    return new Signature(
        line.substring(DASH.length(), space),
        Arrays.copyOf(both, 4),
        Arrays.copyOfRange(both, 4, both.length));
  }

  /// Those of `known` whose signature is here and holds.
  ///
  /// Signatures of keys nobody asked for say nothing and are passed over; a signature that claims a
  /// known key and does not hold spoils the note.
  public List<NoteKey> verified(List<NoteKey> known) {
    byte[] message = text.getBytes(StandardCharsets.UTF_8);
    var holding = new ArrayList<NoteKey>();
    for (Signature signature : signatures) {
      for (NoteKey key : known) {
        if (!signature.claims(key) || holding.contains(key)) {
          continue;
        }
        if (!key.key().verify(message, signature.bytes())) {
          throw new NoteException("invalid signature for key `" + key + "`");
        }
        holding.add(key);
      }
    }
    return List.copyOf(holding);
  }

  /// The note as it is stored and sent.
  public String encoded() {
    var encoded = new StringBuilder(text).append('\n');
    signatures.forEach(signature -> encoded.append(signature.line()));
    return encoded.toString();
  }
}
