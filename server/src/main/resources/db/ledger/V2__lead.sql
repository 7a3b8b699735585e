-- One row: the size that the next append starts from. Whoever appends moves it, so that of several
-- nodes one does at a time and none from a size that is not the newest.
CREATE TABLE ledger_lead (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tree_size BIGINT NOT NULL
);
INSERT INTO ledger_lead (id, tree_size)
SELECT 1, COALESCE(MAX(tree_size), 0) FROM ledger_checkpoint;
