package dev.sallyport.server.standing;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Who may read which secret, as its owner declared it; looked up anew at each question.
@Component
public final class SecretDeclarations {
  private static final JsonMapper JSON = new JsonMapper();

  private final DeclarationStore store;

  SecretDeclarations(DeclarationStore store) {
    this.store = store;
  }

  /// Declares it anew; what was declared before is gone.
  ///
  /// @param allow that `administer` on the secret was allowed
  public void declare(Ruling.Allow allow, SecretDeclaration declared, String by, Instant at) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
    store.declare(declared.path(), written(declared), by, at);
  }

  /// What is declared of a secret.
  public Optional<SecretDeclaration> of(String path) {
    return store.declaration(path).map(text -> read(path, text));
  }

  /// Everything that is declared, by path.
  public List<SecretDeclaration> all() {
    return store.all().entrySet().stream()
        .map(entry -> read(entry.getKey(), entry.getValue()))
        .toList();
  }

  /// As canonical JSON.
  public static String written(SecretDeclaration declared) {
    var members = new TreeMap<String, Object>();
    put(members, "repositories", declared.repositories());
    put(members, "refs", declared.refs());
    put(members, "steps", declared.steps());
    put(members, "environments", declared.environments());
    return new String(CanonicalJson.bytes(members), StandardCharsets.UTF_8);
  }

  private static void put(Map<String, Object> members, String name, @Nullable Set<String> words) {
    if (words != null) {
      members.put(name, List.copyOf(new TreeSet<>(words)));
    }
  }

  private static SecretDeclaration read(String path, String text) {
    Map<String, List<String>> members = JSON.readValue(text, new TypeReference<>() {});
    return new SecretDeclaration(
        path,
        words(members, "repositories"),
        words(members, "refs"),
        words(members, "steps"),
        words(members, "environments"));
  }

  private static @Nullable Set<String> words(Map<String, List<String>> members, String name) {
    List<String> words = members.get(name);
    return words == null ? null : Set.copyOf(words);
  }
}
