package dev.sallyport.cedar;

import java.util.List;

/// What fits a schema and what does not: heads of policies, requests and entities (Cedar: schema,
/// validation), asked of ours ([SchemaLawsTest]) and of cedar-java's ([ValidatorDifferentialTest]).
final class LawsOfSchemas {
  private LawsOfSchemas() {}

  static final String SCHEMA =
      """
      entity Company;
      entity Group in [Group, Company];
      entity Level enum ["low", "high"];
      entity User in [Group] = {
        name: String, n?: Long, level?: Level, levels?: Set<Level>, rec?: { level: Level, on?: Bool }, ip?: ipaddr,
        friend?: User, all?: Set<{ at: datetime }>, dec?: decimal, dur?: duration
      } tags Level;
      entity Doc in [Folder, Level];
      entity Folder;
      action all;
      action view in [all];
      action read in [view] appliesTo { principal: [User, Level], resource: [Doc, Level], context: {
        n: Long, level?: Level, levels?: Set<Level>, rec?: { level: Level }, user?: User, ip?: ipaddr, dec?: decimal,
        at?: datetime, dur?: duration, s?: String, on?: Bool } };
      action write in [view] appliesTo { principal: [User], resource: [Doc], context: {} };
      """;

  static final Schema READ = Schema.parse(SCHEMA);

  /// `head § message`: nothing where the head is one that some request can meet.
  static final List<String> HEADS =
      List.of(
          "principal, action, resource § ",
          "principal == User::\"a\", action, resource § ",
          "principal == Level::\"low\", action, resource § ",
          "principal == Level::\"mid\", action, resource § none of the entities that `Level` has",
          "principal in Level::\"mid\", action, resource § none of the entities that `Level` has",
          "principal is Doc in Level::\"mid\", action, resource § none of the entities that `Level` has",
          "principal, action, resource in Level::\"mid\" § none of the entities that `Level` has",
          "principal, action, resource in Level::\"low\" § ",
          "principal == Robot::\"a\", action, resource § no entity type `Robot`",
          "principal in Robot::\"a\", action, resource § no entity type `Robot`",
          "principal is Robot, action, resource § no entity type `Robot`",
          "principal is Robot in Group::\"a\", action, resource § no entity type `Robot`",
          "principal is User in Robot::\"a\", action, resource § no entity type `Robot`",
          "principal, action, resource is Robot § no entity type `Robot`",
          "principal, action, resource == Robot::\"a\" § no entity type `Robot`",
          "principal == Doc::\"a\", action, resource § no action applies",
          "principal is Doc, action, resource § no action applies",
          "principal, action, resource == User::\"a\" § no action applies",
          "principal, action, resource is User § no action applies",
          "principal in Group::\"a\", action, resource § ",
          "principal in Company::\"a\", action, resource § ",
          "principal in User::\"a\", action, resource § ",
          "principal in Doc::\"a\", action, resource § no action applies",
          "principal is User, action, resource § ",
          "principal is User in Group::\"a\", action, resource § ",
          "principal is User in Company::\"a\", action, resource § ",
          "principal is User in Doc::\"a\", action, resource § no action applies",
          "principal is Level in Group::\"a\", action, resource § no action applies",
          "principal is Doc in Folder::\"a\", action, resource § no action applies",
          "principal, action, resource is Doc in Folder::\"a\" § ",
          "principal, action == Action::\"read\", resource § ",
          "principal, action == Action::\"burn\", resource § no action `Action::\"burn\"`",
          "principal, action in Action::\"burn\", resource § no action `Action::\"burn\"`",
          "principal, action in [Action::\"read\", Action::\"burn\"], resource § no action `Action::\"burn\"`",
          "principal, action == Action::\"all\", resource § no action applies",
          "principal, action == Action::\"view\", resource § no action applies",
          "principal, action in Action::\"all\", resource § ",
          "principal, action in Action::\"view\", resource § ",
          "principal, action in Action::\"read\", resource § ",
          "principal, action in [Action::\"view\"], resource § ",
          "principal, action in [Action::\"all\", Action::\"write\"], resource § ",
          "principal, action in [], resource § no action applies",
          "principal is Level, action == Action::\"write\", resource § no action applies",
          "principal is Level, action == Action::\"read\", resource § ",
          "principal, action == Action::\"write\", resource is Level § no action applies",
          "principal == User::\"a\", action == Action::\"read\", resource == Doc::\"a\" § ");

  /// A head of templates, and the same.
  static final List<String> TEMPLATES =
      List.of(
          "principal == ?principal, action, resource § ",
          "principal in ?principal, action, resource in ?resource § ",
          "principal is User in ?principal, action, resource § ",
          "principal is Robot in ?principal, action, resource § no entity type `Robot`",
          "principal is Doc in ?principal, action, resource § no action applies",
          "principal, action, resource is Doc in ?resource § ",
          "principal, action, resource is User in ?resource § no action applies",
          "principal is Level in ?principal, action == Action::\"write\", resource § no action applies");

  /// `principal, action, resource § context § message`.
  static final List<String> REQUESTS =
      List.of(
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1} § ",
          "User::\"a\", Action::\"write\", Doc::\"d\" § {} § ",
          "User::\"a\", Action::\"burn\", Doc::\"d\" § {} § no action `Action::\"burn\"`",
          "User::\"a\", Action::\"all\", Doc::\"d\" § {} § not for a principal of type User",
          "Level::\"low\", Action::\"write\", Doc::\"d\" § {} § not for a principal of type Level",
          "User::\"a\", Action::\"write\", Level::\"low\" § {} § not for a resource of type Level",
          "Robot::\"a\", Action::\"write\", Doc::\"d\" § {} § not for a principal of type Robot",
          "Level::\"low\", Action::\"read\", Level::\"high\" § {\"n\":1} § ",
          "Level::\"mid\", Action::\"read\", Doc::\"d\" § {\"n\":1} § `Level::\"mid\"` is none of the entities that `Level` has",
          "User::\"a\", Action::\"read\", Level::\"mid\" § {\"n\":1} § `Level::\"mid\"` is none of the entities that `Level` has",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {} § lacks `n`",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":\"1\"} § must be Long, not String",
          "User::\"a\", Action::\"write\", Doc::\"d\" § {\"n\":1} § has no `n`",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"user\":{\"__entity\":{\"type\":\"User\",\"id\":\"b\"}}} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"user\":{\"__entity\":{\"type\":\"Doc\",\"id\":\"b\"}}} § must be User, not entity of type Doc",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"level\":{\"__entity\":{\"type\":\"Level\",\"id\":\"low\"}}} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"level\":{\"__entity\":{\"type\":\"Level\",\"id\":\"mid\"}}} § is none of the entities",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"levels\":[{\"__entity\":{\"type\":\"Level\",\"id\":\"low\"}}]} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"levels\":[{\"__entity\":{\"type\":\"Level\",\"id\":\"low\"}},{\"__entity\":{\"type\":\"Level\",\"id\":\"mid\"}}]} § is none of the entities",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"levels\":[]} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"levels\":1} § must be Set, not Long",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"rec\":{\"level\":{\"__entity\":{\"type\":\"Level\",\"id\":\"mid\"}}}} § is none of the entities",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"rec\":{}} § lacks `level`",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"rec\":[]} § must be Record, not Set",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"ip\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}},\"s\":\"x\",\"on\":true} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"dec\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.0\"}},\"dur\":{\"__extn\":{\"fn\":\"duration\",\"arg\":\"1d\"}}} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"at\":{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2024-01-01\"}}} § ",
          "User::\"a\", Action::\"read\", Doc::\"d\" § {\"n\":1,\"ip\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.0\"}}} § must be ipaddr, not decimal");

  private static String entity(String uid, String attributes, String parents, String tags) {
    String[] parts = uid.split("::", -1);
    return "[{\"uid\":{\"type\":\"%s\",\"id\":%s},\"attrs\":%s,\"parents\":[%s],\"tags\":%s}]"
        .formatted(parts[0], parts[1], attributes, parents, tags);
  }

  private static String user(String attributes) {
    return entity("User::\"a\"", attributes, "", "{}");
  }

  private static String ref(String type, String id) {
    return "{\"type\":\"%s\",\"id\":\"%s\"}".formatted(type, id);
  }

  private static final String LOW = "{\"__entity\":{\"type\":\"Level\",\"id\":\"low\"}}";
  private static final String MID = "{\"__entity\":{\"type\":\"Level\",\"id\":\"mid\"}}";

  /// `entities § message`.
  static final List<String> ENTITIES =
      List.of(
          "[] § ",
          user("{\"name\":\"A\"}") + " § ",
          user("{}") + " § lacks `name`",
          user("{\"name\":1}") + " § must be String, not Long",
          user("{\"name\":\"A\",\"n\":1}") + " § ",
          user("{\"name\":\"A\",\"x\":1}") + " § has no `x`",
          user("{\"name\":\"A\",\"level\":" + LOW + "}") + " § ",
          user("{\"name\":\"A\",\"level\":" + MID + "}") + " § is none of the entities",
          user("{\"name\":\"A\",\"levels\":[" + LOW + "," + MID + "]}")
              + " § is none of the entities",
          user("{\"name\":\"A\",\"levels\":[" + LOW + "]}") + " § ",
          user("{\"name\":\"A\",\"rec\":{\"level\":" + LOW + ",\"on\":true}}") + " § ",
          user("{\"name\":\"A\",\"rec\":{\"level\":" + MID + "}}") + " § is none of the entities",
          user("{\"name\":\"A\",\"rec\":{\"level\":" + LOW + ",\"on\":1}}")
              + " § must be Bool, not Long",
          user("{\"name\":\"A\",\"friend\":{\"__entity\":{\"type\":\"User\",\"id\":\"gone\"}}}")
              + " § ",
          user("{\"name\":\"A\",\"friend\":" + LOW + "}")
              + " § must be User, not entity of type Level",
          user(
                  "{\"name\":\"A\",\"all\":[{\"at\":{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2024-01-01\"}}}]}")
              + " § ",
          user("{\"name\":\"A\",\"all\":[{\"at\":1}]}") + " § must be datetime, not Long",
          entity("Level::\"low\"", "{}", "", "{}") + " § ",
          entity("Level::\"mid\"", "{}", "", "{}") + " § is none of the entities",
          entity("Robot::\"a\"", "{}", "", "{}") + " § no entity type `Robot`",
          entity("User::\"a\"", "{\"name\":\"A\"}", ref("Group", "g"), "{}") + " § ",
          entity("User::\"a\"", "{\"name\":\"A\"}", ref("User", "b"), "{}")
              + " § cannot be in a User",
          entity("User::\"a\"", "{\"name\":\"A\"}", ref("Doc", "b"), "{}")
              + " § cannot be in a Doc",
          entity("User::\"a\"", "{\"name\":\"A\"}", ref("Group", "g") + "," + ref("Doc", "b"), "{}")
              + " § cannot be in a Doc",
          entity("Group::\"a\"", "{}", ref("Group", "b"), "{}") + " § ",
          entity("Group::\"a\"", "{}", ref("Company", "b"), "{}") + " § ",
          entity("Doc::\"a\"", "{}", ref("Level", "low"), "{}") + " § ",
          entity("Doc::\"a\"", "{}", ref("Level", "mid"), "{}") + " § is none of the entities",
          entity("Doc::\"a\"", "{}", "", "{\"t\":1}") + " § cannot have tags",
          entity("Doc::\"a\"", "{}", "", "{}") + " § ",
          entity("User::\"a\"", "{\"name\":\"A\"}", "", "{\"t\":" + LOW + "}") + " § ",
          entity("User::\"a\"", "{\"name\":\"A\"}", "", "{\"t\":" + MID + "}")
              + " § is none of the entities",
          entity("User::\"a\"", "{\"name\":\"A\"}", "", "{\"t\":1}") + " § must be Level, not Long",
          entity("User::\"a\"", "{\"name\":\"A\"}", "", "{\"t\":" + LOW + ",\"u\":\"x\"}")
              + " § must be Level, not String",
          entity("Action::\"all\"", "{}", "", "{}") + " § ",
          entity("Action::\"view\"", "{}", ref("Action", "all"), "{}") + " § ",
          entity("Action::\"read\"", "{}", ref("Action", "view") + "," + ref("Action", "all"), "{}")
              + " § ",
          entity("Action::\"burn\"", "{}", "", "{}") + " § no action `Action::\"burn\"`",
          entity("Action::\"view\"", "{}", "", "{}") + " § not as the schema declares it",
          entity("Action::\"all\"", "{}", ref("Action", "view"), "{}")
              + " § not as the schema declares it",
          entity("Action::\"all\"", "{\"x\":1}", "", "{}") + " § not as the schema declares it");
}
