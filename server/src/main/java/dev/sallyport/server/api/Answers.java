package dev.sallyport.server.api;

import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.tlog.Hash;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The answers' JSON, as docs/reference/*.schema.json publishes it.
final class Answers {
  private Answers() {}

  static Map<String, Object> decision(Decision decision) {
    Decision.Explanation why = decision.explanation();
    Digest policy = decision.recorded().entry().policy();
    var answer = new LinkedHashMap<String, Object>();
    answer.put("decision", decision.allowed() ? "allow" : "deny");
    answer.put("outcome", decision.recorded().entry().outcome());
    answer.put("policies", why == null ? List.of() : why.policies());
    answer.put("reasons", why == null ? List.of("the reasons were erased") : why.reasons());
    answer.put("advice", why == null ? List.of() : why.advice());
    answer.put("missing", why == null ? List.of() : why.missing());
    answer.put("enforced", why != null && why.enforced());
    answer.put("policyDigest", policy == null ? "" : policy.text());
    answer.put("repeated", decision.recorded().repeated());
    answer.put("entry", entry(decision.recorded()));
    answer.put("checkpoint", decision.proof().head().note());
    answer.put("proof", decision.proof().path().stream().map(Hash::base64).toList());
    return answer;
  }

  /// A denial as it stands today, which may be another than the recorded ruling of a retry.
  static Map<String, Object> denied(Enforced.Denied denied) {
    Map<String, Object> answer = decision(denied.decision());
    answer.put("decision", "deny");
    answer.put("outcome", denied.ruling().outcome().word());
    answer.put("reasons", denied.ruling().reasons());
    answer.put("advice", denied.ruling().advice());
    answer.put("missing", denied.ruling().missing());
    return answer;
  }

  static Map<String, Object> entry(Ledger.Recorded recorded) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("index", recorded.index());
    entry.put("leafHash", recorded.leafHash().base64());
    // The canonical bytes themselves, so that the leaf hash can be computed without us.
    entry.put("text", new String(recorded.entry().bytes(), StandardCharsets.UTF_8));
    return entry;
  }
}
