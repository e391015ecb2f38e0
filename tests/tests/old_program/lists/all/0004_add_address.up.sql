-- pgstrata: phase expand
ALTER TABLE account ADD COLUMN address text;
INSERT INTO ran (what) VALUES ('up 4');
