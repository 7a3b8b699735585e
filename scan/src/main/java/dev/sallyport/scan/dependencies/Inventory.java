package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.NotChecked;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What the lock files of a source name, in a fixed order, and what could not be read of them.
///
/// @param files the lock files that were read
public record Inventory(
    List<Component> components, List<String> files, List<NotChecked> notChecked) {
  public Inventory {
    components =
        components.stream()
            .distinct()
            .sorted(
                Comparator.comparing(Component::purl)
                    .thenComparing(Component::path)
                    .thenComparingInt(Component::line))
            .toList();
    files = files.stream().distinct().sorted().toList();
    notChecked =
        notChecked.stream()
            .distinct()
            .sorted(Comparator.comparing(NotChecked::what).thenComparing(NotChecked::why))
            .toList();
  }

  /// Both as one.
  public Inventory and(Inventory other) {
    var all = new ArrayList<>(components);
    all.addAll(other.components);
    var read = new ArrayList<>(files);
    read.addAll(other.files);
    var gaps = new ArrayList<>(notChecked);
    gaps.addAll(other.notChecked);
    return new Inventory(all, read, gaps);
  }
}
