package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Fingerprint;
import dev.sallyport.scan.Kind;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.Suppressed;
import dev.sallyport.scan.TextFile;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Finds hard-coded secrets: one pass over the bytes for all keywords, then a look at the text that
/// begins at a keyword. No pattern ever runs over a whole file, so time grows with the bytes alone,
/// whatever they are.
///
/// A found value is never kept: a finding shows its ends and carries a keyed digest of it. Without
/// a key of the caller's own the digest of a short value could be guessed by trying passwords;
/// there the digest is over the place instead, and a moved password counts as a new one.
///
/// Safe for use by many threads.
public final class Secrets {
  private static final List<String> CONTROLS = List.of("CICD-SEC-6", "CWE-798");
  private static final int MOST_IN_ONE_FILE = 1000;
  private static final long BYTES_IN_FLIGHT = 64L << 20;
  private static final int BATCH_BYTES = 1 << 20;
  private static final byte[] NO_KEY = {0};
  private static final Pattern ALLOW =
      Pattern.compile("sallyport:allow-secret\\b[ \\t:=-]*([^\\r\\n]*)");

  private final List<Detector> detectors;
  private final KeywordAutomaton automaton;
  private final int[] detectorOf;
  private final byte @Nullable [] fingerprintKey;

  /// A report and how much was looked at.
  ///
  /// @param binaries files that hold a NUL near their beginning, counted and not searched
  public record Result(Report report, long files, long bytes, long binaries) {}

  private Secrets(byte @Nullable [] fingerprintKey) {
    this.fingerprintKey = fingerprintKey;
    var all = new ArrayList<Detector>(TokenFormats.all());
    all.add(new PrivateKeys());
    all.add(new JsonWebTokens());
    all.add(new UrlCredentials());
    all.add(new AuthorizationHeaders());
    all.add(new Assignments());
    detectors = List.copyOf(all);
    var keywords = new ArrayList<String>();
    var owners = new ArrayList<Integer>();
    for (int detector = 0; detector < detectors.size(); detector++) {
      for (String keyword : detectors.get(detector).keywords()) {
        keywords.add(keyword);
        owners.add(detector);
      }
    }
    automaton = new KeywordAutomaton(keywords);
    detectorOf = owners.stream().mapToInt(Integer::intValue).toArray();
  }

  /// The built-in formats, with fingerprints that mean the same everywhere.
  public static Secrets builtIn() {
    return new Secrets(null);
  }

  /// The built-in formats, with fingerprints under a key that only this instance holds.
  public static Secrets withKey(byte[] fingerprintKey) {
    if (fingerprintKey.length < 16) {
      throw new IllegalArgumentException("a fingerprint key has at least 16 bytes");
    }
    return new Secrets(fingerprintKey.clone());
  }

  /// Searches every file of the source on all processors, holding no more than 64 MiB at a time.
  public Result scan(Source source) {
    int threads = Runtime.getRuntime().availableProcessors();
    var permits = new Semaphore((int) (BYTES_IN_FLIGHT >> 10));
    var pending = new ArrayList<Future<Result>>();
    var batch = new ArrayList<TextFile>();
    List<NotChecked> gaps;
    try (ExecutorService workers = Executors.newFixedThreadPool(threads, Secrets::worker)) {
      gaps =
          source.forEach(file -> {
            batch.add(file);
            if (batch.size() == 512 || bytes(batch) >= BATCH_BYTES) {
              pending.add(submit(workers, permits, List.copyOf(batch)));
              batch.clear();
            }
          });
      pending.add(submit(workers, permits, List.copyOf(batch)));
    }
    var result = new Result(new Report(List.of(), List.of(), gaps), 0, 0, 0);
    return joined(result, pending.stream().map(Secrets::finished).toList());
  }

  /// Searches one file.
  public Result scan(TextFile file) {
    if (file.bytes().length > TextFile.LARGEST_BYTES) {
      return gap(file, "larger than " + (TextFile.LARGEST_BYTES >> 20) + " MiB");
    }
    byte[] bytes = FileText.asciiSuperset(file.bytes());
    if (FileText.isBinary(bytes)) {
      return new Result(Report.empty(), 1, file.bytes().length, 1);
    }
    var text = new FileText(file, bytes);
    var candidates = new ArrayList<Candidate>();
    int[] searchedTo = new int[detectors.size()];
    automaton.run(
        bytes,
        bytes.length,
        (keyword, start, end) -> {
          int detector = detectorOf[keyword];
          if (start < searchedTo[detector]) {
            return true;
          }
          Candidate candidate = detectors.get(detector).at(text, start, end);
          if (candidate != null) {
            candidates.add(candidate);
            searchedTo[detector] = candidate.end();
          }
          return candidates.size() <= MOST_IN_ONE_FILE;
        });
    return new Result(report(file, text, candidates), 1, file.bytes().length, 0);
  }

  private Report report(TextFile file, FileText text, List<Candidate> candidates) {
    var findings = new ArrayList<Finding>();
    var suppressed = new ArrayList<Suppressed>();
    int line = 1;
    int counted = 0;
    for (Candidate candidate : withoutShadows(candidates)) {
      for (; counted < candidate.start(); counted++) {
        if (text.charAt(counted) == '\n') {
          line++;
        }
      }
      String reason = allowance(text, candidate);
      Finding finding = finding(file, text, candidate, line, reason);
      if (reason == null || reason.isBlank()) {
        findings.add(finding);
      } else {
        suppressed.add(new Suppressed(finding, reason));
      }
    }
    List<NotChecked> gaps =
        candidates.size() > MOST_IN_ONE_FILE
            ? List.of(
                new NotChecked(
                    file.path(), "the search stopped after " + MOST_IN_ONE_FILE + " secrets"))
            : List.of();
    return new Report(findings, suppressed, gaps);
  }

  // A format that names its maker hides a guess at the same place; of equals the first stays.
  private static List<Candidate> withoutShadows(List<Candidate> candidates) {
    var sorted = new ArrayList<>(candidates);
    sorted.sort(
        Comparator.comparing((Candidate candidate) -> candidate.specific())
            .reversed()
            .thenComparingInt(Candidate::start)
            .thenComparing(Candidate::end, Comparator.reverseOrder()));
    var ends = new TreeMap<Integer, Integer>();
    var kept = new ArrayList<Candidate>();
    for (Candidate candidate : sorted) {
      var before = ends.floorEntry(candidate.start());
      var after = ends.higherEntry(candidate.start());
      if ((before == null || before.getValue() <= candidate.start())
          && (after == null || after.getKey() >= candidate.end())) {
        ends.put(candidate.start(), candidate.end());
        kept.add(candidate);
      }
    }
    kept.sort(Comparator.comparingInt(Candidate::start));
    return kept;
  }

  private Finding finding(
      TextFile file, FileText text, Candidate candidate, int line, @Nullable String reason) {
    String value = text.slice(candidate.start(), candidate.end());
    String message = candidate.what() + " stands in the file: " + ends(value);
    if (reason != null && reason.isBlank()) {
      message += "; its allow comment gives no reason";
    }
    return new Finding(
        candidate.rule(),
        Kind.SECRET,
        candidate.severity(),
        file.path(),
        line,
        message,
        fingerprint(file, candidate, value),
        "revoke it where it was issued, then read it at run time from a secret store;"
            + " deleting the line leaves it in the history",
        file.commit(),
        CONTROLS);
  }

  /// The ends of a value: enough to recognise it, too little to use it.
  static String ends(String value) {
    int shown = value.length() >= 32 ? 4 : value.length() >= 20 ? 2 : 0;
    if (shown == 0) {
      return value.length() + " characters";
    }
    String clean = value.replaceAll("[^\\x21-\\x7E]", "?");
    return "`"
        + clean.substring(0, shown)
        + "..."
        + clean.substring(clean.length() - Math.min(shown, 2))
        + "`";
  }

  private String fingerprint(TextFile file, Candidate candidate, String value) {
    if (fingerprintKey == null && candidate.guessable()) {
      return Fingerprint.of(candidate.rule(), "place", file.path(), candidate.name());
    }
    String normalised = value.replaceAll("\\\\[rn]|[\\s\"'+,]", "");
    return Fingerprint.of(candidate.rule(), "value", keyedDigest(normalised));
  }

  private String keyedDigest(String value) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(fingerprintKey == null ? NO_KEY : fingerprintKey, "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(value.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
    }
  }

  // The reason of an allow comment on the line, or alone on the line above; empty where it gives
  // none; null where there is no comment.
  private static @Nullable String allowance(FileText text, Candidate candidate) {
    int start = text.lineStart(candidate.start());
    String own =
        reason(text, start, Math.min(text.lineEnd(candidate.end()), candidate.end() + 400));
    if (own != null || start == 0) {
      return own;
    }
    int above = text.lineStart(start - 1);
    if (start - above > 400) {
      return null;
    }
    String line = text.slice(above, start - 1).strip();
    boolean commentAlone = line.matches("(?:#|//|/\\*|<!--|--|;|%|\\*).*");
    return commentAlone ? reason(text, above, start - 1) : null;
  }

  private static @Nullable String reason(FileText text, int from, int to) {
    int start = Math.max(from, to - 2000);
    Matcher matcher = ALLOW.matcher(text.slice(start, to));
    if (!matcher.find()) {
      return null;
    }
    String reason = matcher.group(1).replaceAll("(\\*/|-->)\\s*$", "").strip();
    return reason.length() < 8 ? "" : reason.substring(0, Math.min(200, reason.length()));
  }

  // ---- many files

  private static Thread worker(Runnable work) {
    var thread = new Thread(work, "secrets");
    thread.setDaemon(true);
    return thread;
  }

  private Future<Result> submit(ExecutorService workers, Semaphore permits, List<TextFile> batch) {
    int cost = (int) Math.min(BYTES_IN_FLIGHT >> 10, (bytes(batch) >> 10) + 1);
    permits.acquireUninterruptibly(cost);
    return workers.submit(() -> {
      try {
        var none = new Result(Report.empty(), 0, 0, 0);
        return joined(none, batch.stream().map(this::scan).toList());
      } finally {
        permits.release(cost);
      }
    });
  }

  private static Result joined(Result first, List<Result> others) {
    var findings = new ArrayList<>(first.report.findings());
    var suppressed = new ArrayList<>(first.report.suppressed());
    var gaps = new ArrayList<>(first.report.notChecked());
    long files = first.files;
    long bytes = first.bytes;
    long binaries = first.binaries;
    for (Result other : others) {
      findings.addAll(other.report.findings());
      suppressed.addAll(other.report.suppressed());
      gaps.addAll(other.report.notChecked());
      files += other.files;
      bytes += other.bytes;
      binaries += other.binaries;
    }
    return new Result(new Report(findings, suppressed, gaps), files, bytes, binaries);
  }

  private static Result finished(Future<Result> work) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the search for secrets was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the search for secrets failed", e.getCause());
    }
  }

  private static Result gap(TextFile file, String why) {
    var gap = new NotChecked(file.path(), why);
    return new Result(new Report(List.of(), List.of(), List.of(gap)), 1, 0, 0);
  }

  private static long bytes(List<TextFile> files) {
    long sum = 0;
    for (TextFile file : files) {
      sum += file.bytes().length;
    }
    return sum;
  }
}
