-- pgstrata: phase contract
-- pgstrata: requires 0004
ALTER TABLE account DROP COLUMN spare;
INSERT INTO ran (what) VALUES ('up 5');
