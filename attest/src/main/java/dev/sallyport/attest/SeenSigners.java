package dev.sallyport.attest;

import dev.sallyport.attest.SshKey.UnsupportedSshKey;
import dev.sallyport.attest.SshWire.Malformed;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Who history was signed by, gathered so that a person can decide whom to declare.
///
/// A key is counted only where its signature holds; even so it proves no name: names are what
/// commits claim.
public final class SeenSigners {
  private static final int MAX_KEYS = 500;
  private static final Pattern PLAIN_EMAIL = Pattern.compile("[A-Za-z0-9._%+@\\[\\]-]{1,200}");

  private static final class Seen {
    private final Set<String> emails = new LinkedHashSet<>();
    private int commits;
  }

  private final Map<String, Seen> ssh = new LinkedHashMap<>();
  private final Map<String, Seen> pgp = new LinkedHashMap<>();
  private final Map<String, Seen> x509 = new LinkedHashMap<>();
  private int unsigned;

  /// Counts one commit.
  public void add(CommitObject commit) {
    String signature = commit.signature();
    if (signature == null || commit.defect() != null) {
      unsigned++;
      return;
    }
    try {
      if (signature.startsWith(SshSignature.BEGIN)) {
        SshSignature parsed = SshSignature.parse(signature);
        if (parsed.holds(commit.payload())) {
          byte[] blob = parsed.key().blob();
          String type = new SshWire(blob).text();
          count(ssh, type + " " + Base64.getEncoder().encodeToString(blob), commit);
        }
      } else if (signature.startsWith(PgpSignature.BEGIN)) {
        count(pgp, PgpSignature.parse(signature).issuer(), commit);
      } else if (signature.startsWith(CmsSignature.BEGIN)) {
        CmsSignature parsed = CmsSignature.parse(signature, commit.payload());
        if (parsed.holds()) {
          count(x509, parsed.certificate().getIssuerX500Principal().getName(), commit);
        }
      }
    } catch (Malformed | UnsupportedSshKey unreadable) {
      unsigned++;
    }
  }

  private static void count(Map<String, Seen> map, String key, CommitObject commit) {
    if (map.size() >= MAX_KEYS && !map.containsKey(key)) {
      return;
    }
    Seen seen = map.computeIfAbsent(key, _ -> new Seen());
    seen.commits++;
    String email = commit.committer().email();
    // An address with a comma or a quote would become another line's meaning once the # is gone.
    if (PLAIN_EMAIL.matcher(email).matches() && seen.emails.size() < 20) {
      seen.emails.add(email);
    }
  }

  /// Lines for an `allowed_signers` file, every one a comment, the busiest first.
  public String proposal() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Seen> one : busiestFirst(ssh)) {
      byte[] blob =
          Base64.getDecoder().decode(one.getKey().substring(one.getKey().indexOf(' ') + 1));
      text.append("\n# seen on ").append(one.getValue().commits).append(" commits, ");
      text.append(SshKey.fingerprint(blob)).append("\n#");
      text.append(String.join(",", one.getValue().emails)).append(" namespaces=\"git\" ");
      text.append(one.getKey()).append('\n');
    }
    for (Map.Entry<String, Seen> one : busiestFirst(pgp)) {
      text.append("\n# seen on ").append(one.getValue().commits).append(" commits by ");
      text.append(String.join(",", one.getValue().emails))
          .append(": OpenPGP key ")
          .append(one.getKey());
      text.append("\n#   to declare it: gpg --export --armor ").append(one.getKey());
      text.append(" > .sallyport/keys/NAME.asc\n");
    }
    for (Map.Entry<String, Seen> one : busiestFirst(x509)) {
      String issuer = one.getKey().replaceAll("\\R", " ");
      text.append("\n# seen on ").append(one.getValue().commits).append(" commits by ");
      text.append(String.join(",", one.getValue().emails))
          .append(": certificates of ")
          .append(issuer);
      text.append("\n#   to declare it: put its root certificate into .sallyport/NAME.pem\n");
    }
    text.append("\n# ").append(unsigned).append(" commits carried no readable signature.\n");
    return text.toString();
  }

  private static List<Map.Entry<String, Seen>> busiestFirst(Map<String, Seen> map) {
    return map.entrySet().stream()
        .sorted(Comparator.comparingInt((Map.Entry<String, Seen> one) -> -one.getValue().commits))
        .toList();
  }
}
