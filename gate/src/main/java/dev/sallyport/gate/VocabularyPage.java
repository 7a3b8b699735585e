package dev.sallyport.gate;

import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Scope;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// docs/reference/vocabulary.md as text, from the schema and the profiles; a test holds the file to
/// it.
public final class VocabularyPage {
  private static final String PREFIX = Vocabulary.NAMESPACE + "::";

  private final Schema schema = Vocabulary.schema();
  private final StringBuilder out = new StringBuilder();

  private VocabularyPage() {}

  /// The page in Markdown.
  public static String markdown() {
    var page = new VocabularyPage();
    page.head();
    page.actions();
    page.entities();
    page.facts();
    page.claims();
    page.profiles();
    return page.out.toString();
  }

  private void head() {
    out.append(
        """
        # The vocabulary, %s

        What policies may speak of. Generated from `gate/src/main/resources/dev/sallyport/gate/vocabulary.cedarschema`;
        do not edit it here. All names live in the namespace `%s`: write `%sAction::"push"`.

        - **Unknown is absence.** Each fact is optional and only there when it was really checked. A policy asks
          `context.facts has f` before it reads `context.facts.f`, or it is refused with line and column.
        - **Absence never opens.** Taking a fact away never turns a deny into an allow. A permit reads a fact as
          `when { context.facts has f && ... }`, a forbid only as `unless { context.facts has f && ... }`. Beside facts
          nothing is calculated, no record of facts is compared as a whole, and no entity that a fact names is looked into.
        - **Facts are not claims.** `context.facts` is filled by us from what we verified, `context.claimed` by the caller.
          A permit may not read `context.claimed`.
        - **An error is a deny.** When a policy whose scope matches can't be evaluated, the outcome is
          `could-not-evaluate`, whatever the others say.

        Annotations of a policy: `@id` (its name in rulings; else file and line), `@advice` (what would satisfy it, shown to
        who is refused), `@control` (what it serves: `CICD-SEC-n`, `SLSA-...`, apart by blanks).

        """
            .formatted(Vocabulary.VERSION, Vocabulary.NAMESPACE, PREFIX));
  }

  private void actions() {
    out.append("## Actions\n\n");
    List<Schema.ActionType> groups =
        schema.actions().values().stream().filter(a -> a.principals().isEmpty()).toList();
    out.append("Groups, for `action in`: ");
    out.append(
        groups.stream()
            .map(group -> "`" + group.uid().id() + "` (" + plain(group.annotations()) + ")")
            .collect(Collectors.joining(", ")));
    out.append(".\n\n| action | in | by | on | meaning |\n| --- | --- | --- | --- | --- |\n");
    for (Schema.ActionType action : schema.actions().values()) {
      if (action.principals().isEmpty()) {
        continue;
      }
      row(
          code(action.uid().id()),
          action.parents().stream().map(EntityUid::id).collect(Collectors.joining(", ")),
          names(action.principals()),
          names(action.resources()),
          doc(action.annotations()));
    }
    out.append('\n');
  }

  private void entities() {
    out.append("## Entities\n\n");
    for (Schema.EntityType type : schema.entityTypes().values()) {
      out.append("### ").append(shortName(type.name())).append("\n\n");
      out.append(doc(type.annotations()));
      if (!type.parents().isEmpty()) {
        out.append(" May be in: ").append(names(type.parents())).append('.');
      }
      out.append("\n\n");
      if (!type.attributes().members().isEmpty()) {
        members(type.attributes());
      }
    }
  }

  private void facts() {
    out.append("## Facts\n\n`context.facts`. ");
    Schema.CommonType facts = common("Facts");
    out.append(doc(facts.annotations())).append("\n\n");
    out.append("| fact | filled by | meaning |\n| --- | --- | --- |\n");
    Map<String, Schema.Attribute> groups = fields(facts.type()).members();
    groups.forEach((name, group) ->
        row(
            "[`" + name + "`](#" + anchor(name) + ")",
            group.annotations().containsKey("later")
                ? "nobody yet: comes with " + group.annotations().get("later")
                : "us",
            doc(type(group).annotations())));
    out.append('\n');
    groups.forEach((name, group) -> {
      out.append("### facts.").append(name).append("\n\n");
      out.append(doc(type(group).annotations())).append("\n\n");
      members(fields(group.type()));
    });
  }

  private void claims() {
    Schema.CommonType claims = common("Claims");
    out.append("## Claims\n\n`context.claimed`. ");
    out.append(doc(claims.annotations())).append("\n\n");
    members(fields(claims.type()));
  }

  private void profiles() {
    out.append(
        """
        ## Profiles

        Ordinary Cedar text, to read, copy and change: `gate/src/main/resources/dev/sallyport/gate/*.cedar`. What each
        policy asks is its advice.

        """);
    for (Profile profile : Profile.values()) {
      out.append("### ").append(profile.word()).append("\n\n");
      out.append("| policy | effect | on | what satisfies it | controls |\n");
      out.append("| --- | --- | --- | --- | --- |\n");
      String text = Vocabulary.resource(profile.word() + ".cedar");
      for (Policy policy : PolicySet.parse(text).policies()) {
        Map<String, String> notes = policy.annotations();
        row(
            code(notes.getOrDefault("id", "")),
            policy.effect() == Policy.Effect.PERMIT ? "permit" : "forbid",
            scope(policy),
            notes.getOrDefault("advice", ""),
            notes.getOrDefault("control", ""));
      }
      out.append('\n');
    }
  }

  private String scope(Policy policy) {
    return switch (policy.action()) {
      case Scope.Exactly(EntityUid uid) -> uid.id();
      case Scope.Within(EntityUid uid) -> uid.id();
      case Scope.WithinAny(List<EntityUid> uids) ->
          uids.stream().map(EntityUid::id).collect(Collectors.joining(", "));
      case Scope.Any _ -> "everything";
      case Scope.OfType _, Scope.OfTypeWithin _, Scope.Slot _ ->
          throw new IllegalStateException("an action has no type but its own");
    };
  }

  private void members(Schema.Type.Fields fields) {
    out.append("| name | type | meaning |\n| --- | --- | --- |\n");
    fields
        .members()
        .forEach((name, attribute) ->
            row(
                code(attribute.required() ? name : name + "?"),
                typeName(attribute.type()),
                doc(attribute.annotations())));
    out.append('\n');
  }

  private void row(String... cells) {
    out.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private Schema.CommonType common(String name) {
    Schema.CommonType type = schema.commonTypes().get(PREFIX + name);
    if (type == null) {
      throw new IllegalStateException("the vocabulary has no type `" + name + "`");
    }
    return type;
  }

  private Schema.CommonType type(Schema.Attribute attribute) {
    if (attribute.type() instanceof Schema.Type.Common(String name)) {
      return common(shortName(name));
    }
    throw new IllegalStateException("a group of facts is a type of its own");
  }

  private Schema.Type.Fields fields(Schema.Type type) {
    if (schema.resolve(type) instanceof Schema.Type.Fields fields) {
      return fields;
    }
    throw new IllegalStateException("no record: " + type);
  }

  private static String typeName(Schema.Type type) {
    return shortName(String.valueOf(type)).replace("<" + PREFIX, "<").replace("<", "\\<");
  }

  private static String names(Set<String> types) {
    return types.stream().map(VocabularyPage::shortName).collect(Collectors.joining(", "));
  }

  private static String shortName(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  private static String doc(Map<String, String> annotations) {
    String doc = annotations.getOrDefault("doc", "");
    String later = annotations.get("later");
    return later == null ? doc : doc + " (Not filled yet: comes with " + later + ".)";
  }

  private static String plain(Map<String, String> annotations) {
    String doc = doc(annotations).toLowerCase(Locale.ROOT);
    return doc.endsWith(".") ? doc.substring(0, doc.length() - 1) : doc;
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String anchor(String fact) {
    return ("facts" + fact).toLowerCase(Locale.ROOT);
  }
}
