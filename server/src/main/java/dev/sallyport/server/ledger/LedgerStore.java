package dev.sallyport.server.ledger;

import dev.sallyport.server.db.Database;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.Tile;
import dev.sallyport.tlog.TiledTree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The ledger's rows. One method, [#append], writes; it writes all of a commit or nothing.
final class LedgerStore {
  private final Database database;

  LedgerStore(Database database) {
    this.database = database;
  }

  /// One stored leaf: its place, its bytes and the hash noted beside them.
  record Row(long leafIndex, byte[] entry, byte[] leafHash) {}

  /// A new leaf with what goes with it.
  record Addition(
      long leafIndex,
      byte[] entry,
      Hash leafHash,
      @Nullable Digest retry,
      @Nullable Digest bodyDigest,
      byte @Nullable [] body) {}

  /// A signed head as stored.
  record Head(long treeSize, String note) {}

  /// Another node appended since this one looked: look again, then append.
  static final class OutrunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutrunException() {
      super("another node appended", null, false, false);
    }
  }

  /// Adds leaves, full tiles and the signed head that covers them behind `from` leaves, in one
  /// transaction.
  ///
  /// The lead row is moved first and stays locked until the end, so that nodes append one after the
  /// other. `leaf_index` and `tree_size` are primary keys besides: a writer that thinks it is at
  /// the same size fails there, whatever else failed to stop it, so the log never forks.
  ///
  /// @throws OutrunException if the log is not of that size any more; nothing was written
  void append(long from, List<Addition> additions, Map<TiledTree.Place, Tile> tiles, Head head) {
    database.inTransaction(() -> {
      if (!lead(from, head.treeSize())) {
        throw new OutrunException();
      }
      for (Addition addition : additions) {
        insertEntry(addition);
        if (addition.bodyDigest() != null && addition.body() != null) {
          insertBody(addition.bodyDigest(), addition.body());
        }
        if (addition.retry() != null) {
          insertRetry(addition.retry(), addition.leafIndex());
        }
      }
      tiles.forEach(this::insertTile);
      insertHead(head);
    });
  }

  private boolean lead(long from, long to) {
    return database
            .sql()
            .sql("UPDATE ledger_lead SET tree_size = :to WHERE id = 1 AND tree_size = :from")
            .param("to", to)
            .param("from", from)
            .update()
        == 1;
  }

  /// The size that the next append must start from.
  long lead() {
    return database
        .sql()
        .sql("SELECT tree_size FROM ledger_lead WHERE id = 1")
        .query(Long.class)
        .single();
  }

  private void insertEntry(Addition addition) {
    database
        .sql()
        .sql(
            """
            INSERT INTO ledger_entry (leaf_index, entry, leaf_hash)
            VALUES (:leafIndex, :entry, :leafHash)
            """)
        .param("leafIndex", addition.leafIndex())
        .param("entry", addition.entry())
        .param("leafHash", addition.leafHash().bytes())
        .update();
  }

  private void insertBody(Digest digest, byte[] body) {
    database
        .sql()
        .sql(
            """
            INSERT INTO ledger_body (digest, body) VALUES (:digest, :body)
            ON CONFLICT (digest) DO NOTHING
            """)
        .param("digest", digest.text())
        .param("body", body)
        .update();
  }

  private void insertRetry(Digest retry, long leafIndex) {
    database
        .sql()
        .sql("INSERT INTO ledger_retry (digest, leaf_index) VALUES (:digest, :leafIndex)")
        .param("digest", retry.text())
        .param("leafIndex", leafIndex)
        .update();
  }

  private void insertTile(TiledTree.Place place, Tile tile) {
    database
        .sql()
        .sql(
            """
            INSERT INTO ledger_tile (tile_level, tile_index, hashes)
            VALUES (:tileLevel, :tileIndex, :hashes)
            """)
        .param("tileLevel", place.tileLevel())
        .param("tileIndex", place.tileIndex())
        .param("hashes", tile.packed())
        .update();
  }

  private void insertHead(Head head) {
    database
        .sql()
        .sql("INSERT INTO ledger_checkpoint (tree_size, note) VALUES (:treeSize, :note)")
        .param("treeSize", head.treeSize())
        .param("note", head.note())
        .update();
  }

  /// Leaves from `from` on, at most `limit`, in order.
  List<Row> rows(long from, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT leaf_index, entry, leaf_hash FROM ledger_entry
            WHERE leaf_index >= :from ORDER BY leaf_index LIMIT :limit
            """)
        .param("from", from)
        .param("limit", limit)
        .query((row, _) -> new Row(row.getLong(1), row.getBytes(2), row.getBytes(3)))
        .list();
  }

  /// Signed heads above `size`, at most `limit`, in order.
  List<Head> heads(long aboveSize, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT tree_size, note FROM ledger_checkpoint
            WHERE tree_size > :aboveSize ORDER BY tree_size LIMIT :limit
            """)
        .param("aboveSize", aboveSize)
        .param("limit", limit)
        .query((row, _) -> new Head(row.getLong(1), row.getString(2)))
        .list();
  }

  /// A stored full tile.
  Optional<byte[]> tile(TiledTree.Place place) {
    return database
        .sql()
        .sql(
            """
            SELECT hashes FROM ledger_tile
            WHERE tile_level = :tileLevel AND tile_index = :tileIndex
            """)
        .param("tileLevel", place.tileLevel())
        .param("tileIndex", place.tileIndex())
        .query((row, _) -> row.getBytes(1))
        .optional();
  }

  /// How many tiles of a level are stored below an index.
  long tiles(int tileLevel, long belowIndex) {
    return database
        .sql()
        .sql(
            """
            SELECT COUNT(*) FROM ledger_tile
            WHERE tile_level = :tileLevel AND tile_index < :belowIndex
            """)
        .param("tileLevel", tileLevel)
        .param("belowIndex", belowIndex)
        .query(Long.class)
        .single();
  }

  /// The size that the newest signed head stands for.
  long newestSize() {
    return database
        .sql()
        .sql("SELECT COALESCE(MAX(tree_size), 0) FROM ledger_checkpoint")
        .query(Long.class)
        .single();
  }

  /// A body, unless it was erased.
  Optional<byte[]> body(Digest digest) {
    return database
        .sql()
        .sql("SELECT body FROM ledger_body WHERE digest = :digest")
        .param("digest", digest.text())
        .query((row, _) -> row.getBytes(1))
        .optional();
  }

  /// The leaf that answered a retry key first.
  Optional<Long> retry(Digest retry) {
    return database
        .sql()
        .sql("SELECT leaf_index FROM ledger_retry WHERE digest = :digest")
        .param("digest", retry.text())
        .query(Long.class)
        .optional();
  }

  /// How many retry keys lead to leaves below an index.
  long retriesBelow(long leafIndex) {
    return database
        .sql()
        .sql("SELECT COUNT(*) FROM ledger_retry WHERE leaf_index < :leafIndex")
        .param("leafIndex", leafIndex)
        .query(Long.class)
        .single();
  }
}
