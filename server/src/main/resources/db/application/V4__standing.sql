-- Things put on hold, with an end or without; a tombstone is for ever and on an artifact.
CREATE TABLE standing_hold (
  id VARCHAR(32) PRIMARY KEY,
  thing_type VARCHAR(32) NOT NULL,
  thing_id VARCHAR(1024) NOT NULL,
  tombstone INTEGER NOT NULL,
  reason VARCHAR(1024) NOT NULL,
  held_by VARCHAR(256) NOT NULL,
  held_epoch_milli BIGINT NOT NULL,
  until_epoch_milli BIGINT NOT NULL,
  lifted_epoch_milli BIGINT
);
CREATE INDEX standing_hold_open ON standing_hold (lifted_epoch_milli, until_epoch_milli);

-- What an environment was taken away from: an artifact below its floor.
CREATE TABLE standing_floor (
  environment VARCHAR(256) NOT NULL,
  artifact VARCHAR(71) NOT NULL,
  PRIMARY KEY (environment, artifact)
);
