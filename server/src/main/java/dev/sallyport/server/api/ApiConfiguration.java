package dev.sallyport.server.api;

import dev.sallyport.server.identity.Machines;
import dev.sallyport.server.tokens.TokenDesk;
import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Puts the guard in front of every endpoint below `/v1`.
@Configuration(proxyBeanMethods = false)
class ApiConfiguration implements WebMvcConfigurer {
  private final CallerGuard guard;

  ApiConfiguration(TokenDesk tokens, Machines machines) {
    this.guard = new CallerGuard(tokens, machines);
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(guard).addPathPatterns("/v1/**");
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(guard);
  }
}
