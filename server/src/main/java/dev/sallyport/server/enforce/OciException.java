package dev.sallyport.server.enforce;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A refusal in the words of the OCI distribution specification ("Error Codes").
final class OciException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final List<String> advice;

  OciException(int status, String code, String message) {
    this(status, code, message, List.of());
  }

  OciException(int status, String code, String message, List<String> advice) {
    super(message);
    this.status = status;
    this.code = code;
    this.advice = List.copyOf(advice);
  }

  static OciException denied(String message) {
    return new OciException(403, "DENIED", message);
  }

  static OciException upstream(String message, @Nullable Throwable cause) {
    var refusal = new OciException(502, "UNKNOWN", message);
    if (cause != null) {
      refusal.initCause(cause);
    }
    return refusal;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  List<String> advice() {
    return advice;
  }
}
