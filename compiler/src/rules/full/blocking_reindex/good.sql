-- pgstrata: no-transaction
REINDEX TABLE CONCURRENTLY account;
REINDEX (CONCURRENTLY) INDEX account_email;
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
REINDEX TABLE account;
REINDEX INDEX account_email;
-- its down file:
REINDEX TABLE account;
