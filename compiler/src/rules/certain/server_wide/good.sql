ALTER TABLE account ADD COLUMN seen_at timestamptz;
DROP TABLE database;
CREATE TABLE tablespace (system text);
