-- Refusals that were waived for a time. What a waiver is for is JSON: the gate alone reads it.
CREATE TABLE standing_waiver (
  id VARCHAR(32) PRIMARY KEY,
  refusal BIGINT NOT NULL,
  waiver TEXT NOT NULL,
  reason VARCHAR(1024) NOT NULL,
  waived_by VARCHAR(256) NOT NULL,
  waived_epoch_milli BIGINT NOT NULL,
  until_epoch_milli BIGINT NOT NULL,
  ended_epoch_milli BIGINT,
  uses BIGINT NOT NULL,
  used_epoch_milli BIGINT
);
CREATE INDEX standing_waiver_live ON standing_waiver (ended_epoch_milli, until_epoch_milli);
