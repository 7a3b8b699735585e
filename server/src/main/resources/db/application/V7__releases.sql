-- One-time codes that let a host in; the secret is kept as a hash.
CREATE TABLE releases_code (
  id VARCHAR(16) PRIMARY KEY,
  secret_hash VARCHAR(71) NOT NULL,
  host VARCHAR(63) NOT NULL,
  services VARCHAR(2048) NOT NULL,
  environment VARCHAR(63) NOT NULL,
  until_epoch_milli BIGINT NOT NULL,
  tries_left INTEGER NOT NULL,
  used_by VARCHAR(64)
);

-- Hosts with an agent, and when it was last heard.
CREATE TABLE releases_agent (
  host VARCHAR(63) PRIMARY KEY,
  enrolled_epoch_milli BIGINT NOT NULL,
  heard_epoch_milli BIGINT NOT NULL,
  silent INTEGER NOT NULL
);

-- A service in an environment: the host it runs on, what was let out, what the agent says of it.
CREATE TABLE releases_place (
  service VARCHAR(63) NOT NULL,
  environment VARCHAR(63) NOT NULL,
  host VARCHAR(63) NOT NULL,
  expected VARCHAR(71),
  deployment VARCHAR(32),
  reported VARCHAR(71),
  state VARCHAR(16) NOT NULL,
  health VARCHAR(16) NOT NULL,
  detail VARCHAR(512) NOT NULL,
  version BIGINT NOT NULL,
  since_epoch_milli BIGINT NOT NULL,
  PRIMARY KEY (service, environment)
);

-- A ticket and what becomes of it.
CREATE TABLE releases_deployment (
  id VARCHAR(32) PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  service VARCHAR(63) NOT NULL,
  environment VARCHAR(63) NOT NULL,
  host VARCHAR(63) NOT NULL,
  artifact VARCHAR(71) NOT NULL,
  repository VARCHAR(255) NOT NULL,
  caller VARCHAR(256) NOT NULL,
  key_thumbprint VARCHAR(64) NOT NULL,
  run VARCHAR(1024),
  runner VARCHAR(1024),
  touched TEXT NOT NULL,
  ruling BIGINT NOT NULL,
  expires_epoch_second BIGINT NOT NULL,
  ticket VARCHAR(16) NOT NULL,
  state VARCHAR(16) NOT NULL,
  previous VARCHAR(71),
  detail VARCHAR(512) NOT NULL,
  health VARCHAR(16) NOT NULL,
  seconds BIGINT NOT NULL,
  issued_epoch_milli BIGINT NOT NULL,
  live_epoch_milli BIGINT
);
CREATE INDEX releases_deployment_place ON releases_deployment (service, environment, live_epoch_milli);
CREATE INDEX releases_deployment_ticket ON releases_deployment (ticket, host);
CREATE INDEX releases_deployment_artifact ON releases_deployment (artifact);
CREATE INDEX releases_deployment_run ON releases_deployment (run);
