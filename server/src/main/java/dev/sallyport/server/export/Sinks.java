package dev.sallyport.server.export;

import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.KeyException;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Set;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Makes a sink of what the configuration says; what cannot be meant stops the start.
final class Sinks {
  private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofSeconds(30);
  private static final Duration ASK_EVERY = Duration.ofMillis(100);
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int SYSLOG_TLS = 6514;
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  private Sinks() {}

  /// @param host how this server is named at the receiver
  static Sink of(Settings.Export export, DataFolder folder, String host) {
    String self = host.replace('/', '-');
    return switch (export.kind()) {
      case "splunk-hec" -> hec(export, self);
      case "syslog" -> syslog(export, self);
      case "json-lines" -> new LinesSink(folder.file(export.target()));
      default -> throw refuse(export, "no kind `" + export.kind() + "`");
    };
  }

  private static Sink hec(Settings.Export export, String self) {
    URI base = uri(export);
    boolean plain = "http".equals(base.getScheme()) && LOOPBACK.contains(base.getHost());
    if (base.getHost() == null || !("https".equals(base.getScheme()) || plain)) {
      throw refuse(export, "wanted an https URL, or http on loopback");
    }
    HttpClient.Builder http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1);
    if (export.caFile() != null) {
      http.sslContext(trusting(export, export.caFile()));
    }
    return new HecSink(
        http.build(), base, token(export), export.index(), self, ACKNOWLEDGED_WITHIN, ASK_EVERY);
  }

  private static Sink syslog(Settings.Export export, String self) {
    URI target = uri(export);
    String host = target.getHost();
    if (host == null) {
      throw refuse(export, "wanted tls://host:port, or tcp://127.0.0.1:port");
    }
    SocketFactory sockets =
        switch (target.getScheme()) {
          case "tls" ->
              export.caFile() == null
                  ? javax.net.ssl.SSLSocketFactory.getDefault()
                  : trusting(export, export.caFile()).getSocketFactory();
          case "tcp" -> {
            if (!LOOPBACK.contains(host) || target.getPort() < 0) {
              throw refuse(export, "plain TCP goes to loopback alone: use tls://");
            }
            yield SocketFactory.getDefault();
          }
          default -> throw refuse(export, "wanted tls://host:port, or tcp://127.0.0.1:port");
        };
    return new SyslogSink(
        sockets,
        host,
        target.getPort() < 0 ? SYSLOG_TLS : target.getPort(),
        self,
        ProcessHandle.current().pid());
  }

  private static URI uri(Settings.Export export) {
    try {
      return URI.create(export.target());
    } catch (IllegalArgumentException e) {
      throw refuse(export, "its target is no URL");
    }
  }

  private static String token(Settings.Export export) {
    Path file = export.tokenFile();
    if (file == null) {
      throw refuse(export, "it has no tokenFile");
    }
    try {
      String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
      if (!mode.endsWith("------")) {
        throw refuse(export, "`" + file + "` may be read by others: run chmod 600 on it");
      }
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw refuse(export, "`" + file + "` couldn't be read");
    }
  }

  private static SSLContext trusting(Settings.Export export, @Nullable Path authority) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      String pem = Files.readString(authority, StandardCharsets.US_ASCII);
      for (X509Certificate certificate : CertificatePath.readPem(pem)) {
        store.setCertificateEntry("authority-" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException | KeyException e) {
      throw refuse(export, "its caFile couldn't be read");
    }
  }

  private static SettingsException refuse(Settings.Export export, String what) {
    return new SettingsException("exports `" + export.name() + "`: " + what);
  }
}
