ALTER TABLE account DROP COLUMN address;
INSERT INTO ran (what) VALUES ('down 4');
