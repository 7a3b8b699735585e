package dev.sallyport.cedar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What the validator knows of an expression's value: a type of the schema, and of a Bool whether
/// it can only be true or only be false (Cedar: validator, types).
sealed interface Kind {
  /// A Bool.
  enum Truth implements Kind {
    TRUE,
    FALSE,
    EITHER;

    static Truth of(boolean value) {
      return value ? TRUE : FALSE;
    }

    @Override
    public String toString() {
      return "Bool";
    }
  }

  /// Long, String, or an extension type.
  record Plain(String name) implements Kind {
    @Override
    public String toString() {
      return name;
    }
  }

  /// An entity of exactly this type.
  record Entity(String type) implements Kind {
    @Override
    public String toString() {
      return type;
    }
  }

  /// A set.
  record SetOf(Kind member) implements Kind {
    @Override
    public String toString() {
      return "Set<" + member + ">";
    }
  }

  /// A record with exactly these members.
  record Fields(Map<String, Member> members) implements Kind {
    public Fields {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    @Override
    public String toString() {
      return "Record";
    }
  }

  /// A member of a record or attribute of an entity.
  record Member(Kind kind, boolean required) {}

  Plain LONG = new Plain("Long");
  Plain STRING = new Plain("String");

  /// The kind of a type of the schema, all of it followed to its end.
  static Kind of(Schema.Type type, Schema schema) {
    return switch (schema.resolve(type)) {
      case Schema.Type.Primitive(String name) ->
          name.equals("Bool") ? Truth.EITHER : new Plain(name);
      case Schema.Type.Reference(String entityType) -> new Entity(entityType);
      case Schema.Type.SetOf(Schema.Type member) -> new SetOf(of(member, schema));
      case Schema.Type.Fields fields -> of(fields, schema);
      case Schema.Type.Common common -> throw new IllegalStateException("unresolved " + common);
    };
  }

  static Fields of(Schema.Type.Fields fields, Schema schema) {
    var members = new LinkedHashMap<String, Member>();
    fields
        .members()
        .forEach((name, attribute) ->
            members.put(name, new Member(of(attribute.type(), schema), attribute.required())));
    return new Fields(members);
  }

  /// The least kind that holds both; empty where there is none, for strict validation does not mix.
  static Optional<Kind> both(Kind one, Kind other) {
    if (one.equals(other)) {
      return Optional.of(one);
    }
    if (one instanceof Truth && other instanceof Truth) {
      return Optional.of(Truth.EITHER);
    }
    if (one instanceof SetOf(Kind member) && other instanceof SetOf(Kind another)) {
      return both(member, another).map(SetOf::new);
    }
    if (one instanceof Fields(Map<String, Member> members)
        && other instanceof Fields(Map<String, Member> others)
        && members.keySet().equals(others.keySet())) {
      var joined = new LinkedHashMap<String, Member>();
      for (var entry : members.entrySet()) {
        Member member = entry.getValue();
        Member another = others.get(entry.getKey());
        if (another == null || member.required() != another.required()) {
          return Optional.empty();
        }
        Optional<Kind> kind = both(member.kind(), another.kind());
        if (kind.isEmpty()) {
          return Optional.empty();
        }
        joined.put(entry.getKey(), new Member(kind.get(), member.required()));
      }
      return Optional.of(new Fields(joined));
    }
    return Optional.empty();
  }
}
