-- A transaction that the caller has begun is refused before anything in it is changed. As each error does, this one
-- ends it: a start is one message, and what comes next must not run there.
SET TRANSACTION ISOLATION LEVEL READ COMMITTED, NOT DEFERRABLE;
SELECT CASE WHEN pg_catalog.now() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()
            THEN pg_catalog.concat('pgstrata: ', 'in a transaction')::pg_catalog.int4 END;
-- To plan a query on a table evaluates constant expressions in its indexes, whoever made them. Nobody has
-- looked at this table yet, and to look first would double the price: such code cannot write.
SET LOCAL transaction_read_only = on;
SET LOCAL restrict_nonsystem_relation_kind = 'view, foreign-table';
SET LOCAL row_security = off;
SET LOCAL lock_timeout = {lock_timeout};
SET LOCAL statement_timeout = {statement_timeout};
SELECT version, state, up_checksum, down_checksum{label} FROM ONLY {history}
