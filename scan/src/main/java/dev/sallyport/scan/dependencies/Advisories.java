package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Fingerprint;
import dev.sallyport.scan.Kind;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// Advisories in OSV form, held in memory by ecosystem and package name.
///
/// They come from a folder or a zip on this machine; nothing is fetched. How fresh they are, the
/// caller can ask; what could not be read of them is a gap, so that an unreadable advisory never
/// makes a component look clean.
///
/// Safe for use by many threads.
public final class Advisories {
  /// A larger advisory isn't read.
  static final int LARGEST_ADVISORY_BYTES = 16 << 20;

  private static final int MOST_ENTRIES = 3_000_000;
  private static final long MOST_BYTES = 8L << 30;
  private static final int MOST_GAPS = 100;
  private static final int MOST_WAITING = 256;
  private static final List<String> CONTROLS = List.of("CICD-SEC-3", "CWE-1395");

  private final Map<String, List<Entry>> byPackage = new HashMap<>();
  private final Map<String, Advisory> byId = new TreeMap<>();
  private final List<NotChecked> gaps = new ArrayList<>();
  private final EnumSet<Ecosystem> covered = EnumSet.noneOf(Ecosystem.class);
  private int unreadable;
  private String newest = "";

  private record Entry(Advisory advisory, Advisory.Affected affected) {}

  private Advisories() {}

  /// Reads a folder, with all folders in it, or a zip of `.json` and `.yaml` files.
  ///
  /// @throws UncheckedIOException where it can't be read at all
  public static Advisories open(Path folderOrZip) {
    var advisories = new Advisories();
    try {
      int threads = Runtime.getRuntime().availableProcessors();
      try (ExecutorService workers = Executors.newFixedThreadPool(threads, Advisories::worker)) {
        var loading = new Loading(advisories, workers);
        if (Files.isDirectory(folderOrZip)) {
          loading.folder(folderOrZip);
        } else {
          loading.zip(folderOrZip);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't read advisories in `" + folderOrZip + "`", e);
    }
    advisories.index();
    return advisories;
  }

  /// How many advisories are held: those about ecosystems that we know, not withdrawn.
  public int size() {
    return byId.size();
  }

  /// When the newest of them was last touched, as its makers wrote it (RFC 3339).
  public Optional<String> newest() {
    return newest.isEmpty() ? Optional.empty() : Optional.of(newest);
  }

  /// What could not be read.
  public List<NotChecked> notChecked() {
    return List.copyOf(gaps);
  }

  /// The vulnerabilities of an inventory, each once for each component and file, in a fixed order.
  ///
  /// @param gaps is told of components whose version can't be ordered
  public List<Vulnerability> match(Inventory inventory, List<NotChecked> gaps) {
    var all = new ArrayList<Vulnerability>();
    for (Component component : inventory.components()) {
      var hits = new ArrayList<Entry>();
      for (Entry entry :
          byPackage.getOrDefault(key(component.ecosystem(), component.name()), List.of())) {
        try {
          if (entry.affected.affects(component.version())) {
            hits.add(entry);
          }
        } catch (IllegalArgumentException noVersion) {
          gaps.add(
              new NotChecked(
                  component.purl(),
                  "not compared with " + entry.advisory.id() + ": " + noVersion.getMessage()));
        }
      }
      all.addAll(grouped(component, hits));
    }
    return all;
  }

  /// The findings of an inventory, with the gaps of the advisories and of the inventory's versions.
  public Report report(Inventory inventory) {
    var missed = new ArrayList<>(gaps);
    missed.addAll(uncovered(inventory));
    var findings = new ArrayList<Finding>();
    for (Vulnerability vulnerability : match(inventory, missed)) {
      findings.add(finding(vulnerability));
    }
    return new Report(findings, List.of(), missed);
  }

  // With no advisory about its ecosystem, a component was not compared with anything.
  private List<NotChecked> uncovered(Inventory inventory) {
    var counts = new EnumMap<Ecosystem, Integer>(Ecosystem.class);
    inventory
        .components()
        .forEach(component -> counts.merge(component.ecosystem(), 1, Integer::sum));
    var uncovered = new ArrayList<NotChecked>();
    counts.forEach((ecosystem, count) -> {
      if (!covered.contains(ecosystem)) {
        uncovered.add(
            new NotChecked(
                count + " " + ecosystem.osvName() + " components",
                "the advisories say nothing about this ecosystem"));
      }
    });
    return uncovered;
  }

  private static Finding finding(Vulnerability vulnerability) {
    Component component = vulnerability.component();
    String rule =
        vulnerability.malicious()
            ? "dependency/malicious-package"
            : "dependency/known-vulnerability";
    String summary = vulnerability.summary().isEmpty() ? "" : ": " + vulnerability.summary();
    String what = "`" + component.name() + "` " + component.version();
    return new Finding(
        rule,
        Kind.DEPENDENCY,
        vulnerability.severity(),
        component.path(),
        component.line(),
        what
            + (vulnerability.malicious() ? " is malicious, " : " has ")
            + vulnerability.id()
            + summary,
        Fingerprint.of(
            rule,
            component.ecosystem().osvName(),
            component.name(),
            vulnerability.id(),
            component.path()),
        fix(vulnerability),
        null,
        vulnerability.malicious() ? List.of("CICD-SEC-3", "CWE-506") : CONTROLS);
  }

  private static String fix(Vulnerability vulnerability) {
    if (vulnerability.malicious()) {
      return "remove the package, and take every secret that its builds could read for stolen";
    }
    return vulnerability.fixedIn() == null
        ? "no fixed version is known; replace the package or state why it doesn't matter here"
        : "update to " + vulnerability.fixedIn() + " or later";
  }

  // ---- one vulnerability, many names

  private static List<Vulnerability> grouped(Component component, List<Entry> hits) {
    Map<String, String> leader = new HashMap<>();
    for (Entry hit : hits) {
      for (String alias : hit.advisory.aliases()) {
        leader.put(root(leader, alias), root(leader, hit.advisory.id()));
      }
    }
    Map<String, List<Entry>> groups = new TreeMap<>();
    for (Entry hit : hits) {
      groups.computeIfAbsent(root(leader, hit.advisory.id()), _ -> new ArrayList<>()).add(hit);
    }
    var all = new ArrayList<Vulnerability>();
    groups.values().forEach(group -> all.add(vulnerability(component, group)));
    all.sort((one, two) -> one.id().compareTo(two.id()));
    return all;
  }

  private static String root(Map<String, String> leader, String id) {
    String here = id;
    while (true) {
      String up = leader.get(here);
      if (up == null || up.equals(here)) {
        return here;
      }
      here = up;
    }
  }

  private static Vulnerability vulnerability(Component component, List<Entry> group) {
    var ids = new TreeSet<String>();
    Severity worst = null;
    String summary = "";
    String fixed = null;
    for (Entry entry : group) {
      ids.add(entry.advisory.id());
      ids.addAll(entry.advisory.aliases());
      Severity said =
          entry.affected.severity() == null ? entry.advisory.severity() : entry.affected.severity();
      worst = worst == null || (said != null && said.compareTo(worst) > 0) ? said : worst;
      summary = summary.isEmpty() ? entry.advisory.summary() : summary;
      fixed = fixed == null ? fixOf(entry, component) : fixed;
    }
    String first =
        ids.stream()
            .filter(id -> id.startsWith("CVE-"))
            .findFirst()
            .or(() -> ids.stream().filter(id -> id.startsWith("GHSA-")).findFirst())
            .orElse(ids.first());
    return new Vulnerability(
        component,
        first,
        List.copyOf(ids),
        worst == null ? Severity.MEDIUM : worst,
        summary,
        fixed);
  }

  private static @Nullable String fixOf(Entry entry, Component component) {
    try {
      return entry.affected.fixAbove(component.version());
    } catch (IllegalArgumentException noVersion) {
      return null;
    }
  }

  // ---- loading

  private static String key(Ecosystem ecosystem, String name) {
    return ecosystem + "|" + name;
  }

  private void index() {
    for (Advisory advisory : byId.values()) {
      for (Advisory.Affected affected : advisory.affected()) {
        covered.add(affected.ecosystem());
        byPackage
            .computeIfAbsent(key(affected.ecosystem(), affected.name()), _ -> new ArrayList<>(1))
            .add(new Entry(advisory, affected));
      }
      newest = advisory.modified().compareTo(newest) > 0 ? advisory.modified() : newest;
    }
    gaps.sort((one, two) -> one.what().compareTo(two.what()));
    if (unreadable > MOST_GAPS) {
      gaps.add(new NotChecked("advisories", (unreadable - MOST_GAPS) + " more could not be read"));
    }
  }

  // Of two records with one id the one that was touched last counts.
  private synchronized void keep(@Nullable Advisory advisory) {
    if (advisory != null) {
      byId.merge(
          advisory.id(),
          advisory,
          (old, fresh) -> fresh.modified().compareTo(old.modified()) > 0 ? fresh : old);
    }
  }

  private synchronized void miss(String name, String why) {
    if (++unreadable <= MOST_GAPS) {
      gaps.add(new NotChecked("advisory " + name, why));
    }
  }

  private static Thread worker(Runnable work) {
    var thread = new Thread(work, "advisories");
    thread.setDaemon(true);
    return thread;
  }

  /// One pass over a folder or zip. Bytes are read on the caller's thread and parsed by the
  /// workers, with a bound on how many wait.
  private static final class Loading {
    private final Advisories advisories;
    private final ExecutorService workers;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);
    private int entries;
    private long bytes;

    Loading(Advisories advisories, ExecutorService workers) {
      this.advisories = advisories;
      this.workers = workers;
    }

    void folder(Path folder) throws IOException {
      Files.walkFileTree(
          folder,
          EnumSet.noneOf(FileVisitOption.class),
          24,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              String name = folder.relativize(file).toString();
              if (attributes.isRegularFile() && isAdvisory(name)) {
                if (attributes.size() > LARGEST_ADVISORY_BYTES) {
                  advisories.miss(name, "larger than " + (LARGEST_ADVISORY_BYTES >> 20) + " MiB");
                } else {
                  parse(name, Files.readAllBytes(file));
                }
              }
              return goOn();
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              advisories.miss(folder.relativize(file).toString(), "couldn't be read");
              return FileVisitResult.CONTINUE;
            }
          });
    }

    private FileVisitResult goOn() {
      return withinBounds() ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    void zip(Path zip) throws IOException {
      try (var file = new ZipFile(zip.toFile())) {
        for (ZipEntry entry : Collections.list(file.entries())) {
          if (entry.isDirectory() || !isAdvisory(entry.getName())) {
            continue;
          }
          // What the header says of the size is only a claim: read at most one byte too many.
          try (InputStream in = file.getInputStream(entry)) {
            byte[] content = in.readNBytes(LARGEST_ADVISORY_BYTES + 1);
            if (content.length > LARGEST_ADVISORY_BYTES) {
              advisories.miss(
                  entry.getName(), "larger than " + (LARGEST_ADVISORY_BYTES >> 20) + " MiB");
              bytes += content.length;
            } else {
              parse(entry.getName(), content);
            }
          } catch (ZipException e) {
            advisories.miss(entry.getName(), "broken in the zip");
          }
          if (!withinBounds()) {
            return;
          }
        }
      }
    }

    private static boolean isAdvisory(String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      boolean hidden = lower.startsWith(".") || lower.contains("/.");
      return !hidden && (lower.endsWith(".json") || lower.endsWith(".yaml"));
    }

    private void parse(String name, byte[] content) {
      entries++;
      bytes += content.length;
      waiting.acquireUninterruptibly();
      workers.execute(() -> {
        try {
          boolean yaml = name.toLowerCase(Locale.ROOT).endsWith(".yaml");
          advisories.keep(AdvisoryReader.read(content, yaml));
        } catch (AdvisoryReader.Unreadable e) {
          advisories.miss(name, "not read: " + e.getMessage());
        } catch (RuntimeException | StackOverflowError surprise) {
          advisories.miss(
              name, "not read: a surprise in it: " + surprise.getClass().getSimpleName());
        } finally {
          waiting.release();
        }
      });
    }

    private boolean withinBounds() {
      if (entries < MOST_ENTRIES && bytes < MOST_BYTES) {
        return true;
      }
      advisories.miss("all", "the reading stopped after " + entries + " files");
      return false;
    }
  }
}
