-- Which entries of the log are about which run, and how far the log was read for that.
CREATE TABLE console_run_entry (
  run VARCHAR(512) NOT NULL,
  leaf_index BIGINT NOT NULL,
  PRIMARY KEY (run, leaf_index)
);
CREATE INDEX console_run_entry_index ON console_run_entry (leaf_index);
CREATE TABLE console_run_cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_index BIGINT NOT NULL
);
