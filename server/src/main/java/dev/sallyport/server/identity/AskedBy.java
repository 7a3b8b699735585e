package dev.sallyport.server.identity;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Says who may ask an endpoint. Whoever serves requests refuses an endpoint that does not say it.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface AskedBy {
  /// Who.
  Who value();

  /// Why, where it is [Who#ANYONE].
  String because() default "";

  /// The kinds of asker.
  enum Who {
    /// Nothing is proved.
    ANYONE,
    /// A caller with a token of ours and a fresh proof of its key (RFC 9449).
    TOKEN_HOLDER,
    /// A machine with a certificate of our own authority, on the port for machines.
    MACHINE,
    /// A registry client with a token for one repository, or a machine.
    REGISTRY_CLIENT,
    /// A person with a session on the console.
    SIGNED_IN
  }
}
