package dev.sallyport.server.enforce;

import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Machines;
import dev.sallyport.server.tokens.RegistryTokens;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerInterceptor;

/// Lets registry clients through to the endpoints that are theirs, and hands on who they are.
final class RegistryGuard implements HandlerInterceptor, HandlerMethodArgumentResolver {
  private static final String VISITOR = RegistryGuard.class.getName() + ".visitor";
  private static final String SCHEME = "Basic ";
  private static final int MAX_CREDENTIALS = 1024;

  private final RegistryTokens tokens;
  private final Machines machines;

  RegistryGuard(RegistryTokens tokens, Machines machines) {
    this.tokens = tokens;
    this.machines = machines;
  }

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    AskedBy declared =
        handler instanceof HandlerMethod method ? method.getMethodAnnotation(AskedBy.class) : null;
    if (declared == null || declared.value() != AskedBy.Who.REGISTRY_CLIENT) {
      throw new OciException(404, "UNSUPPORTED", "there is nothing here");
    }
    Optional<Visitor> visitor =
        machines.of(request).<Visitor>map(Visitor.Host::new).or(() -> run(request));
    if (visitor.isEmpty()) {
      response.setHeader("WWW-Authenticate", "Basic realm=\"sallyport\", charset=\"UTF-8\"");
      throw new OciException(
          401, "UNAUTHORIZED", "wanted a registry token: `sallyport registry login`");
    }
    request.setAttribute(VISITOR, visitor.get());
    return true;
  }

  /// RFC 7617: the password is the token; the user's name says nothing.
  private Optional<Visitor> run(HttpServletRequest request) {
    List<String> values = Collections.list(request.getHeaders("Authorization"));
    if (values.size() != 1) {
      return Optional.empty();
    }
    String value = values.getFirst();
    if (value.length() > MAX_CREDENTIALS || !value.regionMatches(true, 0, SCHEME, 0, 6)) {
      return Optional.empty();
    }
    try {
      String decoded =
          new String(
              Base64.getDecoder().decode(value.substring(SCHEME.length()).strip()),
              StandardCharsets.UTF_8);
      int colon = decoded.indexOf(':');
      return colon < 0
          ? Optional.empty()
          : tokens
              .present(decoded.substring(colon + 1), request.getRemoteAddr())
              .map(Visitor.Run::new);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType().equals(Visitor.class);
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    Object visitor = request.getAttribute(VISITOR, RequestAttributes.SCOPE_REQUEST);
    if (visitor instanceof Visitor) {
      return visitor;
    }
    throw new IllegalStateException("an endpoint wants a visitor and does not declare it");
  }
}
