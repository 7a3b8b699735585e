-- Envelopes as they were handed in, by their digest.
CREATE TABLE evidence_envelope (
  digest VARCHAR(71) PRIMARY KEY,
  envelope ${bytes} NOT NULL,
  received_epoch BIGINT NOT NULL
);

-- What they are about. Whether they count is judged anew at each question.
CREATE TABLE evidence_subject (
  subject VARCHAR(71) NOT NULL,
  digest VARCHAR(71) NOT NULL REFERENCES evidence_envelope (digest),
  PRIMARY KEY (subject, digest)
);
