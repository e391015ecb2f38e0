-- pgstrata: no-transaction
VACUUM (ANALYZE) account;
-- its down file:
-- pgstrata: no-transaction
VACUUM FULL account;
-- or:
CREATE TABLE account (id bigint);
-- then:
-- pgstrata: no-transaction
VACUUM (FULL FALSE) account;
VACUUM (FULL off, ANALYZE) account;
-- or:
-- pgstrata: no-transaction
CREATE TEMPORARY TABLE picked (id bigint);
VACUUM FULL picked;
