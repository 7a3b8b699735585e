package dev.sallyport.scan.secrets;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at the text round a keyword and nowhere else, in time bounded by a constant. Has no state.
interface Detector {
  /// What must stand in the text, in any case, for this detector to be asked.
  List<String> keywords();

  /// The secret that this keyword leads to, or null.
  @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd);
}
