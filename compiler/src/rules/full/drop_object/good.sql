DROP VIEW known;
CREATE VIEW known AS SELECT 1;
DROP INDEX account_email;
CREATE INDEX account_email ON account (email);
DROP TABLE account;
DROP TYPE mood;
-- its down file:
DROP VIEW known;
-- or:
CREATE VIEW known AS SELECT 1;
-- then:
CREATE VIEW known_now AS SELECT 2;
DROP VIEW known;
ALTER VIEW known_now RENAME TO known;
