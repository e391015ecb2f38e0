DROP VIEW known;
CREATE VIEW known AS SELECT 1;
DROP INDEX account_email;
CREATE INDEX account_email ON account (email);
DROP TABLE account;
DROP TYPE mood;
-- its down file:
DROP VIEW known;
