package dev.sallyport.server.releases;

import dev.sallyport.credential.BoundTickets.Kind;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.releases.Deployment.State;
import dev.sallyport.server.releases.Deployment.TicketState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Tickets, deployments and places.
@Component
final class ReleaseStore {
  private static final int MOST = 1000;

  private final Database database;

  ReleaseStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  private static Deployment deployment(ResultSet row) throws SQLException {
    long live = row.getLong("live_epoch_milli");
    boolean neverLive = row.wasNull();
    return new Deployment(
        row.getString("id"),
        Kind.of(row.getString("kind")).orElseThrow(),
        new Place(row.getString("service"), row.getString("environment")),
        row.getString("host"),
        row.getString("artifact"),
        row.getString("repository"),
        row.getString("caller"),
        row.getString("key_thumbprint"),
        row.getString("run"),
        row.getString("runner"),
        things(row.getString("touched")),
        row.getLong("ruling"),
        Instant.ofEpochSecond(row.getLong("expires_epoch_second")),
        TicketState.valueOf(row.getString("ticket").toUpperCase(Locale.ROOT)),
        State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        row.getString("previous"),
        row.getString("detail"),
        row.getString("health"),
        row.getLong("seconds"),
        Instant.ofEpochMilli(row.getLong("issued_epoch_milli")),
        neverLive ? null : Instant.ofEpochMilli(live));
  }

  private static List<EntityRef> things(String text) {
    return text.lines()
        .map(line -> line.split("\t", 2))
        .map(parts -> new EntityRef(parts[0], parts[1]))
        .toList();
  }

  private static String text(List<EntityRef> things) {
    return things.stream()
        .map(thing -> thing.type() + "\t" + thing.id())
        .collect(Collectors.joining("\n"));
  }

  /// Keeps a fresh ticket; one that is there already stays as it is.
  void keep(Deployment fresh) {
    database
        .sql()
        .sql(
            """
            INSERT INTO releases_deployment (id, kind, service, environment, host, artifact,
              repository, caller, key_thumbprint, run, runner, touched, ruling,
              expires_epoch_second, ticket, state, previous, detail, health, seconds,
              issued_epoch_milli, live_epoch_milli)
            VALUES (:id, :kind, :service, :environment, :host, :artifact, :repository, :caller,
              :key, :run, :runner, :touched, :ruling, :expires, :ticket, :state, :previous, '',
              'unknown', 0, :issued, NULL)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", fresh.id())
        .param("kind", fresh.kind().word())
        .param("service", fresh.place().service())
        .param("environment", fresh.place().environment())
        .param("host", fresh.host())
        .param("artifact", fresh.artifact())
        .param("repository", fresh.repository())
        .param("caller", fresh.caller())
        .param("key", fresh.key())
        .param("run", fresh.run())
        .param("runner", fresh.runner())
        .param("touched", text(fresh.touched()))
        .param("ruling", fresh.ruling())
        .param("expires", fresh.expires().getEpochSecond())
        .param("ticket", fresh.ticket().word())
        .param("state", fresh.state().word())
        .param("previous", fresh.previous())
        .param("issued", fresh.issued().toEpochMilli())
        .update();
  }

  /// Whether a host was ever sent anything of a repository.
  boolean sentTo(String host, String repository) {
    return !database
        .sql()
        .sql(
            """
            SELECT id FROM releases_deployment
            WHERE host = :host AND repository = :repository LIMIT 1
            """)
        .param("host", host)
        .param("repository", repository)
        .query(String.class)
        .list()
        .isEmpty();
  }

  Optional<Deployment> find(String id) {
    return database
        .sql()
        .sql("SELECT * FROM releases_deployment WHERE id = :id")
        .param("id", id)
        .query((row, _) -> deployment(row))
        .optional();
  }

  /// Takes a ticket and its deployment one step on; false where the ticket is not in the state that
  /// this step begins from.
  boolean step(String id, TicketState from, TicketState to, State state, String detail) {
    return database
            .sql()
            .sql(
                """
                UPDATE releases_deployment SET ticket = :to, state = :state, detail = :detail
                WHERE id = :id AND ticket = :from
                """)
            .param("id", id)
            .param("from", from.word())
            .param("to", to.word())
            .param("state", state.word())
            .param("detail", detail)
            .update()
        == 1;
  }

  /// Notes what ran before.
  void previous(String id, @Nullable String digest) {
    database
        .sql()
        .sql("UPDATE releases_deployment SET previous = :digest WHERE id = :id")
        .param("id", id)
        .param("digest", digest)
        .update();
  }

  /// Ends a deployment that its host was at.
  boolean end(String id, State state, String detail, String health, long seconds) {
    return database
            .sql()
            .sql(
                """
                UPDATE releases_deployment
                SET state = :state, detail = :detail, health = :health, seconds = :seconds
                WHERE id = :id AND state = 'redeemed'
                """)
            .param("id", id)
            .param("state", state.word())
            .param("detail", detail)
            .param("health", health)
            .param("seconds", seconds)
            .update()
        == 1;
  }

  /// When it went live.
  void live(String id, Instant since) {
    database
        .sql()
        .sql("UPDATE releases_deployment SET live_epoch_milli = :since WHERE id = :id")
        .param("id", id)
        .param("since", since.toEpochMilli())
        .update();
  }

  /// Another went live after it.
  void superseded(String id) {
    database
        .sql()
        .sql(
            """
            UPDATE releases_deployment SET state = 'superseded' WHERE id = :id AND state = 'live'
            """)
        .param("id", id)
        .update();
  }

  /// Those live at a place.
  List<Deployment> live(Place place) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_deployment
            WHERE service = :service AND environment = :environment AND state = 'live'
            """)
        .param("service", place.service())
        .param("environment", place.environment())
        .query((row, _) -> deployment(row))
        .list();
  }

  /// All that ever went live at a place, newest first.
  List<Deployment> history(Place place) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_deployment
            WHERE service = :service AND environment = :environment
              AND live_epoch_milli IS NOT NULL
            ORDER BY live_epoch_milli DESC, id LIMIT :limit
            """)
        .param("service", place.service())
        .param("environment", place.environment())
        .param("limit", MOST)
        .query((row, _) -> deployment(row))
        .list();
  }

  /// All that were ever asked for, newest first.
  List<Deployment> latest(int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_deployment ORDER BY issued_epoch_milli DESC, id LIMIT :limit
            """)
        .param("limit", Math.min(limit, MOST))
        .query((row, _) -> deployment(row))
        .list();
  }

  /// Tickets in this state, oldest first.
  List<Deployment> with(TicketState ticket) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_deployment WHERE ticket = :ticket
            ORDER BY issued_epoch_milli, id LIMIT :limit
            """)
        .param("ticket", ticket.word())
        .param("limit", MOST)
        .query((row, _) -> deployment(row))
        .list();
  }

  /// Tickets that wait for a host, oldest first; roll-backs before all else.
  List<Deployment> waiting(String host, Instant now) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_deployment
            WHERE ticket = 'started' AND host = :host AND expires_epoch_second > :now
            ORDER BY CASE kind WHEN 'rollback' THEN 0 ELSE 1 END, issued_epoch_milli, id
            LIMIT 100
            """)
        .param("host", host)
        .param("now", now.getEpochSecond())
        .query((row, _) -> deployment(row))
        .list();
  }

  /// A place as it is kept.
  record PlaceRow(
      Place place,
      String host,
      @Nullable String expected,
      @Nullable String deployment,
      @Nullable String reported,
      @Nullable String stop,
      String state,
      String health,
      String detail,
      long version,
      Instant since) {}

  private static PlaceRow place(ResultSet row) throws SQLException {
    return new PlaceRow(
        new Place(row.getString("service"), row.getString("environment")),
        row.getString("host"),
        row.getString("expected"),
        row.getString("deployment"),
        row.getString("reported"),
        row.getString("stop"),
        row.getString("state"),
        row.getString("health"),
        row.getString("detail"),
        row.getLong("version"),
        Instant.ofEpochMilli(row.getLong("since_epoch_milli")));
  }

  /// Gives a place to a host; false where it is another's.
  boolean give(Place place, String host, Instant now) {
    database
        .sql()
        .sql(
            """
            INSERT INTO releases_place (service, environment, host, state, health, detail,
              version, since_epoch_milli)
            VALUES (:service, :environment, :host, 'unknown', 'unknown', '', 0, :now)
            ON CONFLICT (service, environment) DO NOTHING
            """)
        .param("service", place.service())
        .param("environment", place.environment())
        .param("host", host)
        .param("now", now.toEpochMilli())
        .update();
    return find(place).filter(row -> row.host().equals(host)).isPresent();
  }

  Optional<PlaceRow> find(Place place) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM releases_place
            WHERE service = :service AND environment = :environment
            """)
        .param("service", place.service())
        .param("environment", place.environment())
        .query((row, _) -> place(row))
        .optional();
  }

  List<PlaceRow> places() {
    return database
        .sql()
        .sql("SELECT * FROM releases_place ORDER BY service, environment LIMIT :limit")
        .param("limit", MOST)
        .query((row, _) -> place(row))
        .list();
  }

  /// What is now let out at a place.
  void expect(Place place, String digest, String deployment) {
    database
        .sql()
        .sql(
            """
            UPDATE releases_place SET expected = :digest, deployment = :deployment
            WHERE service = :service AND environment = :environment
            """)
        .param("digest", digest)
        .param("deployment", deployment)
        .param("service", place.service())
        .param("environment", place.environment())
        .update();
  }

  /// This digest must not run at a place any longer; null takes that back.
  void stop(Place place, @Nullable String digest) {
    database
        .sql()
        .sql(
            """
            UPDATE releases_place SET stop = :digest
            WHERE service = :service AND environment = :environment
            """)
        .param("digest", digest)
        .param("service", place.service())
        .param("environment", place.environment())
        .update();
  }

  /// Notes what a host says of a place, if nobody did since `version`.
  void say(
      PlaceRow before,
      @Nullable String reported,
      String state,
      String health,
      String detail,
      Instant since) {
    database
        .sql()
        .sql(
            """
            UPDATE releases_place
            SET reported = :reported, state = :state, health = :health, detail = :detail,
              version = version + 1, since_epoch_milli = :since
            WHERE service = :service AND environment = :environment AND version = :version
            """)
        .param("reported", reported)
        .param("state", state)
        .param("health", health)
        .param("detail", detail)
        .param("since", since.toEpochMilli())
        .param("service", before.place().service())
        .param("environment", before.place().environment())
        .param("version", before.version())
        .update();
  }

  /// Runs all of `work` or nothing of it.
  void together(Runnable work) {
    database.inTransaction(work);
  }
}
