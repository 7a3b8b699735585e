package dev.sallyport.scan;

/// A finding that a comment in the judged file asks to allow, with the reason it gives.
///
/// It is data, not a verdict: the judged tree does not supply its own trust, so a caller that rules
/// on a change decides whether the reason was already there in the base.
public record Suppressed(Finding finding, String reason) {
  public Suppressed {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("nothing is suppressed without a reason");
    }
  }
}
