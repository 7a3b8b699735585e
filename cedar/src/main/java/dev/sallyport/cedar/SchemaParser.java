package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads schemas in Cedar syntax into a [SchemaDraft].
final class SchemaParser {
  private final TokenReader in;
  private final SchemaDraft draft = new SchemaDraft();

  private SchemaParser(String text) {
    this.in = new TokenReader(text);
  }

  static Schema parse(String text) {
    var parser = new SchemaParser(text);
    while (!parser.in.atEnd()) {
      parser.declarationOrNamespace();
    }
    return parser.draft.resolved();
  }

  private void declarationOrNamespace() {
    Map<String, String> annotations = in.annotations();
    if (!in.peek().isName("namespace")) {
      declaration("", annotations);
      return;
    }
    in.take();
    String namespace = in.path();
    in.need("{");
    while (!in.takes("}")) {
      declaration(namespace, in.annotations());
    }
  }

  private void declaration(String namespace, Map<String, String> annotations) {
    Span at = in.peek().span();
    if (in.takesWord("entity")) {
      entity(namespace, annotations, at);
    } else if (in.takesWord("action")) {
      action(namespace, annotations, at);
    } else if (in.takesWord("type")) {
      String name = in.needName().text();
      in.need("=");
      SchemaDraft.Written type = type();
      in.need(";");
      var common = new SchemaDraft.WrittenCommon(namespace, name, type, annotations, at);
      if (!draft.add(common)) {
        throw new SyntaxRefused(at, "type `" + name + "` stands twice");
      }
    } else {
      throw in.expected("`entity`, `action`, `type` or `namespace`");
    }
  }

  private void entity(String namespace, Map<String, String> annotations, Span at) {
    var names = new ArrayList<String>();
    do {
      names.add(in.needName().text());
    } while (in.takes(","));
    List<SchemaDraft.Written.Name> parents = List.of();
    var attributes = new SchemaDraft.Written.Fields(Map.of());
    SchemaDraft.Written tags = null;
    List<String> ids = List.of();
    if (in.takesWord("enum")) {
      in.need("[");
      ids = in.stringsUntil("]");
    } else {
      if (in.peek().isName("in")) {
        in.take();
        parents = typeNames();
      }
      if (in.takes("=") || in.peek().isSign("{")) {
        attributes = fields();
      }
      if (in.takesWord("tags")) {
        tags = type();
      }
    }
    in.need(";");
    for (String name : names) {
      var entity =
          new SchemaDraft.WrittenEntity(
              namespace, name, parents, attributes, tags, ids, annotations, at);
      if (!draft.add(entity)) {
        throw new SyntaxRefused(at, "entity type `" + name + "` stands twice");
      }
    }
  }

  private void action(String namespace, Map<String, String> annotations, Span at) {
    var names = new ArrayList<String>();
    do {
      names.add(nameOrString());
    } while (in.takes(","));
    var parents = new ArrayList<SchemaDraft.WrittenUid>();
    if (in.peek().isName("in")) {
      in.take();
      if (in.takes("[")) {
        while (!in.takes("]")) {
          parents.add(actionParent());
          if (!in.takes(",")) {
            in.need("]");
            break;
          }
        }
      } else {
        parents.add(actionParent());
      }
    }
    List<SchemaDraft.Written.Name> principals = new ArrayList<>();
    List<SchemaDraft.Written.Name> resources = new ArrayList<>();
    SchemaDraft.Written context = new SchemaDraft.Written.Fields(Map.of());
    if (in.takesWord("appliesTo")) {
      in.need("{");
      while (!in.takes("}")) {
        Token part = in.needName();
        in.need(":");
        switch (part.text()) {
          case "principal" -> principals = typeNames();
          case "resource" -> resources = typeNames();
          case "context" -> context = type();
          default -> throw new SyntaxRefused(part.span(), "no part `" + part.text() + "`");
        }
        if (!in.takes(",")) {
          in.need("}");
          break;
        }
      }
    }
    in.need(";");
    for (String name : names) {
      var action =
          new SchemaDraft.WrittenAction(
              namespace, name, parents, principals, resources, context, annotations, at);
      if (!draft.add(action)) {
        throw new SyntaxRefused(at, "action `" + name + "` stands twice");
      }
    }
  }

  private String nameOrString() {
    return in.peek().kind() == Token.Kind.STRING ? Escapes.string(in.take()) : in.needName().text();
  }

  private SchemaDraft.WrittenUid actionParent() {
    Span at = in.peek().span();
    if (in.peek().kind() == Token.Kind.STRING) {
      return new SchemaDraft.WrittenUid(null, Escapes.string(in.take()), at);
    }
    String path = in.path();
    if (in.takes("::")) {
      return new SchemaDraft.WrittenUid(path, Escapes.string(in.needString()), at);
    }
    return new SchemaDraft.WrittenUid(null, path, at);
  }

  private List<SchemaDraft.Written.Name> typeNames() {
    var names = new ArrayList<SchemaDraft.Written.Name>();
    if (!in.takes("[")) {
      names.add(typeName());
      return names;
    }
    while (!in.takes("]")) {
      names.add(typeName());
      if (!in.takes(",")) {
        in.need("]");
        break;
      }
    }
    return names;
  }

  private SchemaDraft.Written.Name typeName() {
    Span at = in.peek().span();
    if (in.peek().isName("__cedar") && in.peekAfter().isSign("::")) {
      in.take();
      in.take();
      return new SchemaDraft.Written.Name("__cedar::" + in.path(), at);
    }
    return new SchemaDraft.Written.Name(in.path(), at);
  }

  private SchemaDraft.Written type() {
    in.down();
    SchemaDraft.Written type;
    if (in.peek().isSign("{")) {
      type = fields();
    } else if (in.peek().isName("Set") && in.peekAfter().isSign("<")) {
      in.take();
      in.take();
      type = new SchemaDraft.Written.SetOf(type());
      in.need(">");
    } else {
      type = typeName();
    }
    in.up();
    return type;
  }

  private SchemaDraft.Written.Fields fields() {
    in.need("{");
    var members = new LinkedHashMap<String, SchemaDraft.Member>();
    while (!in.takes("}")) {
      Map<String, String> annotations = in.annotations();
      Span at = in.peek().span();
      String name = nameOrString();
      boolean required = !in.takes("?");
      in.need(":");
      if (members.put(name, new SchemaDraft.Member(type(), required, annotations)) != null) {
        throw new SyntaxRefused(at, "attribute `" + name + "` stands twice");
      }
      if (!in.takes(",")) {
        in.need("}");
        break;
      }
    }
    return new SchemaDraft.Written.Fields(members);
  }
}
