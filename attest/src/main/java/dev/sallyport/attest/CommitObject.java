package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A raw git commit object taken apart as git's `parse_signed_commit` does it
/// (gitformat-signature): the signed payload is every byte but the signature headers.
///
/// @param id the object id that the bytes were given under
/// @param parents the ids of its parents
/// @param author who wrote the change, by e-mail as the commit claims
/// @param committer who made the commit, by e-mail as the commit claims
/// @param signature the armoured signature, or null
/// @param payload the bytes that the signature covers
/// @param defect why the object is malformed in a way that could mislead a reader, or null
public record CommitObject(
    String id,
    String tree,
    List<String> parents,
    Identity author,
    Identity committer,
    @Nullable String signature,
    byte[] payload,
    @Nullable String defect) {

  private static final int MAX_COMMIT_BYTES = 16 * 1024 * 1024;
  private static final int MAX_PARENTS = 1024;

  /// A name, an e-mail and a time in seconds, as the commit claims them.
  public record Identity(String name, String email, long epochSecond) {
    static final Identity NONE = new Identity("", "", 0);
  }

  /// Freezes the lists.
  public CommitObject {
    parents = List.copyOf(parents);
  }

  /// Takes `raw` apart; whatever is wrong with it becomes [#defect], never an exception.
  ///
  /// The id is checked against the bytes: 40 hex digits mean SHA-1, 64 mean SHA-256.
  public static CommitObject parse(String id, byte[] raw) {
    if (raw.length > MAX_COMMIT_BYTES) {
      return broken(id, "commit-too-large");
    }
    return new Parser(id, raw).parse();
  }

  private static CommitObject broken(String id, String defect) {
    return new CommitObject(
        id, "", List.of(), Identity.NONE, Identity.NONE, null, new byte[0], defect);
  }

  private static final class Parser {
    private final String id;
    private final byte[] raw;
    private final ByteArrayOutputStream payload;
    private final ByteArrayOutputStream signature = new ByteArrayOutputStream();
    private final List<String> parents = new ArrayList<>();
    private String tree = "";
    private @Nullable Identity author;
    private @Nullable Identity committer;
    private int signatureHeaders;
    private @Nullable String defect;

    Parser(String id, byte[] raw) {
      this.id = id;
      this.raw = raw;
      this.payload = new ByteArrayOutputStream(raw.length);
    }

    CommitObject parse() {
      // git signs with `gpgsig` in SHA-1 repositories and `gpgsig-sha256` in SHA-256 ones; the
      // other is skipped.
      String own = id.length() == 64 ? "gpgsig-sha256" : "gpgsig";
      boolean inOwn = false;
      boolean inOther = false;
      int line = 0;
      while (line < raw.length) {
        int next = endOfLine(line);
        if (raw[line] == '\n') {
          payload.write(raw, line, raw.length - line);
          break;
        }
        if (raw[line] == ' ') {
          if (inOwn) {
            signature.write(raw, line + 1, next - line - 1);
          } else if (!inOther) {
            payload.write(raw, line, next - line);
          }
        } else {
          String header = new String(raw, line, next - line, UTF_8);
          inOwn = header.startsWith(own + " ");
          inOther = !inOwn && header.startsWith("gpgsig");
          if (inOwn) {
            signatureHeaders++;
            signature.write(raw, line + own.length() + 1, next - line - own.length() - 1);
          } else if (!inOther) {
            payload.write(raw, line, next - line);
            header(header.stripTrailing());
          }
        }
        line = next;
      }
      return result();
    }

    private int endOfLine(int from) {
      int at = from;
      while (at < raw.length && raw[at] != '\n') {
        if (raw[at] == 0) {
          defect = "nul-in-header";
        }
        at++;
      }
      return Math.min(at + 1, raw.length);
    }

    private void header(String text) {
      int space = text.indexOf(' ');
      String name = space < 0 ? text : text.substring(0, space);
      String value = space < 0 ? "" : text.substring(space + 1);
      switch (name) {
        case "tree" -> {
          defect = tree.isEmpty() ? defect : "two-trees";
          tree = value;
        }
        case "parent" -> {
          if (parents.size() >= MAX_PARENTS) {
            defect = "too-many-parents";
          } else {
            parents.add(value);
          }
        }
        case "author" -> {
          defect = author == null ? defect : "two-authors";
          author = identity(value);
        }
        case "committer" -> {
          defect = committer == null ? defect : "two-committers";
          committer = identity(value);
        }
        default -> {
          // mergetag, encoding and whatever git adds later: signed, not read.
        }
      }
    }

    /// As git's `split_ident_line`: the e-mail lies between the first `<` and the next `>`.
    private static @Nullable Identity identity(String value) {
      int open = value.indexOf('<');
      int close = value.indexOf('>', open + 1);
      if (open < 0 || close < 0) {
        return null;
      }
      String[] time = value.substring(value.lastIndexOf('>') + 1).strip().split(" ", -1);
      long seconds;
      try {
        seconds = Long.parseLong(time[0]);
      } catch (NumberFormatException unreadable) {
        seconds = 0;
      }
      return new Identity(
          value.substring(0, open).strip(), value.substring(open + 1, close), seconds);
    }

    private CommitObject result() {
      if (author == null || committer == null) {
        return broken(id, "no-author-or-committer");
      }
      if (signatureHeaders > 1) {
        defect = "two-signatures";
      }
      if (defect == null && !idOf(raw).equals(id)) {
        defect = "id-does-not-match-bytes";
      }
      String armour = signatureHeaders == 0 ? null : signature.toString(UTF_8);
      return new CommitObject(
          id, tree, parents, author, committer, armour, payload.toByteArray(), defect);
    }

    private String idOf(byte[] bytes) {
      try {
        MessageDigest digest = MessageDigest.getInstance(id.length() == 64 ? "SHA-256" : "SHA-1");
        digest.update(("commit " + bytes.length + "\0").getBytes(UTF_8));
        return HexFormat.of().formatHex(digest.digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has SHA-1 and SHA-256", e);
      }
    }
  }
}
