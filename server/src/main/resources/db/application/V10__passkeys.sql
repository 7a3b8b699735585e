-- Passkeys of people: what their authenticators attested (WebAuthn section 4, credential record).
CREATE TABLE identity_passkey (
  credential_id VARCHAR(1400) PRIMARY KEY,
  person VARCHAR(128) NOT NULL,
  attested ${bytes} NOT NULL,
  sign_count BIGINT NOT NULL,
  backup_eligible INTEGER NOT NULL,
  enrolled_epoch BIGINT NOT NULL
);
CREATE INDEX identity_passkey_person ON identity_passkey (person);

-- Challenges that were given and not used yet: each for one person, one session and one purpose.
CREATE TABLE identity_challenge (
  challenge VARCHAR(64) PRIMARY KEY,
  person VARCHAR(128) NOT NULL,
  session VARCHAR(64) NOT NULL,
  purpose VARCHAR(71) NOT NULL,
  until_epoch BIGINT NOT NULL
);
