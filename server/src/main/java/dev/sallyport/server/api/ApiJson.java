package dev.sallyport.server.api;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads request bodies within bounds and strictly, and writes answers.
final class ApiJson {
  /// A file of policy of the largest size; each request's body is bounded by itself.
  private static final int MAX_TEXT = 256 * 1024;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxStringLength(MAX_TEXT)
                          .maxNumberLength(32)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ApiJson() {}

  static byte[] bytes(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /// The body, of exactly this type and at most so many bytes.
  static byte[] body(HttpServletRequest request, String type, int maxBytes) {
    String given = request.getContentType();
    if (given == null || !given.split(";", 2)[0].strip().equalsIgnoreCase(type)) {
      throw new ProblemException(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", "wanted a body of type " + type);
    }
    if (request.getContentLengthLong() > maxBytes) {
      throw tooLarge(maxBytes);
    }
    try {
      byte[] body = request.getInputStream().readNBytes(maxBytes + 1);
      if (body.length > maxBytes) {
        throw tooLarge(maxBytes);
      }
      return body;
    } catch (IOException e) {
      throw ProblemException.badRequest("the body ended early");
    }
  }

  private static ProblemException tooLarge(int maxBytes) {
    return new ProblemException(
        HttpStatus.CONTENT_TOO_LARGE, "too-large", "wanted at most " + maxBytes + " bytes");
  }

  /// One JSON object: no doubled member, nothing behind it, not deep.
  static Map<String, Object> object(byte[] body) {
    try {
      Map<String, Object> object =
          MAPPER.readValue(body, new TypeReference<Map<String, Object>>() {});
      if (object == null) {
        throw ProblemException.badRequest("wanted a JSON object");
      }
      return object;
    } catch (JacksonException e) {
      throw ProblemException.badRequest("not strict JSON: " + e.getOriginalMessage());
    }
  }
}
