CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
-- then:
-- pgstrata: no-transaction
DROP INDEX CONCURRENTLY account_email;
-- or:
DROP INDEX IF EXISTS never_made;
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
-- then:
CREATE INDEX account_id ON account (id);
DROP INDEX account_id;
DROP VIEW known;
-- its down file:
DROP INDEX account_email;
