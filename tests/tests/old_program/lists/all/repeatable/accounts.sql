CREATE OR REPLACE FUNCTION accounts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM account';
INSERT INTO ran (what) VALUES ('repeatable');
