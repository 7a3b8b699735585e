package dev.sallyport.tlog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A growing tree over tiles: the right edge in memory, full tiles wherever the owner keeps them.
///
/// Memory is one partial tile per tile level (at most eight) however large the log. One writer
/// appends; readers take [#nodes], which sees the tree as it was at that moment.
public final class TiledTree {
  /// Where a full tile lies.
  public record Place(int tileLevel, long tileIndex) {}

  /// Reads a full tile that was handed out by [#takeFull].
  @FunctionalInterface
  public interface FullTiles {
    /// The tile at this place; it exists.
    Tile read(Place place);
  }

  private final FullTiles store;

  /// By tile level: the partial tile, or null between a full one and the next. Owned by the writer.
  private List<PartialTile> edge;

  /// Full tiles of this writer's step that are not stored yet.
  private Map<Place, Tile> full;

  private long size;

  private record PartialTile(long index, byte[] packed) {
    boolean isEmpty() {
      return packed.length == 0;
    }
  }

  /// The empty tree.
  public TiledTree(FullTiles store) {
    this(store, List.of(), Map.of(), 0);
  }

  private TiledTree(FullTiles store, List<PartialTile> edge, Map<Place, Tile> full, long size) {
    this.store = store;
    this.edge = new ArrayList<>(edge);
    this.full = new LinkedHashMap<>(full);
    this.size = size;
  }

  /// An independent copy, for a step that may fail.
  public TiledTree copy() {
    return new TiledTree(store, edge, full, size);
  }

  /// How many leaves.
  public long size() {
    return size;
  }

  /// Adds one leaf by its hash.
  public void append(Hash leaf) {
    Hash hash = leaf;
    for (int level = 0; ; level++) {
      if (level == edge.size()) {
        edge.add(new PartialTile(0, new byte[0]));
      }
      PartialTile partial = edge.get(level);
      Tile grown = partial.isEmpty() ? Tile.of(hash.inner()) : Tile.of(partial.packed()).with(hash);
      if (!grown.isFull()) {
        edge.set(level, new PartialTile(partial.index(), grown.packed()));
        break;
      }
      full.put(new Place(level, partial.index()), grown);
      edge.set(level, new PartialTile(partial.index() + 1, new byte[0]));
      hash = grown.root();
    }
    size++;
  }

  /// The tiles that became full since the last call: the owner stores them before it forgets them.
  public Map<Place, Tile> takeFull() {
    Map<Place, Tile> taken = full;
    full = new LinkedHashMap<>();
    return taken;
  }

  /// The tree's head (RFC 6962 section 2.1).
  public Hash head() {
    return Tree.head(nodes(), size);
  }

  /// The tree as it is now, for proofs; later appends do not show in it.
  public Tree.Nodes nodes() {
    List<PartialTile> edgeNow = List.copyOf(edge);
    Map<Place, Tile> fullNow = Map.copyOf(full);
    return (level, index) -> {
      int tileLevel = level / Tile.HEIGHT;
      int within = level % Tile.HEIGHT;
      long tileIndex = index >>> (Tile.HEIGHT - within);
      int indexInTile = (int) (index & ((1L << (Tile.HEIGHT - within)) - 1));
      return tile(edgeNow, fullNow, new Place(tileLevel, tileIndex)).node(within, indexInTile);
    };
  }

  private Tile tile(List<PartialTile> edgeNow, Map<Place, Tile> fullNow, Place place) {
    if (place.tileLevel() < edgeNow.size()) {
      PartialTile partial = edgeNow.get(place.tileLevel());
      if (partial.index() == place.tileIndex() && !partial.isEmpty()) {
        return Tile.of(partial.packed());
      }
    }
    Tile fresh = fullNow.get(place);
    return fresh != null ? fresh : store.read(place);
  }
}
