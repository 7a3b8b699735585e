package dev.sallyport.cedar;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.testdata.Bent;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The readers of policies, schemas and entities against hostile text. The first character chooses
/// the reader.
public final class PolicyFuzz {
  private PolicyFuzz() {}

  /// No exception but the declared ones.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String text = new String(input, 1, input.length - 1, UTF_8);
    try {
      switch (input[0]) {
        case 'e' -> Entities.parseJson(text);
        case 's' -> Schema.parse(text);
        default -> PolicySet.parse(text);
      }
    } catch (SyntaxRefused | Entities.Refused declared) {
      // As it should be.
    }
  }

  static List<byte[]> seeds() {
    return Stream.of(
            """
            p@id("a") @advice("b\\u{1F600}\\n")
            permit (principal == User::"a", action in [Action::"x", A::B::"y"], resource is R in G::"g")
            when { context has a.b && context["c"] like "x*\\*" || !(principal in [User::"a"]) }
            unless { if 1 + 2 * -3 < 9223372036854775807 then ip("10.0.0.0/8").isLoopback() else {a: [1, "s"]} == {"a": []} };
            """,
            "pforbid (principal, action, resource) when { decimal(\"1.2345\").lessThan(decimal(\"-1.0\")) };",
            "ppermit (principal in ?principal, action, resource == ?resource);",
            """
            snamespace A::B { type T = {a?: Long, "b": Set<String>}; entity U, V in [W] = {x: T} tags String;
            entity W enum ["a", "b"]; action "go" in [Action::"all"] appliesTo {principal: [U], resource: V, context: {}}; }
            """,
            """
            e[{"uid":{"type":"User","id":"a"},"attrs":{"n":1,"d":{"__extn":{"fn":"decimal","arg":"1.0"}},\
            "r":{"__entity":{"type":"User","id":"b"}},"s":["x",{"y":true}]},"parents":[{"type":"G","id":"g"}],"tags":{}}]
            """)
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
