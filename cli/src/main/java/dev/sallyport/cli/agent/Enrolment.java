package dev.sallyport.cli.agent;

import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;

/// Who this host is: the folder with its key, its certificate, and whom it trusts as the server.
///
/// The key is made here and never leaves; a one-time code proves once that its owner meant this
/// host, after that each certificate is the proof for the next.
public final class Enrolment {
  private static final int MAX_PEM_BYTES = 64 * 1024;
  private static final Duration RENEW_BEFORE = ClientAuthority.LIFETIME.dividedBy(3);

  private final Path folder;
  private final String name;
  private final URI server;

  private Enrolment(Path folder, String name, URI server) {
    this.folder = folder;
    this.name = name;
    this.server = server;
  }

  /// What a server answers to a code and a request.
  ///
  /// @param host the name that the code was made for
  /// @param certificate of this host, in PEM
  /// @param port where machines ask
  public record Welcome(String host, String certificate, int port) {}

  /// Asks a server for a certificate, with a code and a request in PEM.
  @FunctionalInterface
  public interface Door {
    /// Goes through it.
    Welcome enter(String code, String request);
  }

  /// Makes the folder: key, request, certificate.
  ///
  /// @param server where the code is good for
  /// @param authority the PEM of the server's authority
  /// @throws AgentException if the folder holds an enrolment already
  public static Enrolment make(
      Path folder, URI server, Path authority, String code, Door door, SecureRandom random) {
    try {
      if (Files.exists(folder.resolve("enrolment.json"))) {
        throw new AgentException("`" + folder + "` holds an enrolment already");
      }
      if (Files.notExists(folder)) {
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      requirePrivate(folder);
      byte[] trusted = Files.readAllBytes(authority);
      CertificatePath.readPem(new String(trusted, StandardCharsets.US_ASCII));
      // A key left by an attempt that failed is used again: it never left this folder.
      Path keyFile = folder.resolve("agent.key");
      if (Files.notExists(keyFile)) {
        SigningKey.generate(KeyAlgorithm.ECDSA_P256, random).writeNew(keyFile);
      }
      SigningKey key = SigningKey.read(keyFile);
      Welcome welcome = door.enter(code, ClientAuthority.request(key, "host"));
      requireOurs(welcome.certificate(), key);
      if (!AgentConfig.NAME.matcher(welcome.host()).matches()) {
        throw new AgentException("the server gave this host a name that is none");
      }
      DurableFiles.replace(folder.resolve("ca.pem"), trusted);
      DurableFiles.replace(
          folder.resolve("agent.pem"), welcome.certificate().getBytes(StandardCharsets.US_ASCII));
      URI machines =
          URI.create(
              server.getScheme() + "://" + bracketed(server.getHost()) + ":" + welcome.port());
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("host", welcome.host());
      members.put("server", machines.toString());
      DurableFiles.replace(folder.resolve("enrolment.json"), StrictJson.write(members));
      return read(folder);
    } catch (IOException | KeyException e) {
      throw new AgentException("couldn't enrol into `" + folder + "`: " + e.getMessage(), e);
    }
  }

  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private static void requireOurs(String certificate, SigningKey key) {
    X509Certificate issued = CertificatePath.readPem(certificate).getFirst();
    if (!java.util.Arrays.equals(issued.getPublicKey().getEncoded(), key.publicKey().spki())) {
      throw new AgentException("the server's certificate is not for the key of this host");
    }
  }

  /// Reads the folder again.
  public static Enrolment read(Path folder) {
    try {
      requirePrivate(folder);
      JsonNode members =
          StrictJson.read(Files.readAllBytes(folder.resolve("enrolment.json")), "enrolment");
      URI server = URI.create(members.path("server").asString(""));
      String name = members.path("host").asString("");
      if (!"https".equals(server.getScheme()) || !AgentConfig.NAME.matcher(name).matches()) {
        throw new AgentException("`" + folder + "` holds no enrolment");
      }
      return new Enrolment(folder, name, server);
    } catch (IOException | IllegalArgumentException e) {
      throw new AgentException("couldn't read an enrolment in `" + folder + "`", e);
    }
  }

  private static void requirePrivate(Path folder) throws IOException {
    if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)).endsWith("------")) {
      throw new AgentException(
          "`" + folder + "` may be entered by others: run chmod 700 on it first");
    }
  }

  /// How the server calls this host.
  public String name() {
    return name;
  }

  /// Where machines ask.
  public URI server() {
    return server;
  }

  Path folder() {
    return folder;
  }

  /// Whether the certificate is in its last third.
  boolean endsSoon(Instant now) {
    return certificate().getNotAfter().toInstant().isBefore(now.plus(RENEW_BEFORE));
  }

  /// A request for the next certificate, with a key that stays.
  String request() {
    return ClientAuthority.request(key(), name);
  }

  /// Takes the next certificate.
  void renewed(String certificate) {
    requireOurs(certificate, key());
    DurableFiles.replace(
        folder.resolve("agent.pem"), certificate.getBytes(StandardCharsets.US_ASCII));
  }

  private SigningKey key() {
    return SigningKey.read(folder.resolve("agent.key"));
  }

  private X509Certificate certificate() {
    return CertificatePath.readPem(text("agent.pem")).getFirst();
  }

  private String text(String file) {
    try {
      Path path = folder.resolve(file);
      if (Files.size(path) > MAX_PEM_BYTES) {
        throw new AgentException("`" + path + "` is too large");
      }
      return Files.readString(path, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new AgentException("couldn't read `" + file + "` of the enrolment", e);
    }
  }

  /// TLS with the present certificate, to the server's authority and no other.
  public SSLContext tls() {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry("agent", key().jdkKey(), new char[0], new Certificate[] {certificate()});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
      KeyStore others = KeyStore.getInstance("PKCS12");
      others.load(null, null);
      int number = 0;
      for (X509Certificate one : CertificatePath.readPem(text("ca.pem"))) {
        others.setCertificateEntry("server-" + number++, one);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(others);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AgentException("couldn't use the enrolment in `" + folder + "`", e);
    }
  }
}
