package dev.sallyport.detect;

import java.util.List;

/// What a detector looks for.
///
/// @param id the rule's word, for ever
/// @param meaning one sentence for people
/// @param severity of its findings where they do not say another
/// @param attack ids of ATT&CK v19
/// @param cicdSec numbers of the OWASP CI/CD top ten
public record About(
    String id, String meaning, Severity severity, List<String> attack, List<Integer> cicdSec) {
  public About {
    attack = List.copyOf(attack);
    cicdSec = List.copyOf(cicdSec);
  }
}
