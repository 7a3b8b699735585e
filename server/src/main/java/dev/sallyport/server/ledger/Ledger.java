package dev.sallyport.server.ledger;

import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.NoteException;
import dev.sallyport.tlog.NoteKey;
import dev.sallyport.tlog.Proofs;
import dev.sallyport.tlog.TiledTree;
import dev.sallyport.tlog.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The one append-only record (RFC 6962): whatever is answered to anybody stands here first.
///
/// One writer thread takes what waits, up to a bound, and commits it as one transaction: leaves,
/// full tiles, bodies, retry keys and the signed head that covers them. Only when the database says
/// that this is durable is the new head shown and are the callers answered, in this order:
///
/// 1. hash the new leaves on a copy of the tree, sign the head of the copy;
/// 2. write all of it in one transaction and wait for the disk;
/// 3. show the new tree and head to readers;
/// 4. note the head outside the database (a file beside it), so that a ledger put back is seen;
/// 5. answer.
///
/// Several nodes may append to one PostgreSQL: each append moves the lead row from the size that
/// the node knows (2), and one that was outrun reads what the other wrote, checks it against the
/// signed head, and tries again. An idle node looks a few times a second whether it was outrun.
///
/// A crash before 2 leaves nothing; after 2 a log that is larger than anybody was told, which is
/// allowed: a retry with the same key finds its entry. A failure in 2 whose outcome is unknown is
/// settled by reading the ledger again before anything else is written.
public final class Ledger implements AutoCloseable {
  private static final int QUEUE = 4096;
  private static final int BATCH = 256;
  private static final long WAIT_SECONDS = 20;

  /// Outrun so often in a row: something else than other nodes is wrong.
  private static final int MAX_ATTEMPTS = 100;

  /// Most entries one read gives.
  public static final int MAX_PAGE = 256;

  private final LedgerStore store;
  private final SigningKey key;
  private final NoteKey log;
  private final Path remembered;
  private final Clock clock;
  private final BlockingQueue<Pending> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Thread writer;

  /// What readers see; replaced whole by the writer.
  private volatile State state;

  /// Owned by the writer: set while it is not known what the database holds.
  private boolean unsettled;

  private volatile boolean closing;

  private record State(TiledTree tree, Tree.Nodes nodes, Head head, Instant lastTime) {}

  /// A signed tree head.
  public record Head(Checkpoint checkpoint, String note) {
    /// Leaves it covers.
    public long size() {
      return checkpoint.size();
    }
  }

  /// What is to be recorded; time and place are the ledger's.
  ///
  /// @param retry where present and known already, nothing is appended and the first entry is given
  /// @param body what explains the entry, kept apart by its digest
  public record Draft(
      EntryType type,
      Actor actor,
      String action,
      List<Subject> subject,
      String outcome,
      @Nullable Digest policy,
      List<Digest> evidence,
      @Nullable Digest request,
      @Nullable Digest retry,
      byte @Nullable [] body) {
    public Draft {
      subject = List.copyOf(subject);
      evidence = List.copyOf(evidence);
    }

    /// A draft of an act that no policy ruled on.
    public Draft(
        EntryType type, Actor actor, String action, Subject subject, String outcome, byte[] body) {
      this(type, actor, action, List.of(subject), outcome, null, List.of(), null, null, body);
    }

    @Nullable Digest bodyDigest() {
      return body == null ? null : Digest.of(body);
    }

    Entry at(Instant time) {
      return new Entry(
          type,
          time,
          actor,
          action,
          subject,
          outcome,
          policy,
          evidence,
          request,
          retry,
          bodyDigest());
    }
  }

  /// An entry in its place. `repeated` says that it stood there before this call.
  public record Recorded(long index, Hash leafHash, Entry entry, boolean repeated) {}

  private record Pending(Draft draft, CompletableFuture<Recorded> answer) {}

  private Ledger(LedgerStore store, SigningKey key, NoteKey log, Path remembered, Clock clock) {
    this.store = store;
    this.key = key;
    this.log = log;
    this.remembered = remembered;
    this.clock = clock;
    this.state = read();
    this.writer = Thread.ofPlatform().name("ledger-writer").daemon().unstarted(this::write);
  }

  /// Opens the ledger in `database` after reading all of it; what does not hold is not opened.
  ///
  /// @param origin the log's name, for ever
  /// @param remembered the file beside the database that keeps the newest head
  /// @throws LedgerTamperedException if a row is not what was recorded
  public static Ledger open(
      Database database, SigningKey key, String origin, Path remembered, Clock clock) {
    var ledger =
        new Ledger(
            new LedgerStore(database),
            key,
            new NoteKey(origin, key.publicKey()),
            remembered,
            clock);
    ledger.writer.start();
    if (ledger.head().size() == 0) {
      ledger.append(
          new Draft(
              EntryType.GENESIS,
              Actor.SERVER,
              "begin",
              new Subject("Log", origin),
              "begun",
              CanonicalJson.bytes(Map.of("logKey", ledger.log.encoded()))));
    }
    return ledger;
  }

  /// Reads all of it and says what is wrong, without opening it.
  public static List<Finding> fsck(
      Database database, NoteKey log, @Nullable Checkpoint remembered) {
    return Fsck.run(new LedgerStore(database), log, remembered).findings();
  }

  private State read() {
    Fsck.Report report = Fsck.run(store, log, rememberedHead().orElse(null));
    if (!report.findings().isEmpty()) {
      throw new LedgerTamperedException(report.findings());
    }
    Head head =
        report
            .newest()
            .map(stored -> new Head(Checkpoint.open(stored.note(), log), stored.note()))
            .orElseGet(() -> sign(new Checkpoint(log.name(), 0, Tree.EMPTY)));
    TiledTree tree = report.tree();
    return new State(tree, tree.nodes(), head, report.lastTime());
  }

  private Head sign(Checkpoint checkpoint) {
    return new Head(checkpoint, checkpoint.signed(key));
  }

  private Optional<Checkpoint> rememberedHead() {
    try {
      return Files.exists(remembered)
          ? Optional.of(Checkpoint.open(Files.readString(remembered), log))
          : Optional.empty();
    } catch (IOException e) {
      throw new LedgerException("couldn't read `" + remembered + "`", e);
    } catch (NoteException e) {
      throw new LedgerTamperedException(
          List.of(new Finding(-1, "the remembered head is not ours: " + e.getMessage())));
    }
  }

  /// Appends one entry and comes back when it is durable and covered by the signed head.
  ///
  /// @throws LedgerException if that cannot be had now; then nothing was acknowledged, and a retry
  ///   with the same retry key finds the entry if it was written after all
  public Recorded append(Draft draft) {
    // Refuses what can never be an entry before it joins a batch with others.
    draft.at(Instant.EPOCH).bytes();
    var pending = new Pending(draft, new CompletableFuture<>());
    try {
      if (closing || !queue.offer(pending, WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new LedgerException("the ledger takes no more entries now");
      }
      return pending.answer().orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerException("interrupted while waiting for the ledger", e);
    } catch (CompletionException e) {
      throw new LedgerException("couldn't record the entry", e);
    }
  }

  private void write() {
    var batch = new ArrayList<Pending>();
    while (!closing || !queue.isEmpty()) {
      try {
        Pending first = queue.poll(100, TimeUnit.MILLISECONDS);
        if (first == null) {
          catchUp();
          continue;
        }
        batch.add(first);
        queue.drainTo(batch, BATCH - 1);
        commit(batch);
      } catch (InterruptedException e) {
        closing = true;
      } catch (RuntimeException e) {
        unsettled = true;
        var failure = new LedgerException("couldn't write to the ledger", e);
        batch.forEach(pending -> pending.answer().completeExceptionally(failure));
      } finally {
        batch.clear();
      }
    }
  }

  private void commit(List<Pending> batch) {
    for (int attempt = 1; ; attempt++) {
      try {
        catchUp();
        List<Recorded> answers = record(batch);
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).answer().complete(answers.get(i));
        }
        return;
      } catch (LedgerStore.OutrunException e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Reads what other nodes appended since, and shows it when it is what the log's key signed.
  private void catchUp() {
    if (unsettled) {
      state = read();
      unsettled = false;
      return;
    }
    long newest = store.newestSize();
    State known = state;
    if (newest == known.head().size()) {
      return;
    }
    TiledTree tree = known.tree().copy();
    Instant lastTime = known.lastTime();
    while (tree.size() < newest) {
      int wanted = (int) Math.min(MAX_PAGE, newest - tree.size());
      List<LedgerStore.Row> page = store.rows(tree.size(), wanted);
      for (LedgerStore.Row row : page) {
        if (row.leafIndex() != tree.size()) {
          throw tampered(tree.size(), "is missing");
        }
        tree.append(Tree.leafHash(row.entry()));
        lastTime = Entry.parse(row.entry()).time();
      }
      if (page.isEmpty()) {
        throw tampered(tree.size(), "is missing: a head stands for " + newest + " entries");
      }
    }
    // Whoever appended has stored the tiles that became full.
    tree.takeFull();
    Head head =
        store.heads(newest - 1, 1).stream()
            .filter(stored -> stored.treeSize() == newest)
            .map(stored -> new Head(Checkpoint.open(stored.note(), log), stored.note()))
            .findFirst()
            .orElseThrow(() -> tampered(newest, "is covered by no signed head"));
    if (!head.checkpoint().root().equals(tree.head())) {
      throw tampered(newest - 1, "is not what the head of another node stands for");
    }
    state = new State(tree, tree.nodes(), head, lastTime);
    remember(head);
  }

  private static LedgerTamperedException tampered(long index, String what) {
    return new LedgerTamperedException(List.of(new Finding(index, what)));
  }

  private List<Recorded> record(List<Pending> batch) {
    TiledTree tree = state.tree().copy();
    long from = tree.size();
    var additions = new ArrayList<LedgerStore.Addition>();
    var answers = new ArrayList<Recorded>();
    var inBatch = new HashMap<Digest, Recorded>();
    Instant time = now();
    for (Pending pending : batch) {
      Optional<Recorded> first = first(pending.draft(), inBatch);
      if (first.isPresent()) {
        answers.add(first.get());
        continue;
      }
      Entry entry = pending.draft().at(time);
      byte[] bytes = entry.bytes();
      Hash leaf = Tree.leafHash(bytes);
      long index = tree.size();
      tree.append(leaf);
      additions.add(
          new LedgerStore.Addition(
              index, bytes, leaf, entry.retry(), entry.body(), pending.draft().body()));
      answers.add(new Recorded(index, leaf, entry, false));
      if (entry.retry() != null) {
        inBatch.put(entry.retry(), new Recorded(index, leaf, entry, true));
      }
    }
    if (!additions.isEmpty()) {
      Head head = sign(new Checkpoint(log.name(), tree.size(), tree.head()));
      store.append(
          from, additions, tree.takeFull(), new LedgerStore.Head(head.size(), head.note()));
      state = new State(tree, tree.nodes(), head, time);
      remember(head);
    }
    return answers;
  }

  private Optional<Recorded> first(Draft draft, Map<Digest, Recorded> inBatch) {
    if (draft.type() == EntryType.GENESIS && state.head().size() > 0) {
      // Two nodes that start on an empty database begin one log.
      return entry(0).map(Ledger::repeated);
    }
    Digest retry = draft.retry();
    if (retry == null) {
      return Optional.empty();
    }
    Recorded here = inBatch.get(retry);
    return here != null ? Optional.of(here) : firstOf(retry);
  }

  /// Time never runs backwards in the ledger, whatever the clock does.
  private Instant now() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    return now.isBefore(state.lastTime()) ? state.lastTime() : now;
  }

  /// Not synced: a head lost here in a power failure is older than the database, never newer.
  private void remember(Head head) {
    try {
      Path fresh = remembered.resolveSibling(remembered.getFileName() + ".new");
      Files.writeString(fresh, head.note(), StandardCharsets.UTF_8);
      Files.move(
          fresh, remembered, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LedgerException("couldn't note the newest head in `" + remembered + "`", e);
    }
  }

  /// The newest signed head.
  public Head head() {
    return state.head();
  }

  /// The log's public key under its name, for clients to keep.
  public NoteKey logKey() {
    return log;
  }

  /// The entry that a retry key led to first.
  public Optional<Recorded> firstOf(Digest retry) {
    return store.retry(retry).flatMap(this::entry).map(Ledger::repeated);
  }

  private static Recorded repeated(Recorded recorded) {
    return new Recorded(recorded.index(), recorded.leafHash(), recorded.entry(), true);
  }

  /// One entry.
  public Optional<Recorded> entry(long index) {
    return index < 0 || index >= head().size()
        ? Optional.empty()
        : entries(index, 1).stream().findFirst();
  }

  /// Entries from `from` on in order, at most `limit` of them and at most [#MAX_PAGE].
  public List<Recorded> entries(long from, int limit) {
    long size = head().size();
    return store.rows(Math.max(0, from), Math.clamp(limit, 0, MAX_PAGE)).stream()
        .filter(row -> row.leafIndex() < size)
        .map(row ->
            new Recorded(
                row.leafIndex(), Tree.leafHash(row.entry()), Entry.parse(row.entry()), false))
        .toList();
  }

  /// What an entry names as its body, unless it was erased.
  public Optional<byte[]> body(Digest digest) {
    return store.body(digest).filter(body -> Digest.of(body).equals(digest));
  }

  /// The audit path of a leaf in the tree of `size` leaves (RFC 9162 section 2.1.3).
  public List<Hash> inclusion(long index, long size) {
    State now = state;
    requireSize(size, now);
    return Tree.inclusion(now.nodes(), index, size);
  }

  /// The proof that the tree of `to` leaves extends the one of `from` (RFC 9162 section 2.1.4).
  public List<Hash> consistency(long from, long to) {
    State now = state;
    requireSize(to, now);
    return Tree.consistency(now.nodes(), from, to);
  }

  private static void requireSize(long size, State now) {
    if (size < 0 || size > now.head().size()) {
      throw new IllegalArgumentException(
          "the log has " + now.head().size() + " entries, not " + size);
    }
  }

  /// A head and the proof that an entry is under it, taken at one moment.
  public record Proof(Head head, List<Hash> path) {
    public Proof {
      path = List.copyOf(path);
    }
  }

  /// Proves an entry under the newest head; the proof is checked here before it is given.
  public Proof prove(Recorded recorded) {
    State now = state;
    List<Hash> path = Tree.inclusion(now.nodes(), recorded.index(), now.head().size());
    Proofs.Verdict verdict =
        Proofs.inclusion(
            recorded.index(),
            now.head().size(),
            recorded.leafHash(),
            path,
            now.head().checkpoint().root());
    if (!verdict.holds()) {
      throw new LedgerException("entry " + recorded.index() + " is not under the signed head");
    }
    return new Proof(now.head(), path);
  }

  @Override
  public void close() {
    closing = true;
    try {
      writer.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    queue.forEach(pending ->
        pending.answer().completeExceptionally(new LedgerException("the ledger is closing")));
  }
}
