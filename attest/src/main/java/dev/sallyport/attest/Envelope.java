package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.keys.SigningKey;
import dev.sallyport.keys.VerifyingKey;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A DSSE envelope (secure-systems-lab/dsse, envelope.md and protocol.md, version 1).
///
/// The payload is opaque until a signature over its pre-authentication encoding holds.
///
/// @param payloadType what the payload is, such as [#IN_TOTO]
/// @param payload the signed bytes
/// @param signatures who claims to have signed
public record Envelope(String payloadType, byte[] payload, List<EnvelopeSignature> signatures) {
  /// The payload type of an in-toto statement.
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  private static final int MAX_SIGNATURES = 64;

  /// One signature.
  ///
  /// @param keyId a hint that nothing relies on, may be empty
  /// @param signature the raw signature
  public record EnvelopeSignature(String keyId, byte[] signature) {}

  /// Copies the list; an envelope without signatures proves nothing and is refused.
  public Envelope {
    signatures = List.copyOf(signatures);
    if (signatures.isEmpty() || signatures.size() > MAX_SIGNATURES) {
      throw new EvidenceException("envelope wants 1 to " + MAX_SIGNATURES + " signatures");
    }
  }

  /// Reads the JSON form.
  ///
  /// @throws EvidenceException if it is malformed, too large, or has duplicate members
  public static Envelope parse(byte[] json) {
    if (json.length > StrictJson.MAX_BYTES) {
      throw new EvidenceException("envelope is larger than " + StrictJson.MAX_BYTES + " bytes");
    }
    try {
      JsonNode root = StrictJson.MAPPER.readTree(json);
      String type = text(root, "payloadType");
      byte[] payload = base64(text(root, "payload"));
      JsonNode list = root.path("signatures");
      if (!list.isArray()) {
        throw new EvidenceException("envelope has no `signatures`");
      }
      List<EnvelopeSignature> signatures = new ArrayList<>();
      for (JsonNode one : list) {
        JsonNode keyId = one.path("keyid");
        signatures.add(
            new EnvelopeSignature(
                keyId.isString() ? keyId.stringValue() : "", base64(text(one, "sig"))));
        if (signatures.size() > MAX_SIGNATURES) {
          break;
        }
      }
      return new Envelope(type, payload, signatures);
    } catch (JacksonException e) {
      throw new EvidenceException("envelope is not strict JSON: " + e.getOriginalMessage());
    }
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isString()) {
      throw new EvidenceException("envelope has no text `" + name + "`");
    }
    return value.stringValue();
  }

  /// Standard or URL-safe alphabet, as the specification allows.
  private static byte[] base64(String text) {
    try {
      return text.indexOf('-') >= 0 || text.indexOf('_') >= 0
          ? Base64.getUrlDecoder().decode(text)
          : Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new EvidenceException("envelope has a member that is not base64");
    }
  }

  /// Signs `payload` with one key.
  public static Envelope sign(String payloadType, byte[] payload, SigningKey key) {
    byte[] signature = key.sign(preAuthenticationEncoding(payloadType, payload));
    return new Envelope(
        payloadType, payload, List.of(new EnvelopeSignature(key.publicKey().keyId(), signature)));
  }

  /// The keys of `trusted` that signed this payload: each counts once, however often it signed, and
  /// key ids are never believed.
  public Set<VerifyingKey> signers(Collection<VerifyingKey> trusted) {
    byte[] signed = preAuthenticationEncoding(payloadType, payload);
    Set<VerifyingKey> signers = new LinkedHashSet<>();
    for (VerifyingKey key : trusted) {
      for (EnvelopeSignature one : signatures) {
        if (key.verify(signed, one.signature())) {
          signers.add(key);
          break;
        }
      }
    }
    return signers;
  }

  /// DSSEv1 SP LEN(type) SP type SP LEN(body) SP body.
  static byte[] preAuthenticationEncoding(String type, byte[] body) {
    byte[] typeBytes = type.getBytes(UTF_8);
    var out = new ByteArrayOutputStream(body.length + typeBytes.length + 32);
    out.writeBytes(("DSSEv1 " + typeBytes.length + " ").getBytes(UTF_8));
    out.writeBytes(typeBytes);
    out.writeBytes((" " + body.length + " ").getBytes(UTF_8));
    out.writeBytes(body);
    return out.toByteArray();
  }

  /// The JSON form.
  public byte[] toJson() {
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    root.put("payloadType", payloadType);
    root.put("payload", Base64.getEncoder().encodeToString(payload));
    ArrayNode list = root.putArray("signatures");
    for (EnvelopeSignature one : signatures) {
      ObjectNode node = list.addObject();
      node.put("keyid", one.keyId());
      node.put("sig", Base64.getEncoder().encodeToString(one.signature()));
    }
    return StrictJson.MAPPER.writeValueAsBytes(root);
  }
}
