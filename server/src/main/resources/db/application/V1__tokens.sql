-- Tokens and proofs that were used, until they would be refused for their age anyway.
CREATE TABLE tokens_used (
  replay_id VARCHAR(64) PRIMARY KEY,
  until_epoch BIGINT NOT NULL
);
CREATE INDEX tokens_used_until ON tokens_used (until_epoch);
