//! `import`: files of other tools, as their manuals name them, run as ours afterwards.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Outcome, connect, contents, database, directory, objects, run};

const TABLE: &str = "CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL);\n";
const NO_TABLE: &str = "DROP TABLE account;\n";
const INDEX: &str = "CREATE INDEX CONCURRENTLY account_email ON account (email);\n";
const NO_INDEX: &str = "DROP INDEX CONCURRENTLY account_email;\n";

/// A directory with files in folders.
fn tree(files: &[(&str, String)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    dir
}

fn import(tool: &str, from: &TempDir, to: &Path) -> Outcome {
    run(to, &["import", tool, &from.path().to_string_lossy()])
}

/// Imports, checks, goes up and down; the names and texts of what was written.
fn imported(tool: &str, files: &[(&str, String)]) -> (String, Vec<(String, String)>) {
    let (from, to) = (tree(files), tempfile::tempdir().expect("a folder"));
    let migrations = to.path().join("migrations");
    let said = import(tool, &from, &migrations).succeeds().to_owned();
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let written = contents(&migrations).into_iter().map(|(name, bytes)| (name, text(bytes)));
    let written = written.collect();
    run(&migrations, &["check"]).succeeds();
    let url = database();
    run(&migrations, &["up", "--database-url", &url, "--skip-backup"]).succeeds();
    assert!(objects(&url) > 3, "{tool}: {written:?}");
    (said, written)
}

fn text<'w>(written: &'w [(String, String)], name: &str) -> &'w str {
    let found = written.iter().find(|(file, _)| file == name);
    &found.unwrap_or_else(|| panic!("no {name} in {written:#?}")).1
}

type Files = Vec<(&'static str, String)>;

fn owned(files: &[(&'static str, &str)]) -> Files {
    files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
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
        let bare = written.iter().filter(|(_, text)| text.contains("-- pgstrata: no-transaction"));
        assert_eq!(bare.count(), 2, "{tool}: {written:#?}");
        let words = ["BEGIN", "COMMIT", "ROLLBACK", "+goose", "+migrate", "migrate:"];
        let left = written.iter().find(|(_, text)| words.iter().any(|word| text.contains(word)));
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
                ("0002_index.down.sql", &format!("-- no-transaction\n{NO_INDEX}")),
            ]),
        ),
        (
            "diesel",
            owned(&[
                ("2026-01-31-120000_account/up.sql", TABLE),
                ("2026-01-31-120000_account/down.sql", NO_TABLE),
                ("2026-02-01-120000_index/up.sql", INDEX),
                ("2026-02-01-120000_index/down.sql", NO_INDEX),
                ("2026-02-01-120000_index/metadata.toml", "run_in_transaction = false\n"),
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
                ("R__accounts.sql", "CREATE OR REPLACE VIEW accounts AS SELECT id FROM account;\n"),
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

#[test]
fn down_takes_back_what_was_imported() {
    let (from, to) = (
        tree(&[
            ("1_account.up.sql", TABLE.to_owned()),
            ("1_account.down.sql", NO_TABLE.to_owned()),
        ]),
        tempfile::tempdir().unwrap(),
    );
    import("golang-migrate", &from, to.path()).succeeds();
    let url = database();
    run(to.path(), &["up", "--database-url", &url, "--skip-backup"]).succeeds();
    let before = objects(&url);
    run(to.path(), &["down", "--database-url", &url, "--yes"]).succeeds();
    // The table and its index.
    assert_eq!(objects(&url), before - 2);
}

#[test]
fn a_database_of_the_old_tool_is_taken_over() {
    let from = tree(&[
        ("0001_account.up.sql", TABLE.to_owned()),
        ("0001_account.down.sql", NO_TABLE.to_owned()),
        ("0002_index.up.sql", INDEX.to_owned()),
        ("0002_index.down.sql", NO_INDEX.to_owned()),
    ]);
    let to = tempfile::tempdir().unwrap();
    import("sqlx", &from, to.path()).succeeds();
    let url = database();
    let mut client = connect(&url);
    for made in ["CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY)", TABLE, INDEX] {
        client.batch_execute(made).unwrap();
    }
    let at = ["--database-url", &url];
    let run = |arguments: &[&str]| run(to.path(), &[arguments, &at].concat());
    run(&["baseline", "0002", "--reason", "imported", "--yes"]).succeeds();
    let drift = ["drift", "--ignore", "_sqlx_migrations"];
    run(&drift).succeeds();
    assert!(run(&["up", "--skip-backup"]).succeeds().contains("nothing to do"));
    run(&["down", "--yes"]).succeeds();
    run(&drift).succeeds();
    client.batch_execute("ALTER TABLE account ADD COLUMN by_hand int").unwrap();
    run(&drift).fails(3, &["1 difference"]);
}

#[test]
fn a_rollback_in_comments_becomes_a_down_file() {
    let up = format!(
        "-- Migration: 004_account\n{TABLE}\n-- ====================\n\
         -- ROLLBACK (document in rollback/)\n-- ====================\n-- {NO_TABLE}"
    );
    let (said, written) = imported("numbered", &[("004_account.sql", up)]);
    assert!(said.starts_with("1 migration and 0 repeatable scripts"), "{said}");
    assert_eq!(text(&written, "004_account.down.sql"), NO_TABLE);
    assert!(!text(&written, "004_account.up.sql").contains("DROP"));
}

#[test]
fn a_transaction_in_the_file_is_the_runners_then() {
    let own = format!(
        "-- migrate:up transaction:false\nBEGIN;\n{TABLE}COMMIT;\n-- migrate:down\n{NO_TABLE}"
    );
    let (_, written) = imported("dbmate", &[("1_account.sql", own)]);
    assert_eq!(text(&written, "0001_account.up.sql"), TABLE);
    // One that says more than that it begins, or ends in the middle, is left for a person.
    let some = [
        format!("BEGIN ISOLATION LEVEL SERIALIZABLE;\n{TABLE}COMMIT;\n"),
        format!("BEGIN;\n{TABLE}COMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;\n"),
    ];
    for up in some {
        let (from, to) = (tree(&[("1_account.up.sql", up.clone())]), tempfile::tempdir().unwrap());
        let said = import("sqlx", &from, to.path());
        assert!(said.succeeds().contains("some of it needs your hand"), "{said:?}");
        assert_eq!(std::fs::read_to_string(to.path().join("0001_account.up.sql")).unwrap(), up);
        run(to.path(), &["check"]).fails(1, &["transaction"]);
    }
}

#[test]
fn names_and_comments_that_only_sound_like_a_way_back_are_none() {
    let up = format!("{TABLE}-- Down here there is nothing left to do,\n-- see the manual.\n");
    let (said, written) = imported("numbered", &[("001_down_payment.sql", up.clone())]);
    assert!(said.contains("without a way back, as the down file says: 1"), "{said}");
    assert_eq!(text(&written, "001_down_payment.up.sql"), up);
}

#[test]
fn without_a_way_back_the_down_file_says_so() {
    let (said, written) = imported("refinery", &[("V1__account.sql", TABLE.to_owned())]);
    assert!(said.contains("without a way back, as the down file says: 1\n"), "{said}");
    assert_eq!(
        text(&written, "0001_account.down.sql"),
        "-- pgstrata: irreversible imported from refinery without a way back\n"
    );
    assert_eq!(
        text(&written, "pgstrata.toml"),
        "# What was imported is history.\ncheck-from = \"0002\"\n"
    );
}

#[test]
fn files_that_do_nothing_say_what_that_means() {
    let (said, written) = imported(
        "diesel",
        &[
            ("00000000000000_setup/up.sql", "-- nothing here\n".to_owned()),
            ("00000000000000_setup/down.sql", String::new()),
            ("20260131120000_account/up.sql", TABLE.to_owned()),
            ("20260131120000_account/down.sql", "-- left to the reader\n".to_owned()),
        ],
    );
    assert!(said.contains("without a way back, as the down file says: 1\n"), "{said}");
    assert_eq!(text(&written, "00000000000000_setup.up.sql"), "-- nothing here\nSELECT 1;\n");
    assert_eq!(text(&written, "00000000000000_setup.down.sql"), "SELECT 1;\n");
    let down = text(&written, "20260131120000_account.down.sql");
    assert!(down.starts_with("-- pgstrata: irreversible imported from diesel"), "{down}");
}

#[test]
fn versions_stay_where_they_can_and_are_numbered_anew_where_not() {
    let (_, written) = imported(
        "sqlx",
        &[
            ("3_account.sql", TABLE.to_owned()),
            ("10_rows.sql", "INSERT INTO account VALUES (1, 'a');".to_owned()),
        ],
    );
    assert!(text(&written, "pgstrata.toml").starts_with("numbering = \"gaps\"\n"));
    assert_eq!(text(&written, "0003_account.up.sql"), TABLE);
    assert!(text(&written, "0010_rows.up.sql").starts_with("INSERT"));
    // Two of one number, each with its own way back.
    let (said, written) = imported(
        "numbered",
        &[
            ("011_account.sql", TABLE.to_owned()),
            ("011_view.sql", "CREATE VIEW accounts AS TABLE account;\n".to_owned()),
            ("011_rollback_view.sql", "DROP VIEW accounts;\n".to_owned()),
            ("011_rollback_account.sql", NO_TABLE.to_owned()),
        ],
    );
    assert!(said.contains("numbered anew"), "{said}");
    assert_eq!(text(&written, "0001_account.down.sql"), NO_TABLE);
    assert_eq!(text(&written, "0002_view.down.sql"), "DROP VIEW accounts;\n");
}

#[test]
fn what_is_not_read_is_named() {
    let from = tree(&[
        ("V1__account.sql", TABLE.to_owned()),
        ("V2__rows.rs", String::new()),
        ("V3__more.sql", "SELECT 1;\n".to_owned()),
        ("callbacks/beforeMigrate.sql", "SELECT 1;\n".to_owned()),
    ]);
    let to = tempfile::tempdir().unwrap();
    let said = import("refinery", &from, to.path());
    assert!(said.succeeds().contains("left out: V2__rows.rs: Rust code is not read"), "{said:?}");
    assert!(
        said.stdout.contains("left out: callbacks/beforeMigrate.sql: its name has"),
        "{said:?}"
    );
    let from = tree(&[
        ("001_account.sql", TABLE.to_owned()),
        ("009_rollback_other.sql", "SELECT 1;\n".to_owned()),
        ("notes.sql", "SELECT 1;\n".to_owned()),
    ]);
    let to = tempfile::tempdir().unwrap();
    let said = import("numbered", &from, to.path());
    let said = said.succeeds();
    assert!(said.contains("left out: 009_rollback_other.sql: there is nothing that it takes back"));
    assert!(said.contains("left out: notes.sql: its name does not begin with a number"), "{said}");
}

#[test]
fn nothing_is_written_over_and_nothing_half() {
    let from = tree(&[("V1__account.sql", TABLE.to_owned())]);
    let used = directory(&[("0001_x.up.sql", "SELECT 1;"), ("0001_x.down.sql", "SELECT 1;")]);
    let before = contents(used.path());
    import("flyway", &from, used.path()).fails(5, &["has migrations already", "--dir"]);
    assert_eq!(contents(used.path()), before);
    let to = tempfile::tempdir().unwrap();
    import("goose", &from, to.path()).fails(5, &["has no migrations as goose names them"]);
    let nowhere = tempfile::tempdir().unwrap();
    let missing = nowhere.path().join("none");
    run(to.path(), &["import", "flyway", &missing.to_string_lossy()]).fails(5, &["none"]);
    assert!(contents(to.path()).is_empty());
    // The second repeatable would have the name of the first.
    let from = tree(&[
        ("V1__account.sql", TABLE.to_owned()),
        ("R__a_view.sql", "SELECT 1;\n".to_owned()),
        ("R__A view.sql", "SELECT 1;\n".to_owned()),
    ]);
    import("flyway", &from, to.path()).fails(5, &["cannot write", "a_view.sql"]);
    assert!(contents(to.path()).is_empty(), "{:?}", contents(to.path()));
}
