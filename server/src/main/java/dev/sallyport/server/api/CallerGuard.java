package dev.sallyport.server.api;

import dev.sallyport.credential.Checked;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.identity.Machines;
import dev.sallyport.server.tokens.TokenDesk;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;

/// Lets a request of the API through to its endpoint only as the endpoint declares, and hands it
/// the verified caller as an argument.
final class CallerGuard implements HandlerInterceptor, HandlerMethodArgumentResolver {
  private static final String CALLER = CallerGuard.class.getName() + ".caller";
  private static final String SCHEME = "DPoP ";

  private final TokenDesk tokens;
  private final Machines machines;

  CallerGuard(TokenDesk tokens, Machines machines) {
    this.tokens = tokens;
    this.machines = machines;
  }

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    AskedBy declared =
        handler instanceof HandlerMethod method ? method.getMethodAnnotation(AskedBy.class) : null;
    if (declared == null) {
      throw new ProblemException(HttpStatus.NOT_FOUND, "not-found", "there is nothing here");
    }
    switch (declared.value()) {
      case ANYONE -> {}
      case TOKEN_HOLDER -> request.setAttribute(CALLER, caller(request));
      case MACHINE ->
          request.setAttribute(
              CALLER,
              machines
                  .of(request)
                  .orElseThrow(() ->
                      new ProblemException(
                          HttpStatus.UNAUTHORIZED,
                          "no-certificate",
                          "wanted a certificate of ours, on the port for machines")));
      case REGISTRY_CLIENT, SIGNED_IN ->
          throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "not for the API");
    }
    return true;
  }

  /// RFC 9449 section 7.1: the scheme is `DPoP`; a plain bearer token is refused whatever it is.
  private Caller caller(HttpServletRequest request) {
    String authorization = single(request, HttpHeaders.AUTHORIZATION).orElse("");
    if (authorization.isEmpty()) {
      throw challenge("no-token", "wanted a token bound to your key", "");
    }
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw challenge(
          "bearer", "wanted `Authorization: DPoP`, plain bearer tokens are never taken", "");
    }
    String proof =
        single(request, "DPoP")
            .orElseThrow(
                () -> challenge("no-proof", "wanted one DPoP proof", " error=\"invalid_token\","));
    // As our mapping names it, not as the request spelt it: one resource, one address.
    Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    Checked<Caller> checked =
        tokens.present(
            authorization.substring(SCHEME.length()).strip(),
            proof,
            request.getMethod(),
            String.valueOf(pattern),
            request.getRemoteAddr());
    return switch (checked) {
      case Checked.Accepted<Caller>(Caller caller) -> caller;
      case Checked.Refused<Caller> refused ->
          throw challenge(refused.reason().word(), refused.detail(), " error=\"invalid_token\",");
    };
  }

  private static ProblemException challenge(String word, String detail, String error) {
    return new ProblemException(
        HttpStatus.UNAUTHORIZED, word, detail, "DPoP" + error + " algs=\"ES256\"");
  }

  /// The one value of a header; several are as good as none.
  static Optional<String> single(HttpServletRequest request, String name) {
    List<String> values = Collections.list(request.getHeaders(name));
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType().equals(Caller.class);
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    Object caller = request.getAttribute(CALLER, RequestAttributes.SCOPE_REQUEST);
    if (caller instanceof Caller) {
      return caller;
    }
    throw new IllegalStateException("an endpoint wants a caller and does not declare it");
  }
}
