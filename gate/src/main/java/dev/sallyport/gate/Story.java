package dev.sallyport.gate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One known attack of the range, as data: who does what, what stops it, and the questions that it
/// comes to.
///
/// @param id `R01` to `R51`
/// @param title what it is, in a few words
/// @param follows the real case or the habit it follows
/// @param actors who takes part
/// @param moves what the attacker does, in order
/// @param stoppedBy what stops it, in words
/// @param cicdSec the numbers of the OWASP CI/CD risks it belongs to
/// @param growsWith the parts of the house that make its defence whole
/// @param expected how it has to end
/// @param doors the questions it comes to; each has to be refused
/// @param notByPolicy why no policy decides it; null for what policies can see
public record Story(
    String id,
    String title,
    String follows,
    List<String> actors,
    List<String> moves,
    String stoppedBy,
    List<Integer> cicdSec,
    List<String> growsWith,
    Expected expected,
    List<Door> doors,
    @Nullable String notByPolicy) {
  /// How a story has to end; a mere finding is no end.
  public enum Expected {
    /// At the door.
    REFUSED("refused"),
    /// Behind it, within the minute.
    SEEN_AND_UNDONE("seen-and-undone");

    private final String word;

    Expected(String word) {
      this.word = word;
    }

    /// Its name in the data.
    public String word() {
      return word;
    }

    static Optional<Expected> of(String word) {
      return java.util.Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
    }
  }

  /// One question of the attack, and its good twin: the same wish of somebody honest, which has to
  /// be allowed, or a gate that refuses everything would look perfect.
  ///
  /// @param name which door, for people
  /// @param question what is asked
  /// @param facts what the checks would have found: plain data, which is no [Facts]
  /// @param asks what a clause must ask for to see the attack: a fact (`commits.notAuthor`), an
  ///   attribute (`principal.fork`), a kind (`principal is Agent`) or a membership
  /// @param good the twin
  public record Door(
      String name,
      Question question,
      Map<String, Map<String, Object>> facts,
      List<String> asks,
      Good good) {
    public Door {
      facts = Map.copyOf(facts);
      asks = List.copyOf(asks);
    }
  }

  /// The good twin of a question.
  ///
  /// @param profile the strictest profile that allows it
  /// @param question what is asked
  /// @param facts what the checks would have found
  public record Good(Profile profile, Question question, Map<String, Map<String, Object>> facts) {
    public Good {
      facts = Map.copyOf(facts);
    }
  }

  public Story {
    actors = List.copyOf(actors);
    moves = List.copyOf(moves);
    cicdSec = List.copyOf(cicdSec);
    growsWith = List.copyOf(growsWith);
    doors = List.copyOf(doors);
    if (doors.isEmpty() && notByPolicy == null) {
      throw new IllegalArgumentException(
          "`" + id + "` has neither a question nor a reason why no policy decides it");
    }
  }
}
