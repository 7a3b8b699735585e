package dev.sallyport.cli.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON from the registry, the control plane and our own journals: no doubled member, nothing
/// behind it, not deep.
final class StrictJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(12)
                          .maxDocumentLength(64L << 20)
                          .maxStringLength(64 << 10)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  static JsonNode read(byte[] bytes, String what) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw new AgentException(what + " is not a JSON object");
      }
      return node;
    } catch (JacksonException e) {
      throw new AgentException(what + " is not strict JSON: " + e.getOriginalMessage());
    }
  }

  static byte[] write(Map<String, ?> members) {
    return MAPPER.writeValueAsBytes(new LinkedHashMap<>(members));
  }
}
