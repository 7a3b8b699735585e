package dev.sallyport.server.enforce;

import dev.sallyport.server.identity.Machines;
import dev.sallyport.server.tokens.RegistryTokens;
import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Puts the guard in front of the door.
@Configuration(proxyBeanMethods = false)
class EnforceConfiguration implements WebMvcConfigurer {
  private final RegistryGuard guard;

  EnforceConfiguration(RegistryTokens tokens, Machines machines) {
    this.guard = new RegistryGuard(tokens, machines);
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(guard).addPathPatterns("/v2", "/v2/**");
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(guard);
  }
}
