package dev.sallyport.server.api;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/// The members of a request's JSON body, read strictly: each refusal names the member.
record JsonBody(Map<String, Object> members) {
  private static final int MAX_LIST = 1000;

  /// Reads the body, of at most so many bytes.
  static JsonBody of(HttpServletRequest request, int maxBytes) {
    return new JsonBody(
        ApiJson.object(ApiJson.body(request, MediaType.APPLICATION_JSON_VALUE, maxBytes)));
  }

  /// Refuses members of other names than these.
  JsonBody only(String... names) {
    for (String name : members.keySet()) {
      if (!Set.of(names).contains(name)) {
        throw ProblemException.badRequest("unknown member `" + name + "`");
      }
    }
    return this;
  }

  /// A text that must be there.
  String text(String name) {
    String text = textOrNull(name);
    if (text == null) {
      throw ProblemException.badRequest("wanted a text `" + name + "`");
    }
    return text;
  }

  /// A text, or null where the member is absent.
  @Nullable String textOrNull(String name) {
    return switch (members.get(name)) {
      case null -> absent(name);
      case String text when !text.isEmpty() -> text;
      default -> throw ProblemException.badRequest("wanted a text `" + name + "`");
    };
  }

  private @Nullable String absent(String name) {
    if (members.containsKey(name)) {
      throw ProblemException.badRequest("`" + name + "` is null: leave it out");
    }
    return null;
  }

  /// A whole number of at least 0.
  long number(String name, long otherwise) {
    return switch (members.get(name)) {
      case null -> otherwise;
      case Integer number when number >= 0 -> number;
      case Long number when number >= 0 -> number;
      default -> throw ProblemException.badRequest("wanted a whole number `" + name + "`");
    };
  }

  /// True or false.
  boolean truth(String name, boolean otherwise) {
    return switch (members.get(name)) {
      case null -> otherwise;
      case Boolean truth -> truth;
      default -> throw ProblemException.badRequest("wanted true or false as `" + name + "`");
    };
  }

  /// A list of texts; empty where it is absent.
  List<String> texts(String name) {
    return texts(name, MAX_LIST);
  }

  /// The same of at most so many.
  List<String> texts(String name, int most) {
    var texts = new ArrayList<String>();
    for (Object element : list(name, most)) {
      if (!(element instanceof String text)) {
        throw ProblemException.badRequest("wanted a list of texts `" + name + "`");
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /// A list of objects; empty where it is absent.
  List<JsonBody> objects(String name) {
    var objects = new ArrayList<JsonBody>();
    for (Object element : list(name, MAX_LIST)) {
      if (!(element instanceof Map<?, ?> map)) {
        throw ProblemException.badRequest("wanted a list of objects `" + name + "`");
      }
      var copy = new TreeMap<String, Object>();
      map.forEach((key, value) -> {
        if (value == null) {
          throw ProblemException.badRequest("`" + name + "." + key + "` is null: leave it out");
        }
        copy.put(String.valueOf(key), value);
      });
      objects.add(new JsonBody(copy));
    }
    return List.copyOf(objects);
  }

  private List<?> list(String name, int most) {
    return switch (members.get(name)) {
      case null -> List.of();
      case List<?> list when list.size() <= most -> list;
      default ->
          throw ProblemException.badRequest(
              "wanted a list of at most " + most + " as `" + name + "`");
    };
  }
}
