package dev.sallyport.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server's own small authority, judged by the JDK's path validator.
class LoopbackAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final SecureRandom RANDOM = new SecureRandom();

  private static X509Certificate read(Path file) throws Exception {
    try (var stream = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
    }
  }

  @Test
  void its_certificate_holds_for_loopback_under_an_authority_that_can_vouch_for_nothing_else(
      @TempDir Path folder) throws Exception {
    var files = LoopbackAuthority.in(folder, NOW, RANDOM);
    X509Certificate authority = read(files.authority());
    X509Certificate server = read(files.certificate());
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(server)), parameters);
    assertThat(server.getSubjectAlternativeNames().toString())
        .contains("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
    assertThat(authority.getCriticalExtensionOIDs()).contains("2.5.29.30");
    assertThat(authority.getBasicConstraints()).isZero();
    for (Path key : List.of(files.key(), folder.resolve("ca.key"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void it_is_made_once_and_the_certificate_renewed_before_its_end(@TempDir Path folder)
      throws Exception {
    var first = LoopbackAuthority.in(folder, NOW, RANDOM);
    X509Certificate authority = read(first.authority());
    X509Certificate server = read(first.certificate());
    LoopbackAuthority.in(folder, NOW.plus(Duration.ofDays(50)), RANDOM);
    assertThat(read(first.certificate())).isEqualTo(server);
    LoopbackAuthority.in(folder, NOW.plus(Duration.ofDays(70)), RANDOM);
    assertThat(read(first.certificate())).isNotEqualTo(server);
    assertThat(read(first.authority())).isEqualTo(authority);
  }

  @Test
  void a_key_that_others_may_read_stops_it(@TempDir Path folder) throws Exception {
    LoopbackAuthority.in(folder, NOW, RANDOM);
    Files.setPosixFilePermissions(
        folder.resolve("ca.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> LoopbackAuthority.in(folder, NOW, RANDOM))
        .isInstanceOf(KeyException.class);
  }
}
