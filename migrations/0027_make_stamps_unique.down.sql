-- Lets a file content be stamped again. The index belongs to the constraint
-- and goes with it.

ALTER TABLE metadata_stamps
    DROP CONSTRAINT metadata_stamps_namespace_file_hash_key;
