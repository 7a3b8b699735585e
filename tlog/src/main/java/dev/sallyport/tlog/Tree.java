package dev.sallyport.tlog;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/// The Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162 section 2.1): its hashes, its head
/// and the two kinds of proof, made from any [Nodes].
///
/// Pure arithmetic: nothing is stored here. Proofs are checked in [Proofs].
public final class Tree {
  private static final byte[] NODE = {1};
  private static final byte[] LEAF = {0};

  /// The head of the tree without leaves: the hash of the empty string (RFC 6962 section 2.1).
  public static final Hash EMPTY = Hash.owning(sha256().digest());

  private Tree() {}

  /// Complete subtrees by place: `node(level, index)` covers the leaves from `index << level` up to
  /// `(index + 1) << level`, all of which exist.
  @FunctionalInterface
  public interface Nodes {
    /// The hash of one complete subtree.
    Hash node(int level, long index);
  }

  /// SHA-256 as every JDK has it.
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("a JDK without SHA-256", e);
    }
  }

  /// `SHA-256(0x00 || entry)`, RFC 6962 section 2.1.
  public static Hash leafHash(byte[] entry) {
    MessageDigest digest = sha256();
    digest.update(LEAF);
    return Hash.owning(digest.digest(entry));
  }

  /// `SHA-256(0x01 || left || right)`, RFC 6962 section 2.1.
  public static Hash nodeHash(Hash left, Hash right) {
    MessageDigest digest = sha256();
    digest.update(NODE);
    digest.update(left.inner());
    digest.update(right.inner());
    return Hash.owning(digest.digest());
  }

  /// The head of the first `size` leaves.
  public static Hash head(Nodes nodes, long size) {
    if (size < 0) {
      throw new IllegalArgumentException("a tree's size is never negative: " + size);
    }
    return size == 0 ? EMPTY : range(nodes, 0, size);
  }

  /// The audit path of leaf `index` in the tree of `size` leaves (RFC 9162 section 2.1.3.1).
  public static List<Hash> inclusion(Nodes nodes, long index, long size) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("no leaf " + index + " in a tree of " + size);
    }
    var path = new ArrayList<Hash>();
    long start = 0;
    long end = size;
    while (end - start > 1) {
      long middle = start + split(end - start);
      if (index < middle) {
        path.add(range(nodes, middle, end));
        end = middle;
      } else {
        path.add(range(nodes, start, middle));
        start = middle;
      }
    }
    return List.copyOf(path.reversed());
  }

  /// The proof that the tree of `to` leaves extends the tree of `from` (RFC 9162 section 2.1.4.1).
  ///
  /// Empty where the sizes are equal or `from` is 0: there is then nothing to prove by hashes.
  public static List<Hash> consistency(Nodes nodes, long from, long to) {
    if (from < 0 || from > to) {
      throw new IllegalArgumentException("a tree of " + to + " never grew from " + from);
    }
    if (from == 0 || from == to) {
      return List.of();
    }
    var path = new ArrayList<Hash>();
    long start = 0;
    long end = to;
    boolean whole = true;
    // SUBPROOF(m, D[start:end], whole) with m counted from 0; what remains is the base case.
    while (from != end) {
      long middle = start + split(end - start);
      if (from <= middle) {
        path.add(range(nodes, middle, end));
        end = middle;
      } else {
        path.add(range(nodes, start, middle));
        start = middle;
        whole = false;
      }
    }
    if (!whole) {
      path.add(range(nodes, start, end));
    }
    return List.copyOf(path.reversed());
  }

  /// The largest power of two smaller than `leaves`, which is above 1.
  private static long split(long leaves) {
    return Long.highestOneBit(leaves - 1);
  }

  /// MTH(D[start:end]) where `start` is a multiple of the power of two that holds the range.
  static Hash range(Nodes nodes, long start, long end) {
    long leaves = end - start;
    if (Long.bitCount(leaves) == 1) {
      int level = Long.numberOfTrailingZeros(leaves);
      return nodes.node(level, start >>> level);
    }
    long middle = start + split(leaves);
    return nodeHash(range(nodes, start, middle), range(nodes, middle, end));
  }
}
