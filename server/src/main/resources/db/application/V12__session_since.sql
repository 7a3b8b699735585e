-- When a session began: what may be done only soon after the one-time code asks for it.
ALTER TABLE console_session ADD COLUMN since_epoch BIGINT NOT NULL DEFAULT 0;
