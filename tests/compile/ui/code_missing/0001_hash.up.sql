-- pgstrata: code crate::hashing::hash_addresses
ALTER TABLE account ADD COLUMN hash bytea;
