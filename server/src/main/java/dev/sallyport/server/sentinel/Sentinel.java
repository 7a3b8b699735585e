package dev.sallyport.server.sentinel;

import dev.sallyport.detect.About;
import dev.sallyport.detect.EntryReader;
import dev.sallyport.detect.Event;
import dev.sallyport.detect.Finding;
import dev.sallyport.detect.Memory;
import dev.sallyport.detect.Severity;
import dev.sallyport.detect.Tick;
import dev.sallyport.detect.Watch;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Reads the ledger as it grows, five times a second: detections, incidents, edges.
///
/// For each page of entries, in this order:
///
/// 1. show them to the detectors, on a copy of what those remember;
/// 2. append what was found to the ledger, under a retry key made of the finding's identity;
/// 3. fold it into incidents, and append that, under a retry key made of incident and finding;
/// 4. in one transaction: move the cursor, with memory, edges, incidents and responses that are
///    due.
///
/// A crash before 4 does all of it again from the old memory and finds its entries in the ledger.
/// Of two nodes one moves the cursor, and the other looks again.
@Component
public final class Sentinel implements SmartInitializingSingleton, AutoCloseable {
  /// How entries name it.
  public static final Actor ACTOR = new Actor(Actor.Kind.MACHINE, "sentinel");

  private static final Logger LOG = LoggerFactory.getLogger(Sentinel.class);
  private static final Duration EVERY = Duration.ofMillis(150);

  /// A tick is so much behind the clock, so that no entry of another node is before it.
  private static final Duration BEHIND = Duration.ofSeconds(2);

  private static final int PAGE = 256;
  private static final int MAX_FINDINGS = 1000;

  /// After so many times, an entry that cannot be read is passed over.
  private static final int MAX_FAILED = 5;

  private static final int MAX_THINGS = 1000;
  private static final int MAX_SUBJECTS = 15;
  private static final int MAX_TEXT = 1024;
  private static final JsonMapper JSON = new JsonMapper();
  private static final Set<String> IDENTITIES =
      Set.of("Run", "Runner", "Key", "Person", "Machine", "Repository", "Token");

  private final Ledger ledger;
  private final SentinelStore store;
  private final EdgeStore edges;
  private final ResponseStore responses;
  private final Playbooks playbooks;
  private final Clock clock;
  private final SecureRandom random;
  private final Watch watch = Watch.standard();
  private final Thread reader;
  private volatile boolean closing;

  /// What the detectors remember, as it stands in the database too; null where it must be read
  /// again. Guarded by this.
  private @Nullable Memory known;

  /// Entries before this index are read one by one, for one of them could not be. Guarded by this.
  private long carefulUntil;

  /// How often the entry that is next could not be read. Guarded by this.
  private int failed;

  Sentinel(
      Ledger ledger,
      SentinelStore store,
      EdgeStore edges,
      ResponseStore responses,
      Playbooks playbooks,
      Clock clock,
      SecureRandom random) {
    this.ledger = ledger;
    this.store = store;
    this.edges = edges;
    this.responses = responses;
    this.playbooks = playbooks;
    this.clock = clock;
    this.random = random;
    this.reader = Thread.ofVirtual().name("sentinel-reader").unstarted(this::keepReading);
  }

  /// Begins to read when the whole house stands.
  @Override
  public void afterSingletonsInstantiated() {
    reader.start();
  }

  private void keepReading() {
    while (!closing) {
      try {
        if (!read()) {
          Thread.sleep(EVERY);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // The cursor did not move: the same entries are read again, after a while.
        if (!closing) {
          LOG.warn("couldn't read on in the ledger: {}", e.toString());
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads one page on; false where there was none.
  synchronized boolean read() {
    Memory memory = known == null ? store.memory() : known;
    known = null;
    long from = memory.next();
    int most = from < carefulUntil ? 1 : PAGE;
    List<Ledger.Recorded> page = ledger.entries(from, most);
    try {
      boolean more = read(from, memory, page) || page.size() == most;
      failed = 0;
      return more;
    } catch (RuntimeException e) {
      carefulUntil = Math.max(carefulUntil, from + page.size());
      failed += page.size() == 1 ? 1 : 0;
      if (failed <= MAX_FAILED) {
        throw e;
      }
      LOG.error("entry {} could not be read and is passed over", from, e);
      passOver(from, page.getFirst());
      failed = 0;
      return true;
    }
  }

  /// Goes on behind an entry that cannot be read, and calls a person: whoever could write one must
  /// not make us blind for all that follow. Where the database is what fails, this fails too.
  private void passOver(long from, Ledger.Recorded recorded) {
    page(
        new EntityRef("Machine", ACTOR.id()),
        "entry " + from + " of the ledger could not be read by the detections",
        "passed over " + from);
    Memory memory = store.memory();
    watch.step(
        memory,
        new Event(
            from,
            recorded.entry().time(),
            "unread",
            "",
            "",
            new dev.sallyport.detect.Thing("unknown", ""),
            List.of(),
            Map.of()));
    store.advance(from, memory, () -> {});
  }

  /// Whether there is more, for another node read on.
  private boolean read(long from, Memory memory, List<Ledger.Recorded> page) {
    var found = new ArrayList<Finding>();
    var seen = new ArrayList<Edge>();
    for (Ledger.Recorded recorded : page) {
      byte[] body = body(recorded);
      Event event = EntryReader.read(recorded.index(), recorded.entry().bytes(), body);
      found.addAll(watch.step(memory, event));
      seen.addAll(Edges.of(event, members(body)));
    }
    if (page.isEmpty()) {
      Instant tick = clock.instant().minus(BEHIND);
      if (tick.isAfter(memory.time())) {
        found.addAll(watch.step(memory, new Tick(tick)));
      }
    }
    if (!page.isEmpty() || !found.isEmpty()) {
      try {
        commit(from, memory, found, seen);
      } catch (SentinelStore.OutrunException e) {
        LOG.debug("another node read on");
        return true;
      }
    }
    known = memory;
    return false;
  }

  private byte[] body(Ledger.Recorded recorded) {
    Digest body = recorded.entry().body();
    return body == null ? new byte[0] : ledger.body(body).orElse(new byte[0]);
  }

  private static Map<?, ?> members(byte[] body) {
    try {
      return body.length == 0
          ? Map.of()
          : JSON.readValue(body, Object.class) instanceof Map<?, ?> map ? map : Map.of();
    } catch (JacksonException notJson) {
      return Map.of();
    }
  }

  private void commit(long from, Memory memory, List<Finding> found, List<Edge> seen) {
    var folded = new Folded();
    for (Finding finding : found) {
      fold(finding, folded);
    }
    store.advance(
        from,
        memory,
        () -> {
          seen.forEach(edges::add);
          folded.incidents.values().forEach(store::note);
          folded.notes.forEach(Runnable::run);
          folded.wanted.forEach(responses::want);
        });
  }

  /// What a page of findings comes to.
  private static final class Folded {
    final Map<EntityRef, Incident> incidents = new LinkedHashMap<>();
    final List<Runnable> notes = new ArrayList<>();
    final List<Response> wanted = new ArrayList<>();
  }

  private void fold(Finding finding, Folded folded) {
    Ledger.Recorded recorded = ledger.append(draft(finding));
    String id = id(finding);
    EntityRef matter = matter(finding);
    Optional<Incident> open =
        Optional.ofNullable(folded.incidents.get(matter)).or(() -> store.open(matter));
    Incident incident =
        open.map(one -> grown(one, finding, id)).orElseGet(() -> opened(finding, id, matter));
    folded.incidents.put(matter, incident);
    var note =
        new Incident.Found(
            id,
            recorded.index(),
            finding.rule(),
            finding.severity(),
            finding.time(),
            cut(finding.text()),
            finding.evidence());
    folded.notes.add(() -> {
      store.note(incident.id(), note);
      things(finding).forEach(thing -> store.note(incident.id(), thing));
    });
    playbooks
        .forFinding(finding)
        .filter(playbook -> playbook.tier() != Playbook.Tier.NOTE)
        .flatMap(
            playbook -> target(finding).map(target -> response(id, playbook, target, incident)))
        .ifPresent(folded.wanted::add);
  }

  private Response response(
      String finding, Playbook playbook, EntityRef target, Incident incident) {
    return new Response(
        hash("response\n" + playbook.name() + "\n" + finding),
        target,
        List.of(),
        playbook.tier(),
        playbook.name(),
        true,
        playbook.mayStop(),
        incident.id(),
        "playbook " + playbook.name() + ": " + cut(incident.title()),
        ACTOR,
        Response.State.DUE,
        clock.instant());
  }

  /// What an automatic response is against: the run where there is one; else nothing is wide enough
  /// to be sure and narrow enough to be safe, and a person decides.
  private static Optional<EntityRef> target(Finding finding) {
    return finding.about().stream()
        .filter(thing -> thing.type().equals("Run"))
        .findFirst()
        .map(thing -> new EntityRef(thing.type(), thing.id()));
  }

  static String id(Finding finding) {
    return hash("finding\n" + finding.identity());
  }

  static String hash(String text) {
    return Digest.of(text).text().substring("sha256:".length(), "sha256:".length() + 32);
  }

  /// By run, else by the foremost principal, host or key, else by the foremost thing.
  static EntityRef matter(Finding finding) {
    List<EntityRef> things = things(finding);
    return things.stream()
        .filter(thing -> thing.type().equals("Run"))
        .findFirst()
        .or(() -> things.stream().filter(thing -> IDENTITIES.contains(thing.type())).findFirst())
        .orElse(things.getFirst());
  }

  /// Things as the vocabulary names them; who acts is a kind of thing there too.
  static List<EntityRef> things(Finding finding) {
    var things = new LinkedHashSet<EntityRef>();
    finding
        .about()
        .forEach(thing -> {
          String type =
              switch (thing.type()) {
                case "workload" -> "Workload";
                case "person" -> "Person";
                case "machine" -> "Machine";
                case "server" -> "Server";
                case "unknown" -> "Unknown";
                default -> thing.type();
              };
          things.add(new EntityRef(type, thing.id()));
        });
    return List.copyOf(things);
  }

  private Incident opened(Finding finding, String findingId, EntityRef matter) {
    String id = hash("incident\n" + findingId);
    Ledger.Recorded recorded = ledger.append(draft(id, "open", "opened", finding, findingId));
    Instant time = recorded.entry().time();
    return new Incident(
        id,
        matter,
        finding.severity(),
        cut(finding.text()),
        time,
        recorded.index(),
        time,
        null,
        null);
  }

  private Incident grown(Incident incident, Finding finding, String findingId) {
    Ledger.Recorded recorded =
        ledger.append(draft(incident.id(), "grow", "grown", finding, findingId));
    return new Incident(
        incident.id(),
        incident.matter(),
        finding.severity().compareTo(incident.severity()) > 0
            ? finding.severity()
            : incident.severity(),
        incident.title(),
        incident.opened(),
        incident.entry(),
        recorded.entry().time(),
        null,
        null);
  }

  private Ledger.Draft draft(Finding finding) {
    var evidence = new ArrayList<Map<String, Object>>();
    for (long index : finding.evidence()) {
      var one = new TreeMap<String, Object>();
      one.put("index", index);
      ledger.entry(index).ifPresent(entry -> one.put("leafHash", entry.leafHash().base64()));
      evidence.add(one);
    }
    var body = new TreeMap<String, Object>();
    body.put("rule", finding.rule());
    body.put("severity", finding.severity().word());
    body.put("text", cut(finding.text()));
    body.put("time", finding.time().toString());
    body.put("evidence", evidence);
    body.put("salt", salt());
    return new Ledger.Draft(
        EntryType.FINDING,
        ACTOR,
        finding.rule(),
        subjects("Finding", id(finding), things(finding)),
        "found",
        null,
        List.of(),
        null,
        Digest.of("finding\n" + finding.identity()),
        CanonicalJson.bytes(body));
  }

  private Ledger.Draft draft(
      String incident, String action, String outcome, Finding finding, String findingId) {
    var body = new TreeMap<String, Object>();
    body.put("finding", findingId);
    body.put("severity", finding.severity().word());
    body.put("text", cut(finding.text()));
    body.put("salt", salt());
    return new Ledger.Draft(
        EntryType.INCIDENT,
        ACTOR,
        action,
        subjects("Incident", incident, things(finding)),
        outcome,
        null,
        List.of(),
        null,
        Digest.of("incident\n" + incident + "\n" + findingId),
        CanonicalJson.bytes(body));
  }

  private static List<Subject> subjects(String type, String id, List<EntityRef> things) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject(type, id));
    things.stream()
        .limit(MAX_SUBJECTS)
        .forEach(thing -> subjects.add(new Subject(thing.type(), thing.id())));
    return subjects;
  }

  private static String cut(String text) {
    if (text.length() <= MAX_TEXT) {
      return text;
    }
    // Half a character would be no text that an entry may hold.
    int end = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT;
    return text.substring(0, end);
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// What the detectors look for.
  public List<About> rules() {
    return watch.rules();
  }

  /// Incidents, open ones first, then the newest.
  public List<Incident> incidents(int limit) {
    return store.incidents(Math.clamp(limit, 0, MAX_FINDINGS));
  }

  /// One incident with its findings and things.
  public Optional<Incident.Whole> incident(String id) {
    return store
        .incident(id)
        .map(incident ->
            new Incident.Whole(
                incident, store.findings(id, MAX_FINDINGS), store.things(id, MAX_THINGS)));
  }

  /// Closes an incident; empty where there is no open one of this id.
  ///
  /// @param allow that the person may contain what it is about
  public Optional<Incident> close(Ruling.Allow allow, Actor by, String id, String reason) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
    Optional<Incident> open = store.incident(id).filter(incident -> incident.closed() == null);
    open.ifPresent(incident -> {
      ledger.append(
          new Ledger.Draft(
              EntryType.INCIDENT,
              by,
              "close",
              subjects("Incident", id, List.of(incident.matter())),
              "closed",
              new Digest(allow.policyDigest()),
              List.of(),
              null,
              Digest.of("close incident\n" + id),
              CanonicalJson.bytes(Map.of("reason", reason, "salt", salt()))));
      store.close(id, by.id(), clock.instant());
    });
    return open;
  }

  /// The index of the entry that is read next.
  public long next() {
    return store.next();
  }

  /// Waits until everything that stands in the ledger now was read; false where that took too long.
  public boolean caughtUp(Duration atMost) {
    long head = ledger.head().size();
    Instant until = clock.instant().plus(atMost);
    while (store.next() < head) {
      if (clock.instant().isAfter(until) || closing) {
        return false;
      }
      read();
    }
    return true;
  }

  /// Says that a person must look at something, in the incident about it.
  void page(EntityRef matter, String text, String retry) {
    Optional<Incident> open = store.open(matter);
    String id = open.map(Incident::id).orElseGet(() -> hash("incident\npage\n" + retry));
    Ledger.Recorded recorded =
        ledger.append(
            new Ledger.Draft(
                EntryType.INCIDENT,
                ACTOR,
                "page",
                subjects("Incident", id, List.of(matter)),
                "paged",
                null,
                List.of(),
                null,
                Digest.of("page\n" + retry),
                CanonicalJson.bytes(Map.of("text", cut(text), "salt", salt()))));
    Instant time = recorded.entry().time();
    Incident before =
        open.orElseGet(() ->
            new Incident(
                id,
                matter,
                Severity.CRITICAL,
                cut(text),
                time,
                recorded.index(),
                time,
                null,
                null));
    store.page(
        new Incident(
            id,
            matter,
            Severity.CRITICAL,
            before.title(),
            before.opened(),
            before.entry(),
            time,
            null,
            null),
        new Incident.Found(
            hash("page\n" + retry),
            recorded.index(),
            "page",
            Severity.CRITICAL,
            time,
            cut(text),
            List.of(recorded.index())));
  }

  @Override
  public void close() {
    closing = true;
    reader.interrupt();
  }
}
