package dev.sallyport.gate;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// docs/reference/range.md as text, from the stories and what the profiles do with them; a test
/// holds the file to it.
public final class RangePage {
  private RangePage() {}

  /// The page in Markdown.
  public static String markdown() {
    var out = new StringBuilder();
    out.append(
        """
        # The range

        Known attacks on software delivery, and what the built-in profiles do with them. Generated from
        `gate/src/main/resources/dev/sallyport/gate/range.json` (its form: [range.schema.json](range.schema.json)); do not
        edit it here.

        `sallyport range` puts the questions of all stories to a policy: `--profile NAME`, `--policy DIR`, or what the
        repository here declares. It exits with 1 when one is let through. The facts are as the checks would find them; what
        becomes of an attack that no policy decides is said as `not by policy`. A refusal counts only where the good twin, the
        same wish of somebody honest, is allowed; where it is not, the line says so. `./build range` plays some of the
        stories for real.

        """);
    Map<Profile, List<Played>> played = new EnumMap<>(Profile.class);
    for (Profile profile : List.of(Profile.BASELINE, Profile.STRICT)) {
      played.put(profile, Range.play(PolicySnapshot.builtIn(profile)));
    }
    out.append("| profile | refused | let through | not by policy |\n| --- | --- | --- | --- |\n");
    played.forEach((profile, all) -> out.append(counts(profile, all)));
    out.append(
        "\n| story | what | stopped by | baseline | strict |\n| --- | --- | --- | --- | --- |\n");
    for (int i = 0; i < Range.stories().size(); i++) {
      Story story = Range.stories().get(i);
      int at = i;
      out.append("| ")
          .append(story.id())
          .append(" | ")
          .append(story.title())
          .append(" | ")
          .append(story.stoppedBy())
          .append(" | ")
          .append(
              played.values().stream()
                  .map(all -> all.get(at).line())
                  .collect(Collectors.joining(" | ")))
          .append(" |\n");
    }
    return out.toString();
  }

  private static String counts(Profile profile, List<Played> all) {
    return "| %s | %d | %d | %d |\n"
        .formatted(
            profile.word(),
            count(all, Played.Outcome.REFUSED),
            count(all, Played.Outcome.LET_THROUGH),
            count(all, Played.Outcome.NOT_BY_POLICY));
  }

  private static long count(List<Played> all, Played.Outcome outcome) {
    return all.stream().filter(one -> one.outcome() == outcome).count();
  }
}
