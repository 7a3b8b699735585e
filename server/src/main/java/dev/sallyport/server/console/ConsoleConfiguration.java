package dev.sallyport.server.console;

import dev.sallyport.server.settings.ServerAddress;
import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Puts the guard in front of every page.
@Configuration(proxyBeanMethods = false)
class ConsoleConfiguration implements WebMvcConfigurer {
  private final ConsoleGuard guard;

  ConsoleConfiguration(Sessions sessions, ServerAddress address) {
    this.guard = new ConsoleGuard(sessions, address);
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(guard).excludePathPatterns("/v1/**", "/v2", "/v2/**", "/error");
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(guard);
  }
}
