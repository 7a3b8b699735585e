-- The log itself: one row an entry, in order, never changed. leaf_hash lets fsck name the row that was.
CREATE TABLE ledger_entry (
  leaf_index BIGINT PRIMARY KEY CHECK (leaf_index >= 0),
  entry ${bytes} NOT NULL,
  leaf_hash ${bytes} NOT NULL
);

-- Full tiles of 256 hashes (C2SP tlog-tiles); what is right of them is computed from the entries.
CREATE TABLE ledger_tile (
  tile_level INTEGER NOT NULL,
  tile_index BIGINT NOT NULL,
  hashes ${bytes} NOT NULL,
  PRIMARY KEY (tile_level, tile_index)
);

-- A signed head after every commit: with them a change is found even where it was made consistently.
CREATE TABLE ledger_checkpoint (
  tree_size BIGINT PRIMARY KEY CHECK (tree_size >= 0),
  note TEXT NOT NULL
);

-- What entries name by digest; may be erased, the entry stays.
CREATE TABLE ledger_body (
  digest VARCHAR(71) PRIMARY KEY,
  body ${bytes} NOT NULL
);

-- Which entry answered a retry key first.
CREATE TABLE ledger_retry (
  digest VARCHAR(71) PRIMARY KEY,
  leaf_index BIGINT NOT NULL
);
