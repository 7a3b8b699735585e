package dev.sallyport.tlog;

import java.util.Arrays;

/// Up to 256 neighbouring hashes of one level, packed: the unit a log is stored and served in (C2SP
/// tlog-tiles).
///
/// Tile level `l`, tile index `n` holds the hashes of tree level `8 * l` from `256 * n` on. A
/// partial tile is replaced by a wider one, never grown in place.
public final class Tile {
  /// Levels of the tree in one tile.
  public static final int HEIGHT = 8;

  /// Hashes in a full tile.
  public static final int WIDTH = 1 << HEIGHT;

  private final byte[] hashes;

  private Tile(byte[] hashes) {
    this.hashes = hashes;
  }

  /// A tile of the given packed hashes.
  public static Tile of(byte[] packed) {
    int width = packed.length / Hash.LENGTH;
    if (packed.length % Hash.LENGTH != 0 || width < 1 || width > WIDTH) {
      throw new IllegalArgumentException("a tile holds 1 to 256 hashes, not these bytes");
    }
    return new Tile(packed.clone());
  }

  /// This tile with one more hash at its end.
  public Tile with(Hash hash) {
    if (isFull()) {
      throw new IllegalStateException("a full tile takes no more");
    }
    byte[] wider = Arrays.copyOf(hashes, hashes.length + Hash.LENGTH);
    System.arraycopy(hash.inner(), 0, wider, hashes.length, Hash.LENGTH);
    return new Tile(wider);
  }

  /// How many hashes.
  public int width() {
    return hashes.length / Hash.LENGTH;
  }

  /// Whether it never changes again.
  public boolean isFull() {
    return width() == WIDTH;
  }

  /// The packed hashes, a copy.
  public byte[] packed() {
    return hashes.clone();
  }

  /// The node `index` of `level` levels above the tile's own hashes; all its leaves are here.
  public Hash node(int level, int index) {
    int first = index << level;
    int last = (index + 1) << level;
    if (level < 0 || level > HEIGHT || index < 0 || last > width()) {
      throw new IllegalArgumentException("no node " + level + "/" + index + " in " + width());
    }
    return over(first, last);
  }

  private Hash over(int first, int last) {
    if (last - first == 1) {
      return Hash.of(hashes, first * Hash.LENGTH);
    }
    int middle = (first + last) >>> 1;
    return Tree.nodeHash(over(first, middle), over(middle, last));
  }

  /// The one hash that a full tile is in the level above.
  public Hash root() {
    return node(HEIGHT, 0);
  }
}
