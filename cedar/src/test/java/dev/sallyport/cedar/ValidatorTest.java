package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the validator says besides yes and no: where, and what would mend it.
class ValidatorTest {
  private static final Schema SCHEMA =
      Schema.parse(
          """
          entity Group;
          entity Level enum ["low", "high"];
          entity User in [Group] = { name: String, nick?: String, level: Level } tags Long;
          entity Doc in [Doc] = { owner: User };
          action read, write in [all] appliesTo {
            principal: [User], resource: [Doc], context: { ip?: ipaddr, at: datetime, n: Long }
          };
          action all;
          """);

  private static List<String> found(String condition) {
    String text =
        condition.contains("permit") || condition.contains("forbid")
            ? condition
            : "permit(principal, action, resource) when { " + condition + " };";
    return new Validator(SCHEMA)
        .validate(PolicySet.parse(text)).stream()
            .map(finding ->
                (finding.error() ? "" : "warning: ") + finding.span() + " " + finding.message())
            .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "principal has nick && principal.nick == \"x\"",
        "context has ip && context.ip.isLoopback()",
        "principal.hasTag(\"t\") && principal.getTag(\"t\") > 1",
        "if context has ip then context.ip.isIpv4() else principal.level == Level::\"low\"",
        "(context has ip || principal.name like \"a*\") && resource.owner == principal",
        "context.at < datetime(\"2026-01-01\") && context.at.toTime() > duration(\"1h\")",
        "principal is User in Group::\"g\"",
        "action in Action::\"all\" && resource in [Doc::\"a\", Doc::\"b\"]",
        "permit(principal == ?principal, action, resource in ?resource) when { context.n == 1 };",
        "true || principal.nick",
      })
  void what_cannot_err_is_valid(String condition) {
    assertThat(found(condition)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "principal.nick == 'x'§1:44§`nick` may be absent: test `principal has nick` before",
        "principal has nick || principal.nick == 'x'§1:66§may be absent",
        "!(principal has nick) && principal.nick == 'x'§1:69§may be absent",
        "principal.getTag('t') == 1§1:44§test `principal.hasTag(\"t\")` before",
        "resource.getTag('t') == 1§1:44§a Doc has no tags",
        "principal.mail == 'x'§1:44§has no attribute `mail`",
        "principal.name == 1§1:44§a String never equals a Long",
        "context.n == context.at§1:44§never equals",
        "[] == [1]§1:44§an empty set has no type",
        "[1, 'x'].contains(1)§1:48§cannot hold",
        "principal in 'x'§1:44§expected an entity or a set of them",
        "context.n§1:44§expected Bool",
        "context.n + 'x' == 1§1:44§`+` takes Longs",
        "ip(principal.name).isIpv4()§1:47§takes a literal",
        "ip('300.0.0.1').isIpv4()§1:47§not an IP address",
        "principal == Robot::'x'§1:57§no entity type `Robot`",
        "principal.level == Level::'mid'§1:63§is none of the entities",
        "action == Action::'burn'§1:54§no action `Action::\"burn\"`",
        "true && (false && principal.mail == 1)§warning: 1:1§holds for no request",
        "forbid(principal is Doc, action, resource);§1:1§no action applies",
        "forbid(principal, action, resource is Robot);§1:1§no entity type `Robot`",
      })
  void what_can_err_is_told_with_its_place(String condition, String place, String message) {
    assertThat(found(condition.replace('\'', '"')))
        .first()
        .asString()
        .startsWith(place + " ")
        .contains(message);
  }

  @Test
  void every_condition_is_looked_at_and_one_mistake_told_once() {
    assertThat(
            found(
                "permit(principal, action, resource) when { principal.nick == \"x\" };\n"
                    + "permit(principal, action, resource) unless { context.n };"))
        .hasSize(2);
  }

  private static final EntityUid ALICE = new EntityUid("User", "alice");
  private static final EntityUid DOC = new EntityUid("Doc", "d");

  private static String request(EntityUid principal, String action, EntityUid of, String context) {
    return new Validator(SCHEMA)
        .request(
            new Request(
                principal, new EntityUid("Action", action), of, EntitiesReader.record(context)))
        .orElse("fits");
  }

  @Test
  void a_request_fits_its_action() {
    String at = "{\"at\":{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2026-01-01\"}},\"n\":1}";
    assertThat(request(ALICE, "read", DOC, at)).isEqualTo("fits");
    assertThat(request(DOC, "read", DOC, at)).contains("principal of type Doc");
    assertThat(request(ALICE, "read", ALICE, at)).contains("resource of type User");
    assertThat(request(ALICE, "all", DOC, at)).contains("principal");
    assertThat(request(ALICE, "burn", DOC, at)).contains("no action");
    assertThat(request(ALICE, "read", DOC, "{}")).contains("lacks");
    assertThat(request(ALICE, "read", DOC, at.replace("\"n\":1", "\"n\":1,\"x\":1")))
        .contains("`x`");
  }

  @Test
  void entities_fit_their_types() {
    String alice =
        """
        [{"uid":{"type":"User","id":"a"},"parents":[%s],"tags":%s,
          "attrs":{"name":"A","level":{"__entity":{"type":"Level","id":"%s"}}%s}}]
        """;
    String group = "{\"type\":\"Group\",\"id\":\"g\"}";
    assertThat(problems(alice.formatted(group, "{\"t\":1}", "low", ""))).isEmpty();
    assertThat(problems(alice.formatted(group, "{\"t\":\"x\"}", "low", ""))).isNotEmpty();
    assertThat(problems(alice.formatted(group, "{}", "mid", ""))).isNotEmpty();
    assertThat(problems(alice.formatted(group, "{}", "low", ",\"x\":1"))).isNotEmpty();
    assertThat(problems(alice.formatted("{\"type\":\"Doc\",\"id\":\"d\"}", "{}", "low", "")))
        .isNotEmpty();
    assertThat(problems(alice.formatted("{\"type\":\"User\",\"id\":\"b\"}", "{}", "low", "")))
        .isNotEmpty();
    assertThat(
            problems("[{\"uid\":{\"type\":\"Robot\",\"id\":\"r\"},\"parents\":[],\"attrs\":{}}]"))
        .isNotEmpty();
    assertThat(
            problems(
                "[{\"uid\":{\"type\":\"Action\",\"id\":\"read\"},\"parents\":[],\"attrs\":{}}]"))
        .as("not in the group that the schema puts it in")
        .isNotEmpty();
  }

  private static List<String> problems(String json) {
    return new Validator(SCHEMA).entities(Entities.parseJson(json));
  }
}
