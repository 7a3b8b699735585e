-- How often each policy decided, under which text; and how far the log was read for that. Made anew from the log.
CREATE TABLE decisions_hit (
  policy VARCHAR(512) NOT NULL,
  text VARCHAR(71) NOT NULL,
  verdict VARCHAR(16) NOT NULL,
  hits BIGINT NOT NULL,
  last_epoch_milli BIGINT NOT NULL,
  last_entry BIGINT NOT NULL,
  PRIMARY KEY (policy, text, verdict)
);
CREATE TABLE decisions_hit_cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_index BIGINT NOT NULL
);
