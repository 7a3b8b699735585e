package dev.sallyport.cli;

import dev.sallyport.attest.AllowedSigners;
import dev.sallyport.attest.PgpKeys;
import dev.sallyport.attest.RevokedKeys;
import dev.sallyport.attest.SignerFileException;
import dev.sallyport.attest.SignerTrust;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Source;
import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import dev.sallyport.scan.NotChecked;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What a repository's `.sallyport/` declares, read from one tree: signers, keys, policy, profile,
/// allowed findings.
///
/// ```
/// .sallyport/signers            allowed_signers of OpenSSH
/// .sallyport/revoked            KRL or list of revoked public keys
/// .sallyport/keys/*.asc         OpenPGP keys of signers
/// .sallyport/*.pem              X.509 roots of signers
/// .sallyport/trust/ROLE/*.pem   public keys that attest in a role
/// .sallyport/policy/*.cedar     the policy, instead of a profile
/// .sallyport/profile            one word: observe, baseline or strict
/// .sallyport/allow              findings accepted: `fingerprint reason...` a line
/// ```
///
/// @param signers who may sign commits
/// @param declared how many signers, keys and roots were read
/// @param policy the policy's files, empty where a profile decides
/// @param profile the profile named, or null
/// @param attesters public keys by role
/// @param allowed fingerprints of findings accepted, with the reason
/// @param problems what was there and could not be read
record DeclaredTrust(
    SignerTrust signers,
    int declared,
    List<Source> policy,
    @Nullable Profile profile,
    Map<String, Set<VerifyingKey>> attesters,
    Map<String, String> allowed,
    List<NotChecked> problems) {

  static final String FOLDER = ".sallyport";

  /// Nothing declared.
  static DeclaredTrust none() {
    return new DeclaredTrust(SignerTrust.none(), 0, List.of(), null, Map.of(), Map.of(), List.of());
  }

  /// Reads the files below `.sallyport/` of one tree, by path.
  static DeclaredTrust read(SortedMap<String, byte[]> files) {
    return new Reader(files).read();
  }

  private static final class Reader {
    private final SortedMap<String, byte[]> files;
    private final List<NotChecked> problems = new ArrayList<>();
    private int declared;

    Reader(SortedMap<String, byte[]> files) {
      this.files = files;
    }

    DeclaredTrust read() {
      AllowedSigners ssh = allowedSigners();
      RevokedKeys revoked = revoked();
      PgpKeys pgp = pgpKeys();
      List<X509Certificate> roots = roots();
      List<Source> policy = new ArrayList<>();
      for (Map.Entry<String, byte[]> file : under("policy/").entrySet()) {
        if (file.getKey().endsWith(".cedar")) {
          policy.add(new Source(file.getKey(), text(file.getValue())));
        }
      }
      return new DeclaredTrust(
          new SignerTrust(ssh, revoked, pgp, roots),
          declared,
          List.copyOf(policy),
          profile(),
          attesters(),
          allowed(),
          List.copyOf(problems));
    }

    private SortedMap<String, byte[]> under(String folder) {
      String from = FOLDER + "/" + folder;
      return files.subMap(from, from + Character.MAX_VALUE);
    }

    private static String text(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private AllowedSigners allowedSigners() {
      byte[] bytes = files.get(FOLDER + "/signers");
      if (bytes == null) {
        return AllowedSigners.none();
      }
      AllowedSigners signers = AllowedSigners.parse(text(bytes), ZoneId.systemDefault());
      for (AllowedSigners.Problem problem : signers.problems()) {
        problems.add(new NotChecked(FOLDER + "/signers:" + problem.line(), problem.message()));
      }
      declared += signers.size();
      return signers;
    }

    /// An unreadable list of revoked keys would let the revoked in: the run cannot go on as if it
    /// were empty.
    private RevokedKeys revoked() {
      byte[] bytes = files.get(FOLDER + "/revoked");
      if (bytes == null) {
        return RevokedKeys.none();
      }
      try {
        return RevokedKeys.parse(bytes);
      } catch (SignerFileException e) {
        throw new UserError(FOLDER + "/revoked: " + e.getMessage(), "mend the file in the base");
      }
    }

    private PgpKeys pgpKeys() {
      List<byte[]> good = new ArrayList<>();
      for (Map.Entry<String, byte[]> file : under("keys/").entrySet()) {
        if (!file.getKey().endsWith(".asc")) {
          continue;
        }
        try {
          PgpKeys.parse(List.of(file.getValue()));
          good.add(file.getValue());
          declared++;
        } catch (SignerFileException e) {
          problems.add(new NotChecked(file.getKey(), String.valueOf(e.getMessage())));
        }
      }
      return PgpKeys.parse(good);
    }

    private List<X509Certificate> roots() {
      List<X509Certificate> roots = new ArrayList<>();
      for (Map.Entry<String, byte[]> file : under("").entrySet()) {
        boolean top = file.getKey().indexOf('/', FOLDER.length() + 1) < 0;
        if (top && file.getKey().endsWith(".pem")) {
          try {
            roots.addAll(CertificatePath.readPem(text(file.getValue())));
            declared++;
          } catch (KeyException e) {
            problems.add(new NotChecked(file.getKey(), String.valueOf(e.getMessage())));
          }
        }
      }
      return roots;
    }

    private @Nullable Profile profile() {
      byte[] bytes = files.get(FOLDER + "/profile");
      if (bytes == null) {
        return null;
      }
      String word = text(bytes).strip();
      return Profile.of(word)
          .orElseThrow(() ->
              new UserError(
                  FOLDER + "/profile names no profile: `" + Terminal.safe(word) + "`",
                  "write observe, baseline or strict"));
    }

    private Map<String, Set<VerifyingKey>> attesters() {
      Map<String, Set<VerifyingKey>> byRole = new LinkedHashMap<>();
      for (Map.Entry<String, byte[]> file : under("trust/").entrySet()) {
        String[] parts = file.getKey().split("/", -1);
        if (parts.length != 4 || !parts[3].endsWith(".pem")) {
          continue;
        }
        try {
          byRole
              .computeIfAbsent(parts[2], _ -> new LinkedHashSet<>())
              .add(VerifyingKey.ofPem(text(file.getValue())));
        } catch (KeyException e) {
          problems.add(new NotChecked(file.getKey(), String.valueOf(e.getMessage())));
        }
      }
      return byRole;
    }

    private Map<String, String> allowed() {
      byte[] bytes = files.get(FOLDER + "/allow");
      Map<String, String> allowed = new LinkedHashMap<>();
      if (bytes == null) {
        return allowed;
      }
      int number = 0;
      for (String line : text(bytes).split("\n", -1)) {
        number++;
        String stripped = line.strip();
        if (stripped.isEmpty() || stripped.startsWith("#")) {
          continue;
        }
        String[] words = stripped.split("\\s+", 2);
        if (words.length < 2) {
          problems.add(
              new NotChecked(
                  FOLDER + "/allow:" + number, "a finding is allowed only with a reason"));
        } else {
          allowed.put(words[0], words[1]);
        }
      }
      return allowed;
    }
  }
}
