package dev.sallyport.cli;

import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.NoteException;
import dev.sallyport.tlog.NoteKey;
import dev.sallyport.tlog.Proofs;
import dev.sallyport.tlog.Tree;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// This client's memory of a server's log: the newest checkpoint it was shown, which every later
/// one must contain.
///
/// With no witness a log is evident only to those who remember: so each client does (architecture,
/// section 5).
final class LogWatch {
  private final ServerClient client;
  private final Path memory;
  private final NoteKey key;

  private LogWatch(ServerClient client, Path memory, NoteKey key) {
    this.client = client;
    this.memory = memory;
    this.key = key;
  }

  /// Asks the server for its log's key; the first one seen for an address is kept, and another one
  /// later is refused.
  static LogWatch of(ServerClient client) {
    JsonNode health = client.get("/v1/health", Map.of()).json();
    String encoded = health.path("logKey").asString("");
    NoteKey key;
    try {
      key = NoteKey.parse(encoded);
    } catch (NoteException e) {
      throw new UserError("the server names no log key", "check --server: is it a Sallyport?");
    }
    URI address = client.at("/");
    // A server on loopback is told by its key: ports are handed round between servers of one
    // machine.
    boolean loopback = List.of("127.0.0.1", "localhost", "[::1]").contains(address.getHost());
    Path folder =
        stateFolder(client.behalf()).resolve(name(loopback ? encoded : address.toString()));
    Path pinned = folder.resolve("log-key");
    String before = read(pinned);
    if (before != null && !before.equals(encoded)) {
      throw new UserError(
          "the log key of " + address + " changed",
          "if its operator announced that, remove " + pinned + "; else trust nothing it shows");
    }
    if (before == null) {
      write(pinned, encoded);
    }
    return new LogWatch(client, folder.resolve("checkpoint"), key);
  }

  /// Checks that an entry is in the log that `note` heads, and that this log contains the one seen
  /// last.
  void sawEntry(String note, long index, String entryText, List<String> path) {
    Checkpoint head = sawCheckpoint(note);
    List<Hash> hashes = new ArrayList<>();
    path.forEach(one -> hashes.add(Hash.ofBase64(one)));
    Hash leaf = Tree.leafHash(entryText.getBytes(StandardCharsets.UTF_8));
    Proofs.Verdict verdict = Proofs.inclusion(index, head.size(), leaf, hashes, head.root());
    if (!(verdict instanceof Proofs.Verdict.Valid)) {
      throw new UserError(
          "the server's proof that entry " + index + " is in its log does not hold",
          "trust nothing it shows; keep " + memory);
    }
  }

  /// Checks a checkpoint's signature and that it contains the one seen before, then remembers it.
  Checkpoint sawCheckpoint(String note) {
    Checkpoint now;
    Checkpoint before;
    try {
      now = Checkpoint.open(note, key);
      String kept = read(memory);
      before = kept == null ? null : Checkpoint.open(kept, key);
    } catch (NoteException e) {
      throw new UserError(
          "the log's checkpoint is not signed by its key: " + e.getMessage(),
          "trust nothing it shows");
    }
    if (before != null) {
      Checkpoint older = before.size() <= now.size() ? before : now;
      Checkpoint newer = older.equals(before) ? now : before;
      consistent(older, newer);
      if (newer.equals(before)) {
        return now;
      }
    }
    write(memory, note);
    return now;
  }

  private void consistent(Checkpoint older, Checkpoint newer) {
    if (older.size() == 0) {
      return;
    }
    List<Hash> proof = new ArrayList<>();
    if (older.size() != newer.size()) {
      ServerClient.Answer answer =
          client.get(
              "/v1/ledger/proof/consistency?from=" + older.size() + "&to=" + newer.size(),
              Map.of());
      if (answer.status() == 200) {
        for (JsonNode hash : answer.json().path("proof")) {
          proof.add(Hash.ofBase64(hash.asString("")));
        }
      }
    }
    Proofs.Verdict verdict =
        Proofs.consistency(older.size(), newer.size(), proof, older.root(), newer.root());
    if (!(verdict instanceof Proofs.Verdict.Valid)) {
      throw new UserError(
          "the log does not contain what it showed before (size "
              + older.size()
              + "): it was rewritten"
              + " or rolled back",
          "keep " + memory + " as evidence and trust nothing the server shows");
    }
  }

  private static Path stateFolder(Surroundings there) {
    String told = there.variable("XDG_STATE_HOME");
    Path base =
        told == null || !Path.of(told).isAbsolute()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(told);
    return base.resolve("sallyport").resolve("logs");
  }

  private static String name(String identity) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, 32);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static @Nullable String read(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readString(file) : null;
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "check its rights");
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Path fresh = Files.createTempFile(file.getParent(), ".new", "");
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UserError("couldn't write `" + file + "`", "check the folder and its rights");
    }
  }
}
