-- pgstrata: no-transaction
-- pgstrata: code crate::hash
CREATE INDEX CONCURRENTLY account_hash ON account (hash);
