-- How far each sink was told, and which node tells it just now.
CREATE TABLE export_cursor (
  sink VARCHAR(128) PRIMARY KEY,
  next_index BIGINT NOT NULL,
  acknowledged_epoch_milli BIGINT NOT NULL,
  holder VARCHAR(64) NOT NULL,
  held_until_epoch_milli BIGINT NOT NULL
);
