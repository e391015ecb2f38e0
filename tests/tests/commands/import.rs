//! `import`: what becomes of the files of other tools, and of databases that have them.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Outcome, connect, contents, database, directory, objects, run};

pub(crate) const TABLE: &str =
    "CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL);\n";
pub(crate) const NO_TABLE: &str = "DROP TABLE account;\n";
pub(crate) const INDEX: &str = "CREATE INDEX CONCURRENTLY account_email ON account (email);\n";
pub(crate) const NO_INDEX: &str = "DROP INDEX CONCURRENTLY account_email;\n";

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
pub(crate) fn imported(tool: &str, files: &[(&str, String)]) -> (String, Vec<(String, String)>) {
    let (from, to) = (tree(files), tempfile::tempdir().expect("a folder"));
    let migrations = to.path().join("migrations");
    let said = import(tool, &from, &migrations).succeeds().to_owned();
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let written = contents(&migrations)
        .into_iter()
        .map(|(name, bytes)| (name, text(bytes)));
    let written = written.collect();
    run(&migrations, &["check"]).succeeds();
    let url = database();
    run(
        &migrations,
        &["up", "--database-url", &url, "--skip-backup"],
    )
    .succeeds();
    assert!(objects(&url) > 3, "{tool}: {written:?}");
    (said, written)
}

fn text<'w>(written: &'w [(String, String)], name: &str) -> &'w str {
    let found = written.iter().find(|(file, _)| file == name);
    &found
        .unwrap_or_else(|| panic!("no {name} in {written:#?}"))
        .1
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
    for made in [
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY)",
        TABLE,
        INDEX,
    ] {
        client.batch_execute(made).unwrap();
    }
    let at = ["--database-url", &url];
    let run = |arguments: &[&str]| run(to.path(), &[arguments, &at].concat());
    run(&["baseline", "0002", "--reason", "imported", "--yes"]).succeeds();
    let drift = ["drift", "--ignore", "_sqlx_migrations"];
    run(&drift).succeeds();
    assert!(
        run(&["up", "--skip-backup"])
            .succeeds()
            .contains("nothing to do")
    );
    run(&["down", "--yes"]).succeeds();
    run(&drift).succeeds();
    client
        .batch_execute("ALTER TABLE account ADD COLUMN by_hand int")
        .unwrap();
    run(&drift).fails(3, &["1 difference"]);
}

#[test]
fn a_rollback_in_comments_becomes_a_down_file() {
    let up = format!(
        "-- Migration: 004_account\n{TABLE}\n-- ====================\n\
         -- ROLLBACK (document in rollback/)\n-- ====================\n-- {NO_TABLE}"
    );
    let (said, written) = imported("numbered", &[("004_account.sql", up)]);
    assert!(
        said.starts_with("1 migration and 0 repeatable scripts"),
        "{said}"
    );
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
        let (from, to) = (
            tree(&[("1_account.up.sql", up.clone())]),
            tempfile::tempdir().unwrap(),
        );
        let said = import("sqlx", &from, to.path());
        assert!(
            said.succeeds().contains("some of it needs your hand"),
            "{said:?}"
        );
        assert_eq!(
            std::fs::read_to_string(to.path().join("0001_account.up.sql")).unwrap(),
            up
        );
        run(to.path(), &["check"]).fails(1, &["transaction"]);
    }
}

#[test]
fn names_and_comments_that_only_sound_like_a_way_back_are_none() {
    let up = format!("{TABLE}-- Down here there is nothing left to do,\n-- see the manual.\n");
    let (said, written) = imported("numbered", &[("001_down_payment.sql", up.clone())]);
    assert!(
        said.contains("without a way back, as the down file says: 1"),
        "{said}"
    );
    assert_eq!(text(&written, "001_down_payment.up.sql"), up);
}

#[test]
fn without_a_way_back_the_down_file_says_so() {
    let (said, written) = imported("refinery", &[("V1__account.sql", TABLE.to_owned())]);
    assert!(
        said.contains("without a way back, as the down file says: 1\n"),
        "{said}"
    );
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
            (
                "00000000000000_setup/up.sql",
                "-- nothing here\n".to_owned(),
            ),
            ("00000000000000_setup/down.sql", String::new()),
            ("20260131120000_account/up.sql", TABLE.to_owned()),
            (
                "20260131120000_account/down.sql",
                "-- left to the reader\n".to_owned(),
            ),
        ],
    );
    assert!(
        said.contains("without a way back, as the down file says: 1\n"),
        "{said}"
    );
    assert_eq!(
        text(&written, "00000000000000_setup.up.sql"),
        "-- nothing here\nSELECT 1;\n"
    );
    assert_eq!(
        text(&written, "00000000000000_setup.down.sql"),
        "SELECT 1;\n"
    );
    let down = text(&written, "20260131120000_account.down.sql");
    assert!(
        down.starts_with("-- pgstrata: irreversible imported from diesel"),
        "{down}"
    );
}

#[test]
fn versions_stay_where_they_can_and_are_numbered_anew_where_not() {
    let (_, written) = imported(
        "sqlx",
        &[
            ("3_account.sql", TABLE.to_owned()),
            (
                "10_rows.sql",
                "INSERT INTO account VALUES (1, 'a');".to_owned(),
            ),
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
            (
                "011_view.sql",
                "CREATE VIEW accounts AS TABLE account;\n".to_owned(),
            ),
            ("011_rollback_view.sql", "DROP VIEW accounts;\n".to_owned()),
            ("011_rollback_account.sql", NO_TABLE.to_owned()),
        ],
    );
    assert!(said.contains("numbered anew"), "{said}");
    assert_eq!(text(&written, "0001_account.down.sql"), NO_TABLE);
    assert_eq!(
        text(&written, "0002_view.down.sql"),
        "DROP VIEW accounts;\n"
    );
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
    assert!(
        said.succeeds()
            .contains("left out: V2__rows.rs: Rust code is not read"),
        "{said:?}"
    );
    assert!(
        said.stdout
            .contains("left out: callbacks/beforeMigrate.sql: its name has"),
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
    assert!(
        said.contains("left out: notes.sql: its name does not begin with a number"),
        "{said}"
    );
}

#[test]
fn nothing_is_written_over_and_nothing_half() {
    let from = tree(&[("V1__account.sql", TABLE.to_owned())]);
    let used = directory(&[
        ("0001_x.up.sql", "SELECT 1;"),
        ("0001_x.down.sql", "SELECT 1;"),
    ]);
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
