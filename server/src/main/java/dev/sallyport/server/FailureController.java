package dev.sallyport.server;

import dev.sallyport.server.identity.AskedBy;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The last word on requests that no room answers: a status, and nothing of our insides.
@RestController
final class FailureController implements ErrorController {
  private static final int NOT_FOUND = 404;

  @RequestMapping("/error")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it says a status and nothing else")
  ResponseEntity<byte[]> failed(HttpServletRequest request) {
    Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
    int status = code instanceof Integer number && number >= 400 ? number : NOT_FOUND;
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(
            ("{\"type\":\"about:blank\",\"status\":" + status + "}")
                .getBytes(StandardCharsets.UTF_8));
  }
}
