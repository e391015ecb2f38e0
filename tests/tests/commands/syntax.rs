//! Syntax errors, which the commands report before any server does.

use crate::support::{connect, database, directory, objects, run};

#[test]
fn a_syntax_error_stops_check_and_up_at_its_place() {
    let dir = directory(&[
        ("0001_create_t.up.sql", "CREATE TABLE t (a int);\n"),
        (
            "0001_create_t.down.sql",
            "-- Größe\nALTER TABLE t\n  DROP IF EXISTS COLUMN a;\nDROP TABEL t;\n",
        ),
    ]);
    let parts = [
        "error[syntax]: syntax error at `a`: the statement should end",
        "0001_create_t.down.sql:3:25",
        "error[syntax]: syntax error at `DROP`: no command begins so",
        "0001_create_t.down.sql:4:1",
        "nothing was changed",
    ];
    run(dir.path(), &["check"]).fails(1, &parts);
    let url = database();
    run(dir.path(), &["up", "--database-url", &url]).fails(1, &parts);
    assert_eq!(objects(&url), 0);
}

#[test]
fn a_misjudged_statement_can_be_allowed() {
    let text = "CREATE TABLE t (a int);\n-- pgstrata: allow syntax: for this test\nDROP TABEL t;\n";
    let dir = directory(&[("0001_x.up.sql", text), ("0001_x.down.sql", "SELECT 1;")]);
    run(dir.path(), &["check"]).succeeds();
}

/// What the check lets pass against its grammar, this server's parser accepts.
#[test]
fn exemptions_are_sql() {
    let mut client = connect(&database());
    for text in [
        "ALTER USER MAPPING FOR user SERVER s OPTIONS (SET region 'x')",
        "ALTER STATISTICS IF EXISTS s SET STATISTICS 100",
    ] {
        let dir = directory(&[("0001_x.up.sql", text), ("0001_x.down.sql", "SELECT 1;")]);
        run(dir.path(), &["check"]).succeeds();
        let state = client
            .batch_execute(text)
            .err()
            .and_then(|error| error.code().cloned());
        assert_ne!(
            state,
            Some(postgres::error::SqlState::SYNTAX_ERROR),
            "{text}"
        );
    }
}

/// An applied file cannot be corrected, and a server may have accepted it.
#[test]
fn in_a_sealed_file_a_syntax_error_is_a_warning() {
    let allowed = "-- pgstrata: allow syntax: for this test\n";
    let bad = "DROP TABEL t;\n";
    let dir = directory(&[
        ("0001_x.up.sql", &format!("{allowed}{bad}")),
        ("0001_x.down.sql", &format!("{allowed}{bad}")),
    ]);
    run(dir.path(), &["lock"]).succeeds();
    let write = |file: &str, text: &str| std::fs::write(dir.path().join(file), text).unwrap();
    // What is a comment does not count for the seal.
    write("0001_x.up.sql", bad);
    let parts = [
        "warning[syntax]: syntax error at `DROP`: no command begins so",
        "this file is sealed",
        "cargo pgstrata lock --amend",
    ];
    run(dir.path(), &["check"]).fails(0, &parts);

    let error = ["error[syntax]", "--> ", "0001_x.up.sql:1:1"];
    write("0001_x.up.sql", "DROP TABEL u;\n");
    run(dir.path(), &["check"]).fails(1, &error);
    run(dir.path(), &["lock", "--amend", "1"]).fails(1, &error);
    write("0001_x.up.sql", bad);
    write("0002_y.up.sql", bad);
    write("0002_y.down.sql", "SELECT 1;\n");
    run(dir.path(), &["check"]).fails(
        1,
        &["warning[syntax]", "error[syntax]", "0002_y.up.sql:1:1"],
    );
}
