package dev.sallyport.server.ledger;

import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.NoteException;
import dev.sallyport.tlog.NoteKey;
import dev.sallyport.tlog.RightEdge;
import dev.sallyport.tlog.Tile;
import dev.sallyport.tlog.TiledTree;
import dev.sallyport.tlog.Tree;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the whole ledger and says of every row whether it is what was recorded.
///
/// The measure is what only the log's key could write: the signed heads. Leaves are hashed from
/// their bytes, so a changed, missing, added or moved leaf changes every head after it. The hash
/// beside a leaf only helps to name the one leaf that was changed, and to look on behind it. What
/// this cannot see is a whole ledger put back to an earlier state; for that the newest head is
/// remembered outside of it, by the caller here and by every client.
final class Fsck {
  private static final int PAGE = 512;
  private static final int MAX_FINDINGS = 100;

  private final LedgerStore store;
  private final NoteKey log;
  private final List<Finding> findings = new ArrayList<>();
  private final ArrayDeque<LedgerStore.Head> heads = new ArrayDeque<>();
  private final RightEdge edge = new RightEdge();
  private final TiledTree tree;
  private final @Nullable Checkpoint remembered;

  private long lastHeadRead = -1;
  private long goodSize;
  private Optional<LedgerStore.Head> newest = Optional.empty();
  private Instant lastTime = Instant.EPOCH;
  private long erasedBodies;
  private long retries;
  private long tiles;

  private Fsck(LedgerStore store, NoteKey log, @Nullable Checkpoint remembered) {
    this.store = store;
    this.log = log;
    this.remembered = remembered;
    this.tree = new TiledTree(place -> stored(store, place));
  }

  /// What a whole reading gave: all that is wrong, and the tree to go on from.
  record Report(
      List<Finding> findings,
      TiledTree tree,
      Optional<LedgerStore.Head> newest,
      Instant lastTime,
      long erasedBodies) {}

  /// Reads everything. `remembered` is a head that this log once stood for, kept elsewhere.
  static Report run(LedgerStore store, NoteKey log, @Nullable Checkpoint remembered) {
    return new Fsck(store, log, remembered).run();
  }

  static Tile stored(LedgerStore store, TiledTree.Place place) {
    return store
        .tile(place)
        .map(Tile::of)
        .orElseThrow(() -> new LedgerException("tile " + place + " is missing"));
  }

  private Report run() {
    // What is judged is the log up to its newest head now; a server may append beside us.
    long target = store.newestSize();
    long next = 0;
    while (next < target && findings.size() < MAX_FINDINGS) {
      List<LedgerStore.Row> page = store.rows(next, (int) Math.min(PAGE, target - next));
      if (page.isEmpty()) {
        find(next, "is missing: a head stands for " + target + " entries");
        return report();
      }
      for (LedgerStore.Row row : page) {
        if (row.leafIndex() != next) {
          find(next, "is missing");
          return report();
        }
        leaf(row);
        next++;
      }
    }
    if (next == target && !store.rows(target, 1).isEmpty() && store.newestSize() == target) {
      find(target, "is covered by no signed head");
    }
    if (remembered != null && remembered.size() > edge.size()) {
      find(
          edge.size(),
          "is missing: the log was put back, it once stood for size " + remembered.size());
    }
    if (store.retriesBelow(target) != retries) {
      findings.add(new Finding(-1, "retry keys were added or removed"));
    }
    if (store.lead() < target) {
      findings.add(new Finding(-1, "the lead row was moved back"));
    }
    if (tilesWithin(target) != tiles) {
      findings.add(new Finding(-1, "tiles were added or removed"));
    }
    return report();
  }

  private long tilesWithin(long size) {
    long count = 0;
    for (int level = 0; level < 8; level++) {
      count += store.tiles(level, size >>> (Tile.HEIGHT * (level + 1)));
    }
    return count;
  }

  private Report report() {
    return new Report(List.copyOf(findings), tree, newest, lastTime, erasedBodies);
  }

  private void find(long index, String what) {
    findings.add(new Finding(index, what));
  }

  private void leaf(LedgerStore.Row row) {
    Hash computed = Tree.leafHash(row.entry());
    Hash noted = noted(row);
    boolean changed = !computed.equals(noted);
    if (changed) {
      find(row.leafIndex(), "was changed");
    }
    // Behind a leaf that is known to be changed, go on with the hash noted beside it: if that is
    // the recorded one, the rest still proves itself and further changes are found too.
    edge.append(noted);
    tree.append(noted);
    checkTiles();
    checkHead(changed);
    if (!changed) {
      checkEntry(row);
    }
  }

  private static Hash noted(LedgerStore.Row row) {
    return row.leafHash().length == Hash.LENGTH
        ? Hash.of(row.leafHash())
        : Tree.leafHash(row.entry());
  }

  private void checkTiles() {
    tree.takeFull()
        .forEach((place, tile) -> {
          tiles++;
          Optional<byte[]> found = store.tile(place);
          if (found.isEmpty() || !Arrays.equals(found.get(), tile.packed())) {
            findings.add(
                new Finding(
                    -1,
                    "tile "
                        + place.tileLevel()
                        + "/"
                        + place.tileIndex()
                        + (found.isEmpty() ? " is missing" : " was changed")));
          }
        });
  }

  private void checkHead(boolean changedHere) {
    Optional<LedgerStore.Head> due = head();
    if (remembered != null
        && remembered.size() == edge.size()
        && !remembered.root().equals(edge.head())) {
      find(edge.size() - 1, "or one before it is not what the remembered head stands for");
    }
    if (due.isEmpty() || due.get().treeSize() > edge.size()) {
      return;
    }
    LedgerStore.Head head = heads.removeFirst();
    newest = Optional.of(head);
    Optional<Checkpoint> signed = open(head);
    if (signed.isPresent() && signed.get().root().equals(edge.head())) {
      goodSize = edge.size();
      return;
    }
    if (signed.isPresent() && !changedHere && findings.isEmpty()) {
      String where = edge.size() - goodSize == 1 ? "" : "or one after entry " + goodSize + " ";
      find(edge.size() - 1, where + "was changed, moved or put in: the signed head is another");
    }
  }

  private Optional<Checkpoint> open(LedgerStore.Head head) {
    try {
      Checkpoint checkpoint = Checkpoint.open(head.note(), log);
      if (checkpoint.size() == head.treeSize()) {
        return Optional.of(checkpoint);
      }
    } catch (NoteException notSigned) {
      // Said below, with its size: what exactly is wrong with a forged head helps nobody.
    }
    findings.add(new Finding(-1, "the head of size " + head.treeSize() + " is not signed by us"));
    return Optional.empty();
  }

  /// The next head, read by pages.
  private Optional<LedgerStore.Head> head() {
    if (heads.isEmpty()) {
      List<LedgerStore.Head> more = store.heads(lastHeadRead, PAGE);
      heads.addAll(more);
      if (!more.isEmpty()) {
        lastHeadRead = more.getLast().treeSize();
      }
    }
    return Optional.ofNullable(heads.peekFirst());
  }

  private void checkEntry(LedgerStore.Row row) {
    Entry entry;
    try {
      entry = Entry.parse(row.entry());
    } catch (IllegalArgumentException e) {
      find(row.leafIndex(), "cannot be read");
      return;
    }
    if (entry.time().isBefore(lastTime)) {
      find(row.leafIndex(), "is older than the one before it");
    }
    lastTime = entry.time();
    if (entry.retry() != null) {
      retries++;
      if (!store.retry(entry.retry()).equals(Optional.of(row.leafIndex()))) {
        find(row.leafIndex(), "has another retry key than noted");
      }
    }
    if (entry.body() != null) {
      Optional<byte[]> body = store.body(entry.body());
      if (body.isEmpty()) {
        erasedBodies++;
      } else if (!Digest.of(body.get()).equals(entry.body())) {
        find(row.leafIndex(), "has a body that was changed");
      }
    }
  }
}
