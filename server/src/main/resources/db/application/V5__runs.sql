-- Steps of runs that were ruled on before they began, and how they ended.
CREATE TABLE runs_step (
  id VARCHAR(32) PRIMARY KEY,
  action VARCHAR(16) NOT NULL,
  name VARCHAR(256) NOT NULL,
  workload VARCHAR(1024) NOT NULL,
  repository VARCHAR(1024) NOT NULL,
  run VARCHAR(1024) NOT NULL,
  thumbprint VARCHAR(64) NOT NULL,
  runner VARCHAR(1024),
  runner_verified INTEGER NOT NULL,
  hosted INTEGER NOT NULL,
  source_commit VARCHAR(1024),
  claimed_commit VARCHAR(64),
  tree VARCHAR(64),
  ref VARCHAR(1024),
  pipeline VARCHAR(71),
  reviewed INTEGER,
  isolation VARCHAR(16) NOT NULL,
  begun_epoch_milli BIGINT NOT NULL,
  begun_entry BIGINT NOT NULL,
  exit_code INTEGER,
  seconds BIGINT,
  outcome VARCHAR(16),
  ended_epoch_milli BIGINT,
  ended_entry BIGINT,
  passed BIGINT,
  failed BIGINT,
  skipped BIGINT
);
CREATE INDEX runs_step_run ON runs_step (run, begun_epoch_milli);

-- What the wrapper says a step made: claims, never proof.
CREATE TABLE runs_product (
  step VARCHAR(32) NOT NULL REFERENCES runs_step (id),
  name VARCHAR(1024) NOT NULL,
  digest VARCHAR(71) NOT NULL,
  PRIMARY KEY (step, name)
);
CREATE INDEX runs_product_digest ON runs_product (digest);

-- What lock files named when a step began, as the wrapper says.
CREATE TABLE runs_dependency (
  step VARCHAR(32) NOT NULL REFERENCES runs_step (id),
  purl VARCHAR(512) NOT NULL,
  PRIMARY KEY (step, purl)
);
CREATE INDEX runs_dependency_purl ON runs_dependency (purl);

-- Bytes that a run sent through a door, by the digest that the door computed.
CREATE TABLE runs_streamed (
  digest VARCHAR(71) NOT NULL,
  run VARCHAR(1024) NOT NULL,
  streamed_epoch_milli BIGINT NOT NULL,
  PRIMARY KEY (digest, run)
);
CREATE INDEX runs_streamed_run ON runs_streamed (run);
