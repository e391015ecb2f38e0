//! The migrations that are disturbed, and what they make.

use pgstrata::Migrations;

use crate::support::{Database, migrations, source};

/// Each in one transaction, and enough of them that they share a message where nobody looks on.
pub(crate) fn transactional() -> &'static Migrations<'static> {
    migrations([
        source(
            "0001_a",
            "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);",
            "DROP TABLE a;",
        ),
        source(
            "0002_b",
            "INSERT INTO a VALUES (2);\nCREATE INDEX a_n ON a (n);",
            "DROP INDEX a_n;",
        ),
        source(
            "0003_c",
            "ALTER TABLE a ADD m int DEFAULT 3;",
            "ALTER TABLE a DROP m;",
        ),
        source(
            "0004_d",
            "INSERT INTO a VALUES (4);",
            "DELETE FROM a WHERE n = 4;",
        ),
    ])
}

/// Every kind of statement that a file without a transaction is for.
pub(crate) fn outside(is_13: bool) -> &'static Migrations<'static> {
    let tables = "CREATE TABLE a (n int CONSTRAINT positive CHECK (n > 0));\n\
                  ALTER TABLE a DROP CONSTRAINT positive;\n\
                  ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;\n\
                  CREATE TYPE e AS ENUM ('x');\n\
                  CREATE INDEX old ON a (n);\n\
                  CREATE TABLE p (n int) PARTITION BY LIST (n);\n\
                  CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);";
    let detach = if is_13 {
        ""
    } else {
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\n"
    };
    let up = format!(
        "INSERT INTO a VALUES (1);\n\
         CREATE INDEX CONCURRENTLY a_n ON a (n);\n\
         ALTER TYPE e ADD VALUE 'y';\n\
         ALTER TABLE a VALIDATE CONSTRAINT positive;\n\
         VACUUM a;\n\
         REINDEX TABLE CONCURRENTLY a;\n\
         {detach}\
         DROP INDEX CONCURRENTLY old;\n\
         INSERT INTO a VALUES (2);"
    );
    migrations([
        source("0001_tables", tables, "DROP TABLE a, p;\nDROP TYPE e;"),
        source(
            "0002_outside",
            &up,
            "DROP INDEX CONCURRENTLY a_n;\nDELETE FROM a WHERE n = 2;",
        )
        .no_transaction(),
        source("0003_b", "CREATE TABLE b (n int);", "DROP TABLE b;"),
    ])
}

/// What is there: columns, constraints, indexes with their validity, enums, partitions, rows,
/// and what the history says.
pub(crate) fn fingerprint(database: &Database) -> String {
    database.ask(
        "SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM ( \
         SELECT attrelid::regclass || ' ' || attname || ' ' || atttypid::regtype AS line FROM pg_attribute a \
         JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND attnum > 0 \
         AND relname NOT LIKE 'pgstrata%' \
         UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'pgstrata%' AND conrelid <> 0 \
         UNION ALL SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid FROM pg_index \
         WHERE indexrelid::regclass::text NOT LIKE 'pg%' \
         UNION ALL SELECT 'invalid ' || indexrelid FROM pg_index WHERE NOT indisvalid \
         UNION ALL SELECT enumtypid::regtype || ' ' || enumlabel FROM pg_enum \
         UNION ALL SELECT inhrelid::regclass || ' of ' || inhparent::regclass FROM pg_inherits \
         UNION ALL SELECT 'row ' || n FROM (SELECT (xpath('/table/row/n/text()', \
             query_to_xml('SELECT n FROM public.a ORDER BY n', false, false, '')))::text AS n) x \
         UNION ALL SELECT version || ' ' || state || ' ' || statements_done FROM public.pgstrata_history \
         UNION ALL SELECT version || ' ' || action FROM public.pgstrata_history_events) AS lines",
    )
}
