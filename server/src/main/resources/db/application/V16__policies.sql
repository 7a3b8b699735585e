-- Texts of policies by their digest; one that no version names decides nothing.
CREATE TABLE policies_text (
  digest VARCHAR(71) PRIMARY KEY,
  sources TEXT NOT NULL
);

-- Which text came into force when. The ledger says it first; this can be made anew from there.
CREATE TABLE policies_version (
  number BIGINT PRIMARY KEY,
  digest VARCHAR(71) NOT NULL REFERENCES policies_text (digest),
  origin VARCHAR(64) NOT NULL,
  published_by VARCHAR(1024) NOT NULL,
  reason VARCHAR(1024) NOT NULL,
  published_epoch_milli BIGINT NOT NULL,
  entry BIGINT NOT NULL
);
