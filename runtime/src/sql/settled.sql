SET LOCAL restrict_nonsystem_relation_kind = 'view, foreign-table';
SET LOCAL row_security = off;
SET LOCAL lock_timeout = {lock_timeout};
SET LOCAL statement_timeout = {statement_timeout};
SELECT version, state, up_checksum, down_checksum FROM ONLY {history}
