CREATE TABLE t (a int, EXCLUDE (a ops more WITH =));
CREATE TABLE t (a int, EXCLUDE (a ops WITH));
CREATE TABLE t (a int, EXCLUDE (a ops));
ALTER TABLE t ADD EXCLUDE USING gist (a b c WITH =);
DROP TABLE p,;
DROP TABLE p, cascade cascade cascade;
DROP TABEL p, cascade;
