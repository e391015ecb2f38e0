-- Makes a file content stamped once in a namespace. The unique index is built
-- while writes go on, then becomes the constraint in an instant. Where the
-- build fails on duplicates, it leaves an invalid index of this name, which
-- has to go before the next try. Depends on metadata_stamps.
-- pgstrata: no-transaction
-- pgstrata: requires 0006

CREATE UNIQUE INDEX CONCURRENTLY metadata_stamps_namespace_file_hash_key
    ON metadata_stamps (namespace, file_hash);

ALTER TABLE metadata_stamps
    ADD CONSTRAINT metadata_stamps_namespace_file_hash_key
        UNIQUE USING INDEX metadata_stamps_namespace_file_hash_key;
