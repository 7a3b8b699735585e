-- Tokens of ours that have not ended: by them a run's tokens are found and revoked.
CREATE TABLE tokens_minted (
  id VARCHAR(64) PRIMARY KEY,
  holder VARCHAR(512) NOT NULL,
  run VARCHAR(512),
  thumbprint VARCHAR(64) NOT NULL,
  until_epoch BIGINT NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tokens_minted_run ON tokens_minted (run);
CREATE INDEX tokens_minted_thumbprint ON tokens_minted (thumbprint);
