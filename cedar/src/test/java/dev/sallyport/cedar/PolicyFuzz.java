package dev.sallyport.cedar;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.testdata.Bent;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The readers of policies, schemas and entities, in text and in JSON, and what is done with that
/// which they take, against hostile text. The first character chooses the reader.
public final class PolicyFuzz {
  private static final Schema SCHEMA = LawsOfTyping.READ;
  private static final Validator VALIDATOR = new Validator(SCHEMA);
  private static final Entities ENTITIES = Entities.parseJson(LawsOfEvaluation.ENTITIES);
  private static final Request REQUEST =
      new Request(
          LawsOfEvaluation.PRINCIPAL,
          LawsOfEvaluation.ACTION,
          LawsOfEvaluation.RESOURCE,
          EntitiesReader.record(LawsOfEvaluation.CONTEXT));

  private PolicyFuzz() {}

  /// No exception but the declared ones, and what was taken can be written, read again, judged and
  /// asked.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String text = new String(input, 1, input.length - 1, UTF_8);
    try {
      switch (input[0]) {
        case 'e' -> use(Entities.parseJson(text));
        case 'E' -> use(Entities.parseJson(text, SCHEMA));
        case 's' -> use(Schema.parse(text));
        case 'S' -> use(Schema.parseJson(text));
        case 'j' -> use(PolicySet.parseJson(text));
        case 'f' -> {
          String formatted = Formatter.format(text);
          same(Formatter.format(formatted), formatted);
          same(PolicySet.parse(formatted).text(), PolicySet.parse(text).text());
        }
        case 'm' -> {
          var _ = Suspicions.of(text);
          if (PolicySet.mistakes(text).isEmpty()) {
            var _ = PolicySet.parse(text);
          }
        }
        default -> use(PolicySet.parse(text));
      }
    } catch (SyntaxRefused | Entities.Refused declared) {
      // As it should be.
    }
  }

  private static void use(PolicySet set) {
    var _ = VALIDATOR.validate(set);
    Answer answer = set.ask(REQUEST, ENTITIES);
    same(set.askEach(REQUEST, ENTITIES), answer);
    same(PolicySet.parse(set.text()).text(), set.text());
    // What nests too deep for JSON is refused here, as declared.
    PolicySet read = PolicySet.parseJson(set.json());
    same(read.json(), set.json());
    same(read.ask(REQUEST, ENTITIES), answer);
  }

  private static void use(Entities entities) {
    same(Entities.parseJson(entities.json()).json(), entities.json());
    var _ = VALIDATOR.entities(entities);
  }

  private static void use(Schema schema) {
    var _ =
        new Validator(schema).validate(PolicySet.parse("permit (principal, action, resource);"));
  }

  private static void same(Object again, Object first) {
    if (!again.equals(first)) {
      throw new AssertionError("came back as " + again + ", not as " + first);
    }
  }

  static List<byte[]> seeds() {
    String policies =
        """
        @id("a") @advice("b\\u{1F600}\\n")
        permit (principal == User::"a", action in [Action::"x", A::B::Action::"y"], resource is R in G::"g")
        when { context has a.b && context["c"] like "x*\\*" || !(principal in [User::"a"]) } // why
        unless { if 1 + 2 * -3 < 9223372036854775807 then ip("10.0.0.0/8").isLoopback() else {a: [1, "s"]} == {"a": []} };
        """;
    return Stream.of(
            "p" + policies,
            "f" + policies,
            "m" + policies.replace("why", "\u202Ewhy \u0430dmin"),
            "j" + PolicySet.parse(policies).json(),
            "j" + PolicySet.parse("permit (principal in ?principal, action, resource);").json(),
            "pforbid (principal, action, resource) when { decimal(\"1.2345\").lessThan(decimal(\"-1.0\")) };",
            "ppermit (principal in ?principal, action, resource == ?resource);",
            """
            snamespace A::B { type T = {a?: Long, "b": Set<String>}; entity U, V in [W] = {x: T} tags String;
            entity W enum ["a", "b"]; action "go" in [Action::"all"] appliesTo {principal: [U], resource: V, context: {}}; }
            """,
            """
            S{"A":{"commonTypes":{"T":{"type":"Record","attributes":{"a":{"type":"Long","required":false}}}},\
            "entityTypes":{"U":{"memberOfTypes":["U"],"shape":{"type":"Record","attributes":{"x":{"type":"Set",\
            "element":{"type":"T"}}}},"tags":{"type":"String"}},"E":{"enum":["a"]}},"actions":{"go":{"memberOf":[{"id":"all"}],\
            "appliesTo":{"principalTypes":["U"],"resourceTypes":["U"],"context":{"type":"Record","attributes":{}}}},"all":{}}}}
            """,
            """
            e[{"uid":{"type":"User","id":"a"},"attrs":{"n":1,"d":{"__extn":{"fn":"decimal","arg":"1.0"}},\
            "r":{"__entity":{"type":"User","id":"b"}},"s":["x",{"y":true}]},"parents":[{"type":"G","id":"g"}],"tags":{}}]
            """,
            """
            E[{"uid":{"type":"Doc","id":"a"},"attrs":{"owner":{"type":"User","id":"b"},"tagged":["x"],\
            "same":{"y":""}},"parents":[{"type":"Doc","id":"g"}]}]
            """)
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
