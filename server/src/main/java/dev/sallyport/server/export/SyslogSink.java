package dev.sallyport.server.export;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Syslog: RFC 5424 messages with octet counting (RFC 5425 section 4.3, RFC 6587 section 3.4.1)
/// over TLS, or over TCP on loopback to a forwarder.
///
/// Syslog acknowledges nothing. What was written before a connection broke may be lost on the way;
/// the entries of the batch that failed are told again.
final class SyslogSink implements Sink {
  private static final int TIMEOUT_MILLIS = 15_000;

  /// Facility 10 (security/authorization), severity 5 (notice): RFC 5424 section 6.2.1.
  private static final int PRIORITY = 10 * 8 + 5;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final SocketFactory sockets;
  private final String host;
  private final int port;
  private final String self;
  private final String process;
  private @Nullable Socket socket;

  SyslogSink(SocketFactory sockets, String host, int port, String self, long process) {
    this.sockets = sockets;
    this.host = host;
    this.port = port;
    this.self = self;
    this.process = Long.toString(process);
  }

  @Override
  public void tell(List<Told> entries) {
    try {
      var bytes = new ByteArrayOutputStream();
      for (Told told : entries) {
        byte[] message = message(told).getBytes(StandardCharsets.UTF_8);
        bytes.writeBytes((message.length + " ").getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(message);
      }
      var out = new BufferedOutputStream(connected().getOutputStream());
      bytes.writeTo(out);
      out.flush();
    } catch (IOException e) {
      close();
      throw new SinkException("the receiver took no more: " + e.getClass().getSimpleName());
    }
  }

  /// `<PRI>1 TIME HOST APP PID MSGID SD BOM MSG` (RFC 5424 section 6). The MSG is the JSON line.
  private String message(Told told) {
    return "<"
        + PRIORITY
        + ">1 "
        + TIME.format(told.time())
        + " "
        + self
        + " sallyport "
        + process
        + " entry [sallyport@32473 dedup=\""
        + told.dedup().replaceAll("([\"\\\\\\]])", "\\\\$1")
        + "\"] \uFEFF"
        + told.json();
  }

  private Socket connected() throws IOException {
    Socket open = socket;
    if (open != null && !open.isClosed() && open.isConnected()) {
      return open;
    }
    Socket fresh = sockets.createSocket();
    try {
      fresh.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      fresh.setSoTimeout(TIMEOUT_MILLIS);
      if (fresh instanceof SSLSocket tls) {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setServerNames(List.of());
        tls.setSSLParameters(parameters);
        tls.startHandshake();
      }
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    socket = fresh;
    return fresh;
  }

  @Override
  public boolean acknowledges() {
    return false;
  }

  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It is gone either way.
      }
    }
  }
}
