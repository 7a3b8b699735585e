package dev.sallyport.tlog;

import java.util.List;

/// Checks proofs as a stranger would: from hashes alone, step by step as the RFC prescribes.
///
/// A proof that does not hold is a value, [Verdict.Invalid], never an exception.
public final class Proofs {
  private Proofs() {}

  /// Whether a proof holds.
  public sealed interface Verdict {
    /// The proof holds.
    record Valid() implements Verdict {}

    /// The proof does not hold, and at which step that showed.
    record Invalid(String reason) implements Verdict {}

    /// Shorthand for callers that only branch.
    default boolean holds() {
      return this instanceof Valid;
    }
  }

  private static final Verdict VALID = new Verdict.Valid();

  private static Verdict invalid(String reason) {
    return new Verdict.Invalid(reason);
  }

  /// Is `leaf` the leaf `index` of the tree of `size` leaves with head `root`? (RFC 9162 section
  /// 2.1.3.2)
  public static Verdict inclusion(long index, long size, Hash leaf, List<Hash> path, Hash root) {
    // 1. Compare leaf_index against tree_size.
    if (index < 0 || index >= size) {
      return invalid("leaf index " + index + " is not below tree size " + size);
    }
    // 2. Set fn to leaf_index and sn to tree_size - 1.
    long fn = index;
    long sn = size - 1;
    // 3. Set r to hash.
    Hash r = leaf;
    // 4. For each value p in the inclusion_path array:
    for (Hash p : path) {
      // a. If sn is 0, then stop the iteration and fail the proof verification.
      if (sn == 0) {
        return invalid("the path is too long");
      }
      // b. If LSB(fn) is set, or if fn is equal to sn ...
      if ((fn & 1) == 1 || fn == sn) {
        r = Tree.nodeHash(p, r);
        // ... and if LSB(fn) is not set, right-shift until it is or fn is 0.
        while ((fn & 1) == 0 && fn != 0) {
          fn >>>= 1;
          sn >>>= 1;
        }
      } else {
        r = Tree.nodeHash(r, p);
      }
      // c. Finally, right-shift both fn and sn one time.
      fn >>>= 1;
      sn >>>= 1;
    }
    // 5. Compare sn to 0. Compare r against the root_hash.
    if (sn != 0) {
      return invalid("the path is too short");
    }
    return r.equals(root) ? VALID : invalid("the path leads to another root");
  }

  /// Does the tree of `to` leaves with head `toRoot` extend the one of `from` with head `fromRoot`?
  /// (RFC 9162 section 2.1.4.2)
  ///
  /// The RFC starts at 0 < from < to. Equal sizes need equal roots and no path; from the empty tree
  /// nothing can be proved but its own head, so only 0 to 0 holds.
  public static Verdict consistency(
      long from, long to, List<Hash> path, Hash fromRoot, Hash toRoot) {
    if (from < 0 || from > to) {
      return invalid("size " + from + " is above size " + to);
    }
    if (from == to) {
      if (!path.isEmpty()) {
        return invalid("equal sizes have an empty proof");
      }
      if (from == 0 && !fromRoot.equals(Tree.EMPTY)) {
        return invalid("the empty tree has another root");
      }
      return fromRoot.equals(toRoot) ? VALID : invalid("equal sizes with different roots");
    }
    if (from == 0) {
      return invalid("nothing follows from the empty tree");
    }
    // 1. If consistency_path is an empty array, stop and fail the proof verification.
    if (path.isEmpty()) {
      return invalid("the path is empty");
    }
    // 2. If first is an exact power of 2, then prepend first_hash to the consistency_path array.
    boolean prepended = Long.bitCount(from) == 1;
    // 3. Set fn to first - 1 and sn to second - 1.
    long fn = from - 1;
    long sn = to - 1;
    // 4. If LSB(fn) is set, right-shift both fn and sn equally until LSB(fn) is not set.
    while ((fn & 1) == 1) {
      fn >>>= 1;
      sn >>>= 1;
    }
    // 5. Set both fr and sr to the first value in the consistency_path array.
    Hash fr = prepended ? fromRoot : path.getFirst();
    Hash sr = fr;
    // 6. For each subsequent value c in the consistency_path array:
    for (Hash c : prepended ? path : path.subList(1, path.size())) {
      // a. If sn is 0, then stop the iteration and fail the proof verification.
      if (sn == 0) {
        return invalid("the path is too long");
      }
      // b. If LSB(fn) is set, or if fn is equal to sn, then:
      if ((fn & 1) == 1 || fn == sn) {
        fr = Tree.nodeHash(c, fr);
        sr = Tree.nodeHash(c, sr);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>>= 1;
          sn >>>= 1;
        }
      } else {
        sr = Tree.nodeHash(sr, c);
      }
      // c. Finally, right-shift both fn and sn one time.
      fn >>>= 1;
      sn >>>= 1;
    }
    // 7. fr equals first_hash, sr equals second_hash, and sn is 0.
    if (sn != 0) {
      return invalid("the path is too short");
    }
    if (!fr.equals(fromRoot)) {
      return invalid("the path leads to another first root");
    }
    return sr.equals(toRoot) ? VALID : invalid("the path leads to another second root");
  }

  /// A run of leaves that is a subtree of every tree that holds it: `start` is a multiple of the
  /// power of two that holds `end - start` (draft-ietf-plants-merkle-tree-certs section 4.1).
  public record Subtree(long start, long end) {
    /// Whether these bounds name a subtree.
    public boolean isWellFormed() {
      if (start < 0 || end < start) {
        return false;
      }
      if (start == end) {
        return true;
      }
      long leaves = end - start;
      long holding = leaves == 1 ? 1 : Long.highestOneBit(leaves - 1) << 1;
      return holding > 0 && start % holding == 0;
    }
  }

  /// Is `leaf` the leaf `index` of the tree, proved within one subtree of it?
  /// (draft-ietf-plants-merkle-tree-certs section 4.3.2)
  public static Verdict subtreeInclusion(
      long index, Subtree subtree, Hash leaf, List<Hash> path, Hash subtreeRoot) {
    if (!subtree.isWellFormed()) {
      return invalid("these bounds name no subtree");
    }
    if (index < subtree.start()) {
      return invalid("leaf index " + index + " is before the subtree");
    }
    return inclusion(
        index - subtree.start(), subtree.end() - subtree.start(), leaf, path, subtreeRoot);
  }

  /// Is the subtree with this root part of the tree of `size` leaves with head `root`?
  /// (draft-ietf-plants-merkle-tree-certs section 4.4.3)
  public static Verdict subtreeConsistency(
      Subtree subtree, long size, List<Hash> path, Hash subtreeRoot, Hash root) {
    // 1. The bounds name a subtree of this tree.
    if (!subtree.isWellFormed() || subtree.end() > size) {
      return invalid("these bounds name no subtree of a tree of " + size);
    }
    if (subtree.start() == subtree.end()) {
      boolean empty = path.isEmpty() && subtreeRoot.equals(Tree.EMPTY);
      boolean matches = size != 0 || root.equals(Tree.EMPTY);
      return empty && matches ? VALID : invalid("the empty subtree has one root and no path");
    }
    // 2. Set fn to start, sn to end - 1 and tn to n - 1.
    long fn = subtree.start();
    long sn = subtree.end() - 1;
    long tn = size - 1;
    // 3. Skip the levels that both trees share whole.
    if (sn == tn) {
      while (fn != sn) {
        fn >>>= 1;
        sn >>>= 1;
        tn >>>= 1;
      }
    } else {
      while (fn != sn && (sn & 1) == 1) {
        fn >>>= 1;
        sn >>>= 1;
        tn >>>= 1;
      }
    }
    // 4. Start from the subtree's own hash, or from the first of the proof.
    boolean fromSubtree = fn == sn;
    if (!fromSubtree && path.isEmpty()) {
      return invalid("the path is empty");
    }
    Hash fr = fromSubtree ? subtreeRoot : path.getFirst();
    Hash sr = fr;
    // 5. For each value c in the proof array:
    for (Hash c : fromSubtree ? path : path.subList(1, path.size())) {
      // 5.1 If tn is 0, then stop and fail.
      if (tn == 0) {
        return invalid("the path is too long");
      }
      // 5.2 If LSB(sn) is set, or if sn is equal to tn, then:
      if ((sn & 1) == 1 || sn == tn) {
        if (fn < sn) {
          fr = Tree.nodeHash(c, fr);
        }
        sr = Tree.nodeHash(c, sr);
        while ((sn & 1) == 0 && sn != 0) {
          fn >>>= 1;
          sn >>>= 1;
          tn >>>= 1;
        }
      } else {
        sr = Tree.nodeHash(sr, c);
      }
      // 5.3 Right-shift once more.
      fn >>>= 1;
      sn >>>= 1;
      tn >>>= 1;
    }
    // 6. Compare tn to 0, fr to node_hash, and sr to root_hash.
    if (tn != 0) {
      return invalid("the path is too short");
    }
    if (!fr.equals(subtreeRoot)) {
      return invalid("the path leads to another subtree");
    }
    return sr.equals(root) ? VALID : invalid("the path leads to another root");
  }
}
