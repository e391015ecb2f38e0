//! What to do about the errors that migrations meet most.
//!
//! Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use postgres::error::SqlState;

const TABLE: &[(&str, &str)] = &[
    (
        "0A000",
        "if an extension is not available: install its package on the server, or put `-- pgstrata: optional` above the statement",
    ),
    ("23502", "existing rows lack a value: fill it in with an earlier migration"),
    (
        "23503",
        "existing rows refer to rows that are missing: repair them with an earlier migration",
    ),
    (
        "23505",
        "a row with that key exists: for seed data add ON CONFLICT DO NOTHING, otherwise remove the duplicates in an earlier migration",
    ),
    ("23514", "existing rows violate the check: repair them with an earlier migration"),
    (
        "25001",
        "give the statement a file of its own that begins with `-- pgstrata: no-transaction`",
    ),
    (
        "25006",
        "the server is a standby or the database is set read-only: connect to the primary (target_session_attrs=read-write) or set default_transaction_read_only off",
    ),
    ("2BP01", "other objects depend on this one: drop them first, by name, in the same file"),
    (
        "2D000",
        "a DO block or procedure cannot end the migration's transaction: use `-- pgstrata: no-transaction`",
    ),
    ("3F000", "the schema does not exist: create it in an earlier migration"),
    (
        "40001",
        "concurrent changes got in the way until the retry deadline: run again at a quieter hour",
    ),
    (
        "40P01",
        "deadlocks went on until the retry deadline: lock one table a migration, in the order in which the application does",
    ),
    (
        "42501",
        "the connecting user lacks a privilege: connect as the owner of the objects, or GRANT it",
    ),
    (
        "42701",
        "the column exists already, but the history does not say so: it was made outside the migrations",
    ),
    ("42703", "no such column: see whether an earlier migration makes it"),
    ("42704", "no such object: see whether an earlier migration makes it"),
    (
        "42710",
        "the object exists already, but the history does not say so: it was made outside the migrations",
    ),
    (
        "42P01",
        "no such table: see whether an earlier migration makes it, or write its schema in front",
    ),
    (
        "42P06",
        "the schema exists already, but the history does not say so: it was made outside the migrations",
    ),
    (
        "42P07",
        "the object exists already, but the history does not say so: it was made outside the migrations",
    ),
    (
        "55P03",
        "another session kept a lock until the retry deadline: end its transaction, run at a quieter hour, or set `-- pgstrata: lock-timeout`",
    ),
    (
        "55P04",
        "a new enum value cannot be used in the transaction that adds it: use it in the next migration",
    ),
    ("57014", "the statement took longer than its timeout: set `-- pgstrata: statement-timeout`"),
    ("58P01", "a file is missing on the server: install the extension's package there"),
];

pub(crate) fn on(code: &SqlState) -> Option<&'static str> {
    let index = TABLE.binary_search_by_key(&code.code(), |(code, _)| code).ok()?;
    TABLE.get(index).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|(code, _)| code));
        assert!(
            on(&SqlState::INSUFFICIENT_PRIVILEGE).is_some_and(|advice| advice.contains("GRANT"))
        );
    }
}
