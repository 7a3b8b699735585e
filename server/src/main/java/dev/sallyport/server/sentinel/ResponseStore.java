package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.standing.Thing;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Responses and their steps, so that whoever was killed in the middle goes on where he was.
@Component
final class ResponseStore {
  private static final String AUTOMATIC = "automatic";

  private static final RowMapper<Response> RESPONSE =
      (row, _) ->
          new Response(
              row.getString("id"),
              new EntityRef(row.getString("target_type"), row.getString("target_id")),
              lines(row.getString("avoided")).stream().map(Thing::parse).toList(),
              Playbook.Tier.of(row.getString("tier")),
              row.getString("playbook"),
              row.getInt("automatic") == 1,
              row.getInt("may_stop") == 1,
              row.getString("incident"),
              row.getString("reason"),
              new Actor(Actor.Kind.valueOf(row.getString("asker_kind")), row.getString("asker_id")),
              Response.State.of(row.getString("state")),
              Instant.ofEpochMilli(row.getLong("due_epoch_milli")));

  private static final RowMapper<Response.Step> STEP =
      (row, _) ->
          new Response.Step(
              row.getInt("place"),
              Response.Kind.of(row.getString("kind")),
              new EntityRef(row.getString("thing_type"), row.getString("thing_id")),
              lines(row.getString("detail")),
              row.getString("state"),
              row.getString("result"),
              row.getLong("entry"));

  private static List<String> lines(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n", -1));
  }

  private final Database database;

  ResponseStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a response that is wanted; the same one again changes nothing.
  void want(Response response) {
    insert(response);
  }

  private boolean insert(Response response) {
    return database
            .sql()
            .sql(
                """
                INSERT INTO sentinel_response (id, target_type, target_id, avoided, tier, playbook,
                  automatic, may_stop, incident, reason, asker_kind, asker_id, state, due_epoch_milli)
                VALUES (:id, :targetType, :targetId, :avoided, :tier, :playbook, :automatic, :mayStop,
                  :incident, :reason, :askerKind, :askerId, :state, :due)
                ON CONFLICT (id) DO NOTHING
                """)
            .param("id", response.id())
            .param("targetType", response.target().type())
            .param("targetId", response.target().id())
            .param(
                "avoided",
                response.avoid().stream().map(Thing::word).collect(Collectors.joining("\n")))
            .param("tier", response.tier().word())
            .param("playbook", response.playbook())
            .param("automatic", response.automatic() ? 1 : 0)
            .param("mayStop", response.mayStop() ? 1 : 0)
            .param("incident", response.incident())
            .param("reason", response.reason())
            .param("askerKind", response.asker().kind().name())
            .param("askerId", response.asker().id())
            .param("state", response.state().word())
            .param("due", response.due().toEpochMilli())
            .update()
        == 1;
  }

  /// Notes a response together with its steps; the same one again changes nothing.
  void wantPlanned(Response response, List<Response.Step> steps) {
    database.inTransaction(() -> {
      if (insert(response)) {
        steps.forEach(step -> insert(response.id(), step));
      }
    });
  }

  /// Writes down the steps of a response that is due, once; from then on they are what is done.
  void plan(String response, List<Response.Step> steps) {
    database.inTransaction(() -> {
      if (move(response, Response.State.DUE, Response.State.RUNNING, null)) {
        steps.forEach(step -> insert(response, step));
      }
    });
  }

  private void insert(String response, Response.Step step) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_response_step (response, place, kind, thing_type, thing_id, detail,
              state, result, entry)
            VALUES (:response, :place, :kind, :thingType, :thingId, :detail, :state, :result,
              :entry)
            """)
        .param("response", response)
        .param("place", step.place())
        .param("kind", step.kind().word())
        .param("thingType", step.thing().type())
        .param("thingId", step.thing().id())
        .param("detail", String.join("\n", step.detail()))
        .param("state", step.state())
        .param("result", step.result())
        .param("entry", step.entry())
        .update();
  }

  /// Notes what came of a step.
  void end(String response, Response.Step step) {
    database
        .sql()
        .sql(
            """
            UPDATE sentinel_response_step
            SET state = :state, result = :result, detail = :detail, entry = :entry
            WHERE response = :response AND place = :place
            """)
        .param("state", step.state())
        .param("result", step.result())
        .param("detail", String.join("\n", step.detail()))
        .param("entry", step.entry())
        .param("response", response)
        .param("place", step.place())
        .update();
  }

  /// Moves a response from one state to the next; false where it was in another.
  boolean move(String response, Response.State from, Response.State to, @Nullable Instant ended) {
    return database
            .sql()
            .sql(
                """
                UPDATE sentinel_response SET state = :to, ended_epoch_milli = :ended
                WHERE id = :id AND state = :from
                """)
            .param("to", to.word())
            .param("ended", ended == null ? null : ended.toEpochMilli())
            .param("id", response)
            .param("from", from.word())
            .update()
        == 1;
  }

  /// Responses that have not ended, oldest first.
  List<Response> unfinished(int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM sentinel_response WHERE state IN ('due', 'running')
            ORDER BY due_epoch_milli, id LIMIT :limit
            """)
        .param("limit", limit)
        .query(RESPONSE)
        .list();
  }

  /// One response.
  Optional<Response> response(String id) {
    return database
        .sql()
        .sql("SELECT * FROM sentinel_response WHERE id = :id")
        .param("id", id)
        .query(RESPONSE)
        .optional();
  }

  /// Responses, newest first.
  List<Response> newest(int limit) {
    return database
        .sql()
        .sql("SELECT * FROM sentinel_response ORDER BY due_epoch_milli DESC, id LIMIT :limit")
        .param("limit", limit)
        .query(RESPONSE)
        .list();
  }

  /// The steps of a response in their order.
  List<Response.Step> steps(String response) {
    return database
        .sql()
        .sql("SELECT * FROM sentinel_response_step WHERE response = :response ORDER BY place")
        .param("response", response)
        .query(STEP)
        .list();
  }

  /// Automatic responses that were begun since, of one playbook or (null) of all.
  long begunSince(Instant since, @Nullable String playbook) {
    return database
        .sql()
        .sql(
            """
            SELECT COUNT(*) FROM sentinel_response
            WHERE automatic = 1 AND state IN ('running', 'finished') AND due_epoch_milli >= :since
              AND (playbook = :playbook OR :all = 1)
            """)
        .param("since", since.toEpochMilli())
        .param("playbook", playbook == null ? "" : playbook)
        .param("all", playbook == null ? 1 : 0)
        .query(Long.class)
        .single();
  }

  /// Whether responses run by themselves, where somebody switched it; empty as configured.
  Optional<Boolean> automatic() {
    return database
        .sql()
        .sql("SELECT is_on FROM sentinel_switch WHERE name = :name")
        .param("name", AUTOMATIC)
        .query((row, _) -> row.getInt(1) == 1)
        .optional();
  }

  /// Switches them.
  void automatic(boolean on) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_switch (name, is_on) VALUES (:name, :isOn)
            ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on
            """)
        .param("name", AUTOMATIC)
        .param("isOn", on ? 1 : 0)
        .update();
  }
}
