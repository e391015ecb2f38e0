-- To plan a query on a table evaluates constant expressions in its indexes, whoever made them. Nobody has
-- looked at this table yet, and to look first would double the price: such code cannot write.
SET LOCAL transaction_read_only = on;
SET LOCAL restrict_nonsystem_relation_kind = 'view, foreign-table';
SET LOCAL row_security = off;
SET LOCAL lock_timeout = {lock_timeout};
SET LOCAL statement_timeout = {statement_timeout};
SELECT version, state, up_checksum, down_checksum{label} FROM ONLY {history}
