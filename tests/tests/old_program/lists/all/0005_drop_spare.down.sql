ALTER TABLE account ADD COLUMN spare text;
INSERT INTO ran (what) VALUES ('down 5');
