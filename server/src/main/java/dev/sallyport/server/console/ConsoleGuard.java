package dev.sallyport.server.console;

import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.settings.ServerAddress;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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

/// Lets a request of the console through to its page only as the page declares, and hands it the
/// session as an argument.
///
/// What changes something must come from a page of ours: its `Origin` is one of our addresses
/// (which a browser sets and no page can), and it carries the session's form token.
final class ConsoleGuard implements HandlerInterceptor, HandlerMethodArgumentResolver {
  /// The name of the form token in every form.
  static final String FORM_TOKEN = "formToken";

  private static final String SESSION = ConsoleGuard.class.getName() + ".session";

  private final Sessions sessions;
  private final ServerAddress address;

  ConsoleGuard(Sessions sessions, ServerAddress address) {
    this.sessions = sessions;
    this.address = address;
  }

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    AskedBy declared =
        handler instanceof HandlerMethod method ? method.getMethodAnnotation(AskedBy.class) : null;
    if (declared == null) {
      response.setStatus(HttpServletResponse.SC_NOT_FOUND);
      return false;
    }
    boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    if (!reads && !isFromUs(request)) {
      response.setStatus(HttpServletResponse.SC_FORBIDDEN);
      return false;
    }
    return switch (declared.value()) {
      case ANYONE -> true;
      case SIGNED_IN -> signedIn(request, response, reads);
      case TOKEN_HOLDER, MACHINE, REGISTRY_CLIENT -> {
        response.setStatus(HttpServletResponse.SC_FORBIDDEN);
        yield false;
      }
    };
  }

  private boolean isFromUs(HttpServletRequest request) {
    String origin = request.getHeader("Origin");
    return origin != null && address.isOurs(origin);
  }

  private boolean signedIn(
      HttpServletRequest request, HttpServletResponse response, boolean reads) {
    Optional<Session> session = sessions.of(request);
    if (session.isEmpty()) {
      response.setStatus(HttpServletResponse.SC_SEE_OTHER);
      response.setHeader("Location", "/sign-in");
      return false;
    }
    if (!reads && !carries(request.getParameter(FORM_TOKEN), session.get())) {
      response.setStatus(HttpServletResponse.SC_FORBIDDEN);
      return false;
    }
    request.setAttribute(SESSION, session.get());
    return true;
  }

  private static boolean carries(@Nullable String token, Session session) {
    return token != null
        && MessageDigest.isEqual(
            token.getBytes(StandardCharsets.UTF_8),
            session.formToken().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType().equals(Session.class);
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    Object session = request.getAttribute(SESSION, RequestAttributes.SCOPE_REQUEST);
    if (session instanceof Session) {
      return session;
    }
    throw new IllegalStateException("a page wants a session and does not declare it");
  }
}
