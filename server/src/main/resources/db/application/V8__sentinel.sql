-- How far the ledger was read, and what the detectors remember: one row, moved together with
-- everything that follows from the entries read.
CREATE TABLE sentinel_cursor (
  name VARCHAR(32) PRIMARY KEY,
  next_entry BIGINT NOT NULL,
  memory ${bytes} NOT NULL
);

-- Findings, by their entry in the ledger.
CREATE TABLE sentinel_finding (
  id VARCHAR(32) PRIMARY KEY,
  entry BIGINT NOT NULL,
  rule VARCHAR(64) NOT NULL,
  severity VARCHAR(16) NOT NULL,
  found_epoch_milli BIGINT NOT NULL,
  incident VARCHAR(32) NOT NULL,
  told VARCHAR(2048) NOT NULL,
  evidence VARCHAR(1024) NOT NULL
);
CREATE INDEX sentinel_finding_incident ON sentinel_finding (incident);

-- Findings about one matter; open until a person closes it.
CREATE TABLE sentinel_incident (
  id VARCHAR(32) PRIMARY KEY,
  matter_type VARCHAR(32) NOT NULL,
  matter_id VARCHAR(1024) NOT NULL,
  matter_key VARCHAR(64) NOT NULL,
  severity VARCHAR(16) NOT NULL,
  title VARCHAR(2048) NOT NULL,
  opened_epoch_milli BIGINT NOT NULL,
  opened_entry BIGINT NOT NULL,
  grown_epoch_milli BIGINT NOT NULL,
  closed_epoch_milli BIGINT,
  closed_by VARCHAR(256)
);
CREATE UNIQUE INDEX sentinel_incident_open ON sentinel_incident (matter_key)
  WHERE closed_epoch_milli IS NULL;

-- What an incident is about.
CREATE TABLE sentinel_incident_thing (
  incident VARCHAR(32) NOT NULL,
  thing_key VARCHAR(64) NOT NULL,
  thing_type VARCHAR(32) NOT NULL,
  thing_id VARCHAR(1024) NOT NULL,
  PRIMARY KEY (incident, thing_key)
);

-- Who could have touched what: an edge goes from what is bad to what it could have made bad. Keys
-- are hashes of type and id, so that no id is too long for an index.
CREATE TABLE sentinel_edge (
  from_key VARCHAR(64) NOT NULL,
  to_key VARCHAR(64) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  from_type VARCHAR(32) NOT NULL,
  from_id VARCHAR(1024) NOT NULL,
  to_type VARCHAR(32) NOT NULL,
  to_id VARCHAR(1024) NOT NULL,
  enforced INTEGER NOT NULL,
  entry BIGINT NOT NULL,
  PRIMARY KEY (from_key, to_key, kind)
);
CREATE INDEX sentinel_edge_to ON sentinel_edge (to_key);

-- Responses: what was asked for, by whom or which playbook, and how far it got.
CREATE TABLE sentinel_response (
  id VARCHAR(32) PRIMARY KEY,
  target_type VARCHAR(32) NOT NULL,
  target_id VARCHAR(1024) NOT NULL,
  avoided VARCHAR(16384) NOT NULL,
  tier VARCHAR(16) NOT NULL,
  playbook VARCHAR(64) NOT NULL,
  automatic INTEGER NOT NULL,
  may_stop INTEGER NOT NULL,
  incident VARCHAR(32),
  reason VARCHAR(1024) NOT NULL,
  asker_kind VARCHAR(16) NOT NULL,
  asker_id VARCHAR(256) NOT NULL,
  state VARCHAR(16) NOT NULL,
  due_epoch_milli BIGINT NOT NULL,
  ended_epoch_milli BIGINT
);
CREATE INDEX sentinel_response_state ON sentinel_response (state);

-- The steps of a response in their order.
CREATE TABLE sentinel_response_step (
  response VARCHAR(32) NOT NULL,
  place INTEGER NOT NULL,
  kind VARCHAR(32) NOT NULL,
  thing_type VARCHAR(32) NOT NULL,
  thing_id VARCHAR(1024) NOT NULL,
  detail VARCHAR(16384) NOT NULL,
  state VARCHAR(16) NOT NULL,
  result VARCHAR(2048) NOT NULL,
  entry BIGINT NOT NULL,
  PRIMARY KEY (response, place)
);

-- Whether responses run by themselves: absent means as configured.
CREATE TABLE sentinel_switch (
  name VARCHAR(32) PRIMARY KEY,
  is_on INTEGER NOT NULL
);
