package dev.sallyport.tlog;

import java.util.ArrayList;
import java.util.List;

/// A tree that only grows, kept as the complete subtrees along its right edge: at most 63 hashes,
/// whatever its size.
///
/// Not safe for several threads; the writer that owns the log owns this. [#copy] before a step that
/// may fail.
public final class RightEdge {
  /// Roots of the complete subtrees from left (largest) to right, one per set bit of `size`.
  private final List<Hash> roots;

  private long size;

  /// The empty tree.
  public RightEdge() {
    this(new ArrayList<>(), 0);
  }

  private RightEdge(List<Hash> roots, long size) {
    this.roots = roots;
    this.size = size;
  }

  /// Adds one leaf by its hash.
  public void append(Hash leaf) {
    Hash node = leaf;
    for (long rest = size; (rest & 1) == 1; rest >>>= 1) {
      node = Tree.nodeHash(roots.removeLast(), node);
    }
    roots.add(node);
    size++;
  }

  /// How many leaves.
  public long size() {
    return size;
  }

  /// The tree's head (RFC 6962 section 2.1).
  public Hash head() {
    if (roots.isEmpty()) {
      return Tree.EMPTY;
    }
    List<Hash> fromRight = roots.reversed();
    Hash head = fromRight.getFirst();
    for (Hash left : fromRight.subList(1, fromRight.size())) {
      head = Tree.nodeHash(left, head);
    }
    return head;
  }

  /// An independent copy.
  public RightEdge copy() {
    return new RightEdge(new ArrayList<>(roots), size);
  }
}
