package dev.sallyport.cli;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.EvidenceException;
import dev.sallyport.attest.Statement;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.keys.VerifyingKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A file, and the attestations that should be about it.
///
/// @param file the artifact
/// @param hex its SHA-256
/// @param envelopes the attestations, by the name they came under
/// @param named keys by role named at the terminal; where there are any, the repository's own are
///   not asked
record ArtifactProof(
    Path file, String hex, Map<String, byte[]> envelopes, Map<String, Set<VerifyingKey>> named) {

  static final long MAX_ENVELOPE_BYTES = 32L << 20;

  static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read; (read = in.read(buffer)) > 0; ) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "check that it exists and is readable");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  String digest() {
    return "sha256:" + hex;
  }

  /// Checks every attestation and fills the fact `artifact`; without attestations the fact stays
  /// absent.
  VerifyReport.Checked prove(Map<String, Set<VerifyingKey>> declared, FactSheet sheet) {
    Map<String, Set<VerifyingKey>> trusted = named.isEmpty() ? declared : named;
    String name = "artifact " + file.getFileName();
    if (envelopes.isEmpty()) {
      return new VerifyReport.Checked(
          name, "no attestation was given: nothing is known of it", false);
    }
    Set<String> roles = new TreeSet<>();
    List<String> notes = new ArrayList<>();
    @Nullable Provenance provenance = null;
    for (Map.Entry<String, byte[]> one : envelopes.entrySet()) {
      try {
        Envelope envelope = Envelope.parse(one.getValue());
        Set<String> signedIn = new TreeSet<>();
        trusted.forEach((role, keys) -> {
          if (!envelope.signers(keys).isEmpty()) {
            signedIn.add(role);
          }
        });
        Statement statement = Statement.of(envelope);
        if (signedIn.isEmpty()) {
          notes.add(one.getKey() + ": signed by no key of a declared role");
        } else if (!statement.isAboutSha256(hex)) {
          notes.add(one.getKey() + ": is about other bytes than this file's");
        } else {
          roles.addAll(signedIn);
          if (signedIn.contains("build")) {
            provenance = Provenance.of(statement, provenance);
          }
        }
      } catch (EvidenceException e) {
        notes.add(one.getKey() + ": " + e.getMessage());
      }
    }
    boolean proved = !roles.isEmpty();
    sheet.artifact(
        digest(),
        proved,
        roles,
        provenance == null ? null : provenance.builder(),
        provenance == null ? null : provenance.repository(),
        provenance == null ? null : provenance.commit());
    String text =
        proved
            ? "is the subject of statements signed in role " + String.join(", ", roles)
            : "is proved by no attestation";
    if (!notes.isEmpty()) {
      text += " (" + String.join("; ", notes) + ")";
    }
    return new VerifyReport.Checked(name, text, proved && notes.isEmpty());
  }

  /// What SLSA provenance v1 or v0.2 says, where it says it.
  private record Provenance(
      @Nullable String builder, @Nullable String repository, @Nullable String commit) {

    static @Nullable Provenance of(Statement statement, @Nullable Provenance before) {
      JsonNode predicate = statement.predicate();
      if (statement.predicateType().equals("https://slsa.dev/provenance/v1")) {
        JsonNode source = predicate.at("/buildDefinition/resolvedDependencies/0");
        return new Provenance(
            text(predicate.at("/runDetails/builder/id")),
            text(source.path("uri")),
            text(source.at("/digest/gitCommit")));
      }
      if (statement.predicateType().equals("https://slsa.dev/provenance/v0.2")) {
        return new Provenance(
            text(predicate.at("/builder/id")),
            text(predicate.at("/invocation/configSource/uri")),
            text(predicate.at("/invocation/configSource/digest/sha1")));
      }
      return before;
    }

    private static @Nullable String text(JsonNode node) {
      return node.isString() && !node.stringValue().isEmpty() ? node.stringValue() : null;
    }
  }
}
