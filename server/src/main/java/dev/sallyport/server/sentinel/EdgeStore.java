package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// The graph of who could have touched what.
@Component
final class EdgeStore {
  private static final RowMapper<Edge> EDGE =
      (row, _) ->
          new Edge(
              new EntityRef(row.getString("from_type"), row.getString("from_id")),
              new EntityRef(row.getString("to_type"), row.getString("to_id")),
              row.getString("kind"),
              row.getInt("enforced") == 1,
              row.getLong("entry"));

  private final Database database;

  EdgeStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Adds an edge; one that was only claimed becomes enforced, never the other way. That a run
  /// built something keeps the entry that said so first, for it may matter who was first.
  void add(Edge edge) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_edge (from_key, to_key, kind, from_type, from_id, to_type, to_id,
              enforced, entry)
            VALUES (:fromKey, :toKey, :kind, :fromType, :fromId, :toType, :toId, :enforced, :entry)
            ON CONFLICT (from_key, to_key, kind) DO UPDATE
              SET enforced = excluded.enforced,
                entry = CASE WHEN sentinel_edge.kind = 'built' THEN sentinel_edge.entry
                  ELSE excluded.entry END
              WHERE sentinel_edge.enforced < excluded.enforced
            """)
        .param("fromKey", Edge.key(edge.from()))
        .param("toKey", Edge.key(edge.to()))
        .param("kind", edge.kind())
        .param("fromType", edge.from().type())
        .param("fromId", edge.from().id())
        .param("toType", edge.to().type())
        .param("toId", edge.to().id())
        .param("enforced", edge.enforced() ? 1 : 0)
        .param("entry", edge.entry())
        .update();
  }

  /// The first runs that published an artifact through a door, the first one first.
  List<Edge> published(EntityRef artifact, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM sentinel_edge
            WHERE to_key = :to AND kind = 'published' AND enforced = 1
            ORDER BY entry LIMIT :limit
            """)
        .param("to", Edge.key(artifact))
        .param("limit", limit)
        .query(EDGE)
        .list();
  }

  /// Every edge on a way from a thing, in the order of the ledger: one query. Ways go on through
  /// runs and artifacts; what else is reached is an end, unless it is where the search began.
  List<Edge> from(EntityRef start, int limit) {
    return database
        .sql()
        .sql(
            """
            WITH RECURSIVE reached (thing_key) AS (
              SELECT CAST(:start AS VARCHAR(64))
              UNION
              SELECT sentinel_edge.to_key
              FROM reached JOIN sentinel_edge ON sentinel_edge.from_key = reached.thing_key
              WHERE sentinel_edge.from_key = :start
                OR sentinel_edge.from_type IN ('Run', 'Artifact')
            )
            SELECT sentinel_edge.*
            FROM sentinel_edge JOIN reached ON sentinel_edge.from_key = reached.thing_key
            WHERE sentinel_edge.from_key = :start
              OR sentinel_edge.from_type IN ('Run', 'Artifact')
            ORDER BY entry, from_key, to_key, kind LIMIT :limit
            """)
        .param("start", Edge.key(start))
        .param("limit", limit)
        .query(EDGE)
        .list();
  }
}
