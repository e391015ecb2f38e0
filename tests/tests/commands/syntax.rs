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
