package dev.sallyport.server.runs;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Digest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Steps, what they are said to have made, and what they sent through a door.
@Component
final class RunStore {
  private static final int MAX_SENDERS = 100;
  private static final int MAX_DIGESTS = 10_000;

  private static final RowMapper<Step> STEP =
      (row, _) ->
          new Step(
              row.getString("id"),
              row.getString("action"),
              row.getString("name"),
              new Step.Asker(
                  row.getString("workload"),
                  row.getString("repository"),
                  row.getString("run"),
                  row.getString("thumbprint"),
                  row.getString("runner"),
                  row.getInt("runner_verified") == 1,
                  row.getInt("hosted") == 1),
              new Step.Source(
                  row.getString("source_commit"),
                  row.getString("claimed_commit"),
                  row.getString("tree"),
                  row.getString("ref"),
                  row.getString("pipeline"),
                  truth(row, "reviewed")),
              row.getString("isolation"),
              Instant.ofEpochMilli(row.getLong("begun_epoch_milli")),
              row.getLong("begun_entry"),
              ended(row));

  private static @Nullable Boolean truth(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value == 1;
  }

  private static Step.@Nullable Ended ended(ResultSet row) throws SQLException {
    String outcome = row.getString("outcome");
    if (outcome == null) {
      return null;
    }
    long passed = row.getLong("passed");
    Step.Tests tests =
        row.wasNull()
            ? null
            : new Step.Tests(passed, row.getLong("failed"), row.getLong("skipped"));
    return new Step.Ended(
        row.getInt("exit_code"),
        row.getLong("seconds"),
        outcome,
        Instant.ofEpochMilli(row.getLong("ended_epoch_milli")),
        row.getLong("ended_entry"),
        tests);
  }

  private final Database database;

  RunStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// A run that sent bytes, and when.
  record Sent(String run, Instant at) {}

  /// Notes a step; the same one again changes nothing.
  void begin(Step step) {
    database
        .sql()
        .sql(
            """
            INSERT INTO runs_step (id, action, name, workload, repository, run, thumbprint, runner,
              runner_verified, hosted, source_commit, claimed_commit, tree, ref, pipeline, reviewed,
              isolation, begun_epoch_milli, begun_entry)
            VALUES (:id, :action, :name, :workload, :repository, :run, :thumbprint, :runner,
              :runnerVerified, :hosted, :sourceCommit, :claimedCommit, :tree, :ref, :pipeline,
              :reviewed, :isolation, :begun, :entry)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", step.id())
        .param("action", step.action())
        .param("name", step.name())
        .param("workload", step.asker().workload())
        .param("repository", step.asker().repository())
        .param("run", step.asker().run())
        .param("thumbprint", step.asker().key())
        .param("runner", step.asker().runner())
        .param("runnerVerified", step.asker().runnerVerified() ? 1 : 0)
        .param("hosted", step.asker().hosted() ? 1 : 0)
        .param("sourceCommit", step.source().commit())
        .param("claimedCommit", step.source().claimedCommit())
        .param("tree", step.source().tree())
        .param("ref", step.source().ref())
        .param("pipeline", step.source().pipeline())
        .param("reviewed", number(step.source().reviewed()))
        .param("isolation", step.isolation())
        .param("begun", step.begun().toEpochMilli())
        .param("entry", step.entry())
        .update();
  }

  private static @Nullable Integer number(@Nullable Boolean truth) {
    return truth == null ? null : truth ? 1 : 0;
  }

  /// Notes how a step ended and what it is said to have made, once.
  void end(String id, Step.Ended ended, List<Product> products, List<String> dependencies) {
    database.inTransaction(() -> {
      if (setEnd(id, ended)) {
        products.forEach(product -> insertProduct(id, product));
        dependencies.forEach(purl -> insertDependency(id, purl));
      }
    });
  }

  private boolean setEnd(String id, Step.Ended ended) {
    Step.Tests tests = ended.tests();
    return database
            .sql()
            .sql(
                """
                UPDATE runs_step SET exit_code = :exit, seconds = :seconds, outcome = :outcome,
                  ended_epoch_milli = :ended, ended_entry = :entry, passed = :passed,
                  failed = :failed, skipped = :skipped
                WHERE id = :id AND outcome IS NULL
                """)
            .param("exit", ended.exit())
            .param("seconds", ended.seconds())
            .param("outcome", ended.outcome())
            .param("ended", ended.at().toEpochMilli())
            .param("entry", ended.entry())
            .param("passed", tests == null ? null : tests.passed())
            .param("failed", tests == null ? null : tests.failed())
            .param("skipped", tests == null ? null : tests.skipped())
            .param("id", id)
            .update()
        == 1;
  }

  private void insertProduct(String step, Product product) {
    database
        .sql()
        .sql(
            """
            INSERT INTO runs_product (step, name, digest) VALUES (:step, :name, :digest)
            ON CONFLICT (step, name) DO NOTHING
            """)
        .param("step", step)
        .param("name", product.name())
        .param("digest", product.digest().text())
        .update();
  }

  private void insertDependency(String step, String purl) {
    database
        .sql()
        .sql(
            """
            INSERT INTO runs_dependency (step, purl) VALUES (:step, :purl)
            ON CONFLICT (step, purl) DO NOTHING
            """)
        .param("step", step)
        .param("purl", purl)
        .update();
  }

  /// One step.
  Optional<Step> step(String id) {
    return database
        .sql()
        .sql("SELECT * FROM runs_step WHERE id = :id")
        .param("id", id)
        .query(STEP)
        .optional();
  }

  /// Steps of a run, oldest first.
  List<Step> ofRun(String run, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM runs_step WHERE run = :run
            ORDER BY begun_epoch_milli, begun_entry LIMIT :limit
            """)
        .param("run", run)
        .param("limit", limit)
        .query(STEP)
        .list();
  }

  /// Runners that a run's steps are on.
  List<String> runners(String run) {
    return database
        .sql()
        .sql(
            """
            SELECT DISTINCT runner FROM runs_step
            WHERE run = :run AND runner IS NOT NULL ORDER BY runner LIMIT :limit
            """)
        .param("run", run)
        .param("limit", MAX_SENDERS)
        .query((row, _) -> row.getString(1))
        .list();
  }

  /// What a step is said to have made.
  List<Product> products(String step) {
    return database
        .sql()
        .sql("SELECT name, digest FROM runs_product WHERE step = :step ORDER BY name")
        .param("step", step)
        .query((row, _) -> new Product(row.getString(1), new Digest(row.getString(2))))
        .list();
  }

  /// What lock files of a run's steps named.
  List<String> dependencies(String run) {
    return database
        .sql()
        .sql(
            """
            SELECT DISTINCT runs_dependency.purl FROM runs_dependency
            JOIN runs_step ON runs_step.id = runs_dependency.step
            WHERE runs_step.run = :run ORDER BY runs_dependency.purl LIMIT :limit
            """)
        .param("run", run)
        .param("limit", MAX_DIGESTS)
        .query((row, _) -> row.getString(1))
        .list();
  }

  /// Steps whose lock files named a package.
  List<Step> dependingOn(String purl, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT runs_step.* FROM runs_dependency
            JOIN runs_step ON runs_step.id = runs_dependency.step
            WHERE runs_dependency.purl = :purl
            ORDER BY runs_step.begun_epoch_milli, runs_step.begun_entry LIMIT :limit
            """)
        .param("purl", purl)
        .param("limit", limit)
        .query(STEP)
        .list();
  }

  /// Notes who sent bytes; the first time counts.
  void streamed(Digest digest, String run, Instant at) {
    database
        .sql()
        .sql(
            """
            INSERT INTO runs_streamed (digest, run, streamed_epoch_milli)
            VALUES (:digest, :run, :at)
            ON CONFLICT (digest, run) DO NOTHING
            """)
        .param("digest", digest.text())
        .param("run", run)
        .param("at", at.toEpochMilli())
        .update();
  }

  /// Who sent bytes of this digest, first ones first.
  List<Sent> senders(Digest digest) {
    return database
        .sql()
        .sql(
            """
            SELECT run, streamed_epoch_milli FROM runs_streamed WHERE digest = :digest
            ORDER BY streamed_epoch_milli, run LIMIT :limit
            """)
        .param("digest", digest.text())
        .param("limit", MAX_SENDERS)
        .query((row, _) -> new Sent(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
        .list();
  }

  /// Runs whose steps are said to have made bytes of this digest, and since when, first ones first.
  List<Sent> claimers(Digest digest) {
    return database
        .sql()
        .sql(
            """
            SELECT runs_step.run, runs_step.ended_epoch_milli FROM runs_product
            JOIN runs_step ON runs_step.id = runs_product.step
            WHERE runs_product.digest = :digest
            ORDER BY runs_step.ended_epoch_milli LIMIT :limit
            """)
        .param("digest", digest.text())
        .param("limit", MAX_DIGESTS)
        .query((row, _) -> new Sent(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
        .list();
  }

  /// Digests of what a run sent.
  List<Digest> streamedBy(String run) {
    return database
        .sql()
        .sql(
            """
            SELECT digest FROM runs_streamed WHERE run = :run
            ORDER BY streamed_epoch_milli, digest LIMIT :limit
            """)
        .param("run", run)
        .param("limit", MAX_DIGESTS)
        .query((row, _) -> new Digest(row.getString(1)))
        .list();
  }
}
