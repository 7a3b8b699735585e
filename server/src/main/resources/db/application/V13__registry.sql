-- Tokens for the door in front of the registry: bearer tokens, for one repository, for minutes. The
-- token itself is not here, only its digest.
CREATE TABLE tokens_registry (
  token VARCHAR(71) PRIMARY KEY,
  id VARCHAR(64) NOT NULL,
  repository VARCHAR(256) NOT NULL,
  actions VARCHAR(16) NOT NULL,
  workload VARCHAR(1024) NOT NULL,
  source VARCHAR(1024) NOT NULL,
  claims TEXT NOT NULL,
  thumbprint VARCHAR(64) NOT NULL,
  until_epoch BIGINT NOT NULL
);

-- What went into the registry through the door, by ruling.
CREATE TABLE enforce_published (
  repository VARCHAR(256) NOT NULL,
  digest VARCHAR(71) NOT NULL,
  ruling BIGINT NOT NULL,
  PRIMARY KEY (repository, digest)
);
