package dev.sallyport.cli;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import java.util.Comparator;
import java.util.Set;

/// The narrowest set of questions that a policy can name and that one seen question is in: who
/// asks, as a repository for its runs; the action; the resource, or its kind where each has its own
/// and no other is ever like it.
record Exemption(EntityRef who, String action, EntityRef resource)
    implements Comparable<Exemption> {
  private static final String NAMESPACE = "Sallyport::";

  /// Things that come once: a policy for one of them would fit nothing that is still to come.
  private static final Set<String> ONCE =
      Set.of("Artifact", "Run", "Change", "Release", "Record", "Grant");

  private static final String ANY = "*";
  private static final Comparator<Exemption> ORDER =
      Comparator.comparing((Exemption one) -> one.who().toString())
          .thenComparing(Exemption::action)
          .thenComparing(one -> one.resource().toString());

  static Exemption of(Case asked) {
    EntityRef resource = asked.question().resource();
    return new Exemption(
        who(asked),
        asked.question().action().word(),
        ONCE.contains(resource.type()) ? new EntityRef(resource.type(), ANY) : resource);
  }

  /// The repository of a run; anybody else is himself.
  static EntityRef who(Case asked) {
    EntityRef principal = asked.question().principal();
    for (Entity entity : asked.question().entities()) {
      if (entity.ref().equals(principal)
          && entity.attributes().get("repository") instanceof EntityRef repository) {
        return repository;
      }
    }
    return principal;
  }

  private boolean isRuns() {
    return who.type().equals("Repository");
  }

  /// As a condition that holds for just these questions.
  String condition() {
    return (isRuns()
            ? "principal is " + NAMESPACE + "Workload && principal.repository == " + literal(who)
            : "principal == " + literal(who))
        + " && action == "
        + NAMESPACE
        + "Action::"
        + quoted(action)
        + " && resource is "
        + NAMESPACE
        + resource.type()
        + (resource.id().equals(ANY) ? "" : " && resource == " + literal(resource));
  }

  /// As a policy that permits just these questions.
  String permit(String id, String advice) {
    return """
    @id(%s)
    @advice(%s)
    permit (
      principal %s,
      action == %sAction::%s,
      resource %s
    )%s;
    """
        .formatted(
            quoted(id),
            quoted(advice),
            isRuns() ? "is " + NAMESPACE + "Workload" : "== " + literal(who),
            NAMESPACE,
            quoted(action),
            resource.id().equals(ANY)
                ? "is " + NAMESPACE + resource.type()
                : "== " + literal(resource),
            isRuns() ? "\nwhen { principal.repository == " + literal(who) + " }" : "");
  }

  private static String literal(EntityRef thing) {
    return NAMESPACE + thing.type() + "::" + quoted(thing.id());
  }

  /// A string of Cedar: whatever stands in an id, it stays in the string.
  static String quoted(String text) {
    var out = new StringBuilder("\"");
    text.codePoints()
        .forEach(point -> {
          if (point == '"' || point == '\\') {
            out.append('\\').appendCodePoint(point);
          } else if (point >= ' ' && point < 127) {
            out.appendCodePoint(point);
          } else {
            out.append("\\u{").append(Integer.toHexString(point)).append('}');
          }
        });
    return out.append('"').toString();
  }

  @Override
  public int compareTo(Exemption other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return action
        + (resource.id().equals(ANY) ? " any " + resource.type() : " " + resource)
        + " by "
        + (isRuns() ? "runs of " : "")
        + who;
  }
}
