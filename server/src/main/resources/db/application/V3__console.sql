-- Sessions of the console, by the hash of their cookie.
CREATE TABLE console_session (
  id_hash VARCHAR(64) PRIMARY KEY,
  person VARCHAR(128) NOT NULL,
  form_token VARCHAR(64) NOT NULL,
  until_epoch BIGINT NOT NULL
);
