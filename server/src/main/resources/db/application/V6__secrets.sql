-- What is declared of a secret: who may read it, from where, in which step. Standing knowledge.
CREATE TABLE standing_secret (
  path VARCHAR(256) PRIMARY KEY,
  declaration TEXT NOT NULL,
  declared_by VARCHAR(256) NOT NULL,
  declared_epoch_milli BIGINT NOT NULL
);

-- Values, each version sealed under a data key of its own; old versions stay until they are purged.
CREATE TABLE secrets_version (
  path VARCHAR(256) NOT NULL,
  version BIGINT NOT NULL,
  key_id VARCHAR(64) NOT NULL,
  wrapped_key ${bytes} NOT NULL,
  box ${bytes} NOT NULL,
  put_by VARCHAR(256) NOT NULL,
  put_epoch_milli BIGINT NOT NULL,
  PRIMARY KEY (path, version)
);

-- Who was given which version, for how long.
CREATE TABLE secrets_lease (
  id VARCHAR(32) PRIMARY KEY,
  path VARCHAR(256) NOT NULL,
  version BIGINT NOT NULL,
  name VARCHAR(256) NOT NULL,
  run VARCHAR(1024) NOT NULL,
  step VARCHAR(32) NOT NULL,
  leased_epoch_milli BIGINT NOT NULL,
  until_epoch_milli BIGINT NOT NULL,
  over VARCHAR(16)
);
CREATE INDEX secrets_lease_step ON secrets_lease (step, over);
CREATE INDEX secrets_lease_run ON secrets_lease (run, over);
CREATE INDEX secrets_lease_path ON secrets_lease (path);
