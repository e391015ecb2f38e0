-- pgstrata: code crate::hashing::hash
ALTER TABLE account ADD COLUMN hash bytea;
