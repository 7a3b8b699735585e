package dev.sallyport.tlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Trees and proofs against a reference that spells out RFC 6962 section 2.1 by recursion.
class TreeTest {
  /// The definition itself, in its own words.
  private static Hash reference(List<Hash> leaves) {
    int n = leaves.size();
    if (n == 0) {
      return Hash.of(Tree.sha256().digest());
    }
    if (n == 1) {
      return leaves.getFirst();
    }
    int k = 1;
    while (2 * k < n) {
      k *= 2;
    }
    return Tree.nodeHash(reference(leaves.subList(0, k)), reference(leaves.subList(k, n)));
  }

  private static List<Hash> leaves(int count) {
    var leaves = new ArrayList<Hash>();
    for (int i = 0; i < count; i++) {
      leaves.add(Tree.leafHash(new byte[] {(byte) i, (byte) (i >> 8)}));
    }
    return leaves;
  }

  private static Tree.Nodes nodes(List<Hash> leaves) {
    return (level, index) -> {
      int width = 1 << level;
      int first = (int) index * width;
      return reference(leaves.subList(first, first + width));
    };
  }

  @Test
  void the_published_hashes_of_rfc_6962_come_out() {
    assertThat(Tree.EMPTY.hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Tree.leafHash(new byte[0]).hex())
        .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  }

  @Test
  void every_proof_of_every_small_tree_holds_and_no_other_leaf_passes() {
    List<Hash> all = leaves(67);
    for (int size = 0; size <= all.size(); size++) {
      List<Hash> leaves = all.subList(0, size);
      Tree.Nodes nodes = nodes(leaves);
      Hash root = reference(leaves);
      assertThat(Tree.head(nodes, size)).isEqualTo(root);
      for (int index = 0; index < size; index++) {
        List<Hash> path = Tree.inclusion(nodes, index, size);
        assertThat(Proofs.inclusion(index, size, leaves.get(index), path, root).holds()).isTrue();
        assertThat(Proofs.inclusion(index, size, Tree.EMPTY, path, root).holds()).isFalse();
        assertThat(
                Proofs.inclusion((index + 1) % (size + 1), size, leaves.get(index), path, root)
                    .holds())
            .isFalse();
      }
      for (int from = 1; from <= size; from++) {
        List<Hash> path = Tree.consistency(nodes, from, size);
        Hash older = reference(all.subList(0, from));
        assertThat(Proofs.consistency(from, size, path, older, root).holds()).isTrue();
        assertThat(Proofs.consistency(from, size, path, Tree.EMPTY, root).holds()).isFalse();
      }
    }
  }

  @Test
  void tiles_and_the_right_edge_give_the_reference_head_around_every_tile_border() {
    var stored = new HashMap<TiledTree.Place, Tile>();
    var tiled = new TiledTree(place -> known(stored, place));
    var edge = new RightEdge();
    List<Hash> all = leaves(1030);
    for (int size = 1; size <= all.size(); size++) {
      tiled.append(all.get(size - 1));
      edge.append(all.get(size - 1));
      stored.putAll(tiled.takeFull());
      if (size < 4 || size % 256 < 3 || size % 256 > 253) {
        Hash root = reference(all.subList(0, size));
        assertThat(tiled.head()).isEqualTo(root);
        assertThat(edge.head()).isEqualTo(root);
        for (int index : new int[] {0, size / 2, size - 1}) {
          List<Hash> path = Tree.inclusion(tiled.nodes(), index, size);
          assertThat(Proofs.inclusion(index, size, all.get(index), path, root).holds()).isTrue();
        }
      }
    }
    assertThat(stored).hasSize(4);
  }

  @Test
  void a_snapshot_of_the_nodes_does_not_see_later_leaves() {
    var stored = new HashMap<TiledTree.Place, Tile>();
    var tiled = new TiledTree(place -> known(stored, place));
    List<Hash> all = leaves(600);
    all.subList(0, 300).forEach(tiled::append);
    stored.putAll(tiled.takeFull());
    Tree.Nodes before = tiled.nodes();
    TiledTree failed = tiled.copy();
    all.subList(300, 600).forEach(failed::append);
    assertThat(Tree.head(before, 300)).isEqualTo(reference(all.subList(0, 300)));
    assertThat(tiled.head()).isEqualTo(reference(all.subList(0, 300)));
    assertThat(failed.head()).isEqualTo(reference(all));
  }

  @Test
  void any_changed_bit_of_a_proof_is_refused() {
    Seed.forAll(
        200,
        random -> {
          int size = 2 + random.nextInt(200);
          List<Hash> leaves = leaves(size);
          Tree.Nodes nodes = nodes(leaves);
          int index = random.nextInt(size);
          var path = new ArrayList<>(Tree.inclusion(nodes, index, size));
          int at = random.nextInt(path.size());
          byte[] changed = path.get(at).bytes();
          changed[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
          path.set(at, Hash.of(changed));
          assertThat(
                  Proofs.inclusion(index, size, leaves.get(index), path, reference(leaves)).holds())
              .isFalse();
        });
  }

  @Test
  void impossible_questions_are_refused_at_once() {
    Tree.Nodes none = nodes(List.of());
    assertThatThrownBy(() -> Tree.inclusion(none, 0, 0)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Tree.inclusion(none, -1, 4)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Tree.consistency(none, 3, 2)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Tree.head(none, -1)).isInstanceOf(RuntimeException.class);
  }

  private static Tile known(Map<TiledTree.Place, Tile> stored, TiledTree.Place place) {
    Tile tile = stored.get(place);
    if (tile == null) {
      throw new AssertionError("asked for a tile that was never full: " + place);
    }
    return tile;
  }
}
