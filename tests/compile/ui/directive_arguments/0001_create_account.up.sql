-- pgstrata: requires first_table
-- pgstrata: requires-extension uuid-ossp
-- pgstrata: requires-table other.repo.account
-- pgstrata: phase expend
-- pgstrata: batch pause 100 max-batch 4
-- pgstrata: total 5000
-- pgstrata: key id, name
CREATE TABLE account (id bigint);
