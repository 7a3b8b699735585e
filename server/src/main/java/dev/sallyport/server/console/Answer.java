package dev.sallyport.server.console;

import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/// How pages are answered: with a policy for their content that lets nothing in from elsewhere.
final class Answer {
  private static final MediaType HTML = new MediaType("text", "html", StandardCharsets.UTF_8);
  private static final String POLICY =
      "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self';"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private Answer() {}

  static ResponseEntity<byte[]> page(HttpStatus status, String html) {
    return ResponseEntity.status(status)
        .contentType(HTML)
        .header("Content-Security-Policy", POLICY)
        .body(html.getBytes(StandardCharsets.UTF_8));
  }

  static ResponseEntity<byte[]> to(String path) {
    return to(path, new HttpHeaders());
  }

  static ResponseEntity<byte[]> to(String path, HttpHeaders headers) {
    return ResponseEntity.status(HttpStatus.SEE_OTHER)
        .headers(headers)
        .header(HttpHeaders.LOCATION, path)
        .build();
  }
}
