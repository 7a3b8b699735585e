package dev.sallyport.server;

import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.LoopbackAuthority;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/// A second port, on which the TLS handshake itself asks for a certificate of our own authority:
/// for machines, never for browsers, which would ask their users about it.
final class AgentPort implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final int MAX_CONNECTIONS = 4096;
  private static final int TIMEOUT_MILLIS = 30_000;

  private final Connector connector;

  /// @param port 0 for a free one
  /// @param clients whose certificates are let in
  AgentPort(int port, LoopbackAuthority.TlsFiles tls, ClientAuthority clients) {
    this.connector = new Connector(Http11NioProtocol.class.getName());
    connector.setPort(port);
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("SSLEnabled", "true");
    connector.setProperty("maxConnections", Integer.toString(MAX_CONNECTIONS));
    connector.setProperty("connectionTimeout", Integer.toString(TIMEOUT_MILLIS));
    connector.setProperty("maxHttpRequestHeaderSize", Integer.toString(32 * 1024));
    var host = new SSLHostConfig();
    host.setProtocols("TLSv1.3");
    host.setCertificateVerification("required");
    host.setCertificateVerificationDepth(1);
    // A file of authorities is read by the OpenSSL engine only: the JDK's would fall back to every
    // public authority without a word.
    host.setTrustStore(trusting(clients));
    var own = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
    own.setCertificateFile(tls.certificate().toString());
    own.setCertificateKeyFile(tls.key().toString());
    host.addCertificate(own);
    connector.addSslHostConfig(host);
  }

  private static KeyStore trusting(ClientAuthority clients) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("agents", clients.certificate());
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("couldn't make a trust store", e);
    }
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addAdditionalConnectors(connector);
  }

  /// The port it listens on.
  int port() {
    return connector.getLocalPort();
  }
}
