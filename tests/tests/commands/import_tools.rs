//! `import`: files of each tool, as its manual names them, run as ours afterwards.

use crate::import::{INDEX, NO_INDEX, NO_TABLE, TABLE, imported};

type Files = Vec<(&'static str, String)>;

fn owned(files: &[(&'static str, &str)]) -> Files {
    files
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect()
}

fn in_transaction(sql: &str) -> String {
    format!("BEGIN;\n{sql}COMMIT;\n")
}

/// A table, and an index that is made outside a transaction, each with its way back.
fn become_pairs_that_run(all: impl IntoIterator<Item = (&'static str, Files)>) {
    for (tool, files) in all {
        let (said, written) = imported(tool, &files);
        assert!(said.starts_with("2 migrations"), "{tool}: {said}");
        assert!(
            !said.contains("without a way back") && !said.contains("left out"),
            "{tool}: {said}"
        );
        assert!(said.contains(&format!("--reason 'from {tool}'")), "{said}");
        let bare = written
            .iter()
            .filter(|(_, text)| text.contains("-- pgstrata: no-transaction"));
        assert_eq!(bare.count(), 2, "{tool}: {written:#?}");
        let words = [
            "BEGIN", "COMMIT", "ROLLBACK", "+goose", "+migrate", "migrate:",
        ];
        let left = written
            .iter()
            .find(|(_, text)| words.iter().any(|word| text.contains(word)));
        assert_eq!(left, None, "{tool}");
    }
}

#[test]
fn a_file_each_way_becomes_a_pair() {
    become_pairs_that_run([
        (
            "golang-migrate",
            owned(&[
                ("1_account.up.sql", &in_transaction(TABLE)),
                ("1_account.down.sql", &in_transaction(NO_TABLE)),
                ("2_index.up.sql", INDEX),
                ("2_index.down.sql", NO_INDEX),
            ]),
        ),
        (
            "sqlx",
            owned(&[
                ("0001_account.up.sql", TABLE),
                ("0001_account.down.sql", NO_TABLE),
                ("0002_index.up.sql", &format!("-- no-transaction\n{INDEX}")),
                (
                    "0002_index.down.sql",
                    &format!("-- no-transaction\n{NO_INDEX}"),
                ),
            ]),
        ),
        (
            "diesel",
            owned(&[
                ("2026-01-31-120000_account/up.sql", TABLE),
                ("2026-01-31-120000_account/down.sql", NO_TABLE),
                ("2026-02-01-120000_index/up.sql", INDEX),
                ("2026-02-01-120000_index/down.sql", NO_INDEX),
                (
                    "2026-02-01-120000_index/metadata.toml",
                    "run_in_transaction = false\n",
                ),
            ]),
        ),
        (
            "flyway",
            owned(&[
                ("V1__Account.sql", TABLE),
                ("undo/U1__Account.sql", NO_TABLE),
                ("V1.1__Index.sql", INDEX),
                ("undo/U1.1__Index.sql", NO_INDEX),
                ("V1.1__Index.sql.conf", "executeInTransaction=false\n"),
                (
                    "R__accounts.sql",
                    "CREATE OR REPLACE VIEW accounts AS SELECT id FROM account;\n",
                ),
            ]),
        ),
    ]);
}

#[test]
fn one_file_for_both_ways_becomes_a_pair() {
    become_pairs_that_run([
        (
            "dbmate",
            owned(&[
                (
                    "20260131120000_account.sql",
                    &format!("-- migrate:up\n{TABLE}\n-- migrate:down\n{NO_TABLE}"),
                ),
                (
                    "20260201120000_index.sql",
                    &format!(
                        "-- migrate:up transaction:false\n{INDEX}\n-- migrate:down transaction:false\n{NO_INDEX}"
                    ),
                ),
            ]),
        ),
        (
            "sql-migrate",
            owned(&[
                (
                    "1_account.sql",
                    &format!("-- +migrate Up\n{TABLE}\n-- +migrate Down\n{NO_TABLE}"),
                ),
                (
                    "2_index.sql",
                    &format!(
                        "-- +migrate Up notransaction\n{INDEX}\n-- +migrate Down notransaction\n{NO_INDEX}"
                    ),
                ),
            ]),
        ),
        (
            "goose",
            owned(&[
                (
                    "001_account.sql",
                    &format!(
                        "-- +goose Up\n-- +goose StatementBegin\n{TABLE}-- +goose StatementEnd\n\n-- +goose Down\n{NO_TABLE}"
                    ),
                ),
                (
                    "002_index.sql",
                    &format!(
                        "-- +goose NO TRANSACTION\n-- +goose Up\n{INDEX}-- +goose Down\n{NO_INDEX}"
                    ),
                ),
            ]),
        ),
    ]);
}

#[test]
fn a_plan_or_numbers_say_what_belongs_together() {
    become_pairs_that_run([
        (
            "sqitch",
            owned(&[
                (
                    "sqitch.plan",
                    "%syntax-version=1.0.0\n%project=shop\n\n\
                     account 2026-01-31T12:00:00Z Ada <ada@example.org> # The accounts\n\
                     index [account] 2026-02-01T12:00:00Z Ada <ada@example.org> # Their index\n\
                     @v1 2026-02-01T12:00:00Z Ada <ada@example.org> # A release\n",
                ),
                ("deploy/account.sql", &in_transaction(TABLE)),
                ("revert/account.sql", &in_transaction(NO_TABLE)),
                (
                    "verify/account.sql",
                    "BEGIN;\nSELECT id, email FROM account WHERE false;\nROLLBACK;\n",
                ),
                ("deploy/index.sql", INDEX),
                ("revert/index.sql", NO_INDEX),
            ]),
        ),
        (
            "numbered",
            owned(&[
                ("001_create_account.sql", &in_transaction(TABLE)),
                ("rollback/001_rollback_account.sql", NO_TABLE),
                ("002_index.sql", INDEX),
                ("002_rollback_index.sql", NO_INDEX),
                ("README.md", "Not a migration.\n"),
            ]),
        ),
    ]);
}
