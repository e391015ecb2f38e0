//! `check --exact`: a server's own parser is asked about each statement, and none runs.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, directory, run, run_with, server};

fn migration(up: &str) -> TempDir {
    directory(&[("0001_x.up.sql", up), ("0001_x.down.sql", "SELECT 1;\n")])
}

/// Asks the server of this test program, which is there already.
fn exact(dir: &Path, arguments: &[&str]) -> Outcome {
    let url = server().url("postgres");
    run_with(
        dir,
        &[&["check", "--exact"], arguments].concat(),
        &[("PGSTRATA_TEST_URL", &url)],
    )
}

/// What the rule `syntax` found, as `file:line:column message`, and its help.
fn found(dir: &Path) -> Vec<(String, String)> {
    let outcome = exact(dir, &["--format", "json"]);
    let lines = outcome.stdout.lines();
    let findings = lines.map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let syntax = findings.filter(|found| found["rule"] == "syntax");
    let text = |found: &Value, key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let shown = syntax.map(|found| {
        let file = text(&found, "file");
        let file = file.rsplit('/').next().unwrap_or_default();
        let at = format!("{file}:{}:{}", found["line"], found["column"]);
        (
            format!("{at} {}", text(&found, "message")),
            text(&found, "help"),
        )
    });
    shown.collect()
}

fn version() -> &'static str {
    server()
        .server_version()
        .split(' ')
        .next()
        .unwrap_or_default()
}

#[test]
fn errors_stand_where_the_server_says() {
    // Our own grammar passes most of them, and has its own words for others; the server has
    // no place for DEFERRABLE.
    let up = "-- Größe\nCREATE TABLE \"é\" (a int);\nDROP TABLE ;\n\
              SELECT 'é', U&'\\00zz';\nDROP TABLE a FORM b;\nSELECT 1;\n\
              ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) DEFERRABLE;\n";
    let dir = migration(up);
    std::fs::write(
        dir.path().join("0001_x.down.sql"),
        "SELECT\n  'é' AS x,\n  a b c;\n",
    )
    .unwrap();
    let expected = [
        "0001_x.up.sql:3:6 syntax error at end of input",
        "0001_x.up.sql:4:13 invalid Unicode escape",
        "0001_x.up.sql:5:14 syntax error at or near \"FORM\"",
        "0001_x.up.sql:7:1 CHECK constraints cannot be marked DEFERRABLE",
        "0001_x.down.sql:3:7 syntax error at or near \"c\"",
    ];
    let found = found(dir.path());
    let shown: Vec<&str> = found.iter().map(|(shown, _)| shown.as_str()).collect();
    let versioned = expected.map(|message| format!("{message} (PostgreSQL {})", version()));
    assert_eq!(shown, versioned);
    let escape = "Unicode escapes must be \\XXXX or \\+XXXXXX";
    assert!(
        found[1].1.starts_with(escape),
        "the server's hint: {found:?}"
    );

    let human = exact(dir.path(), &[]);
    human.fails(
        1,
        &[
            "error[syntax]: syntax error at end of input",
            "0001_x.up.sql:3:6",
        ],
    );
    assert_eq!(
        human.stderr.matches("error[syntax]").count(),
        5,
        "one a statement: {human:?}"
    );
    assert!(
        exact(dir.path(), &["--format", "github"])
            .stdout
            .contains("line=3,col=6,title=syntax")
    );
    let sarif = exact(dir.path(), &["--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.stdout).expect("a document");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(
        results
            .iter()
            .filter(|result| result["ruleId"] == "syntax")
            .count(),
        5
    );
}

#[test]
fn no_statement_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let proof = std::env::temp_dir().join(format!("pgstrata_exact_ran_{}", std::process::id()));
    let proof = proof.display().to_string();
    let name = format!("exact_ran_{}", std::process::id());
    let statements = [
        format!("CREATE DATABASE {name}"),
        format!("CREATE ROLE {name}"),
        format!("COPY (SELECT 1) TO '{proof}'"),
        format!("COPY (SELECT 1) TO PROGRAM 'touch {proof}'"),
        "VACUUM".to_owned(),
        "DROP TABLE no_such_table".to_owned(),
        "COMMIT".to_owned(),
        "ROLLBACK".to_owned(),
        "COMMIT AND CHAIN".to_owned(),
        "BEGIN".to_owned(),
        "SELECT no_such_function()".to_owned(),
        "DO $$ BEGIN COMMIT; END $$".to_owned(),
        "CREATE INDEX CONCURRENTLY i ON no_such_table (a)".to_owned(),
        "ALTER SYSTEM SET work_mem = '8MB'".to_owned(),
        "PREPARE TRANSACTION 'x'".to_owned(),
        "CHECKPOINT".to_owned(),
        "SELECT pg_terminate_backend(pg_backend_pid())".to_owned(),
    ];
    for (number, statement) in statements.iter().enumerate() {
        let label = format!("{:04}_x", number + 1);
        let write = |direction: &str, text: &str| {
            std::fs::write(folder.path().join(format!("{label}.{direction}.sql")), text).unwrap();
        };
        write("up", &format!("{statement};\n"));
        write("down", "SELECT 1;\n");
    }
    assert_eq!(
        found(folder.path()),
        [],
        "each is parsed, and would fail or be seen if it ran"
    );
    let ran = connect(&server().url("postgres"))
        .query_one(
            "SELECT count(*) FROM (SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles) AS seen (name)
             WHERE name IN ($1, $2)",
            &[&name, &format!("pgstrata_exact_{name}")],
        )
        .expect("a count");
    assert_eq!(ran.get::<_, i64>(0), 0);
    assert!(!Path::new(&proof).exists());
}

#[test]
fn allow_and_settings_hold() {
    // Our own grammar passes it.
    let statement = "DROP TABLE ;\n";
    let allowed = format!("-- pgstrata: allow syntax: for this test\n{statement}");
    exact(migration(&allowed).path(), &[]).succeeds();
    let plain = migration(statement);
    exact(plain.path(), &[]).fails(1, &["error[syntax]"]);
    run(plain.path(), &["check"]).succeeds();
    for (level, severity, code) in [("warn", "warning[syntax]", 0), ("off", "", 0)] {
        std::fs::write(
            plain.path().join("pgstrata.toml"),
            format!("[rules]\nsyntax = '{level}'\n"),
        )
        .unwrap();
        exact(plain.path(), &[]).fails(code, &[severity]);
    }
    let unused = migration("-- pgstrata: allow syntax: for this test\nSELECT 1;\n");
    exact(unused.path(), &[]).fails(0, &["`syntax` finds nothing here"]);
}

#[test]
fn nothing_is_said_twice() {
    let dir = migration("SELECT :a;\nSELECT 1;\n");
    assert_eq!(found(dir.path()), [], "a psql variable is reported as such");
    let summary = exact(migration("SELECT 1;\n").path(), &[]);
    assert!(
        summary
            .succeeds()
            .ends_with(&format!(", asked PostgreSQL {}\n", version()))
    );
}

#[test]
fn several_versions_are_asked() {
    let dir = migration("CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT);\nDROP TABEL t;\n");
    let outcome = run(dir.path(), &["check", "--exact", "--postgres", "13,15"]);
    outcome.fails(
        1,
        &[
            "syntax error at or near \"NULLS\" (PostgreSQL 13.",
            "0001_x.up.sql:1:30",
            "help: PostgreSQL 15.",
            " accepts it: write what all of them do",
            "syntax error at or near \"TABEL\" (PostgreSQL 13.",
        ],
    );
    run(dir.path(), &["check", "--postgres", "13"]).fails(5, &["--exact"]);
}

/// Where they differ, the parser of the server is right.
#[test]
fn what_the_server_accepts_is_no_error() {
    // The server refuses it by its meaning, when it runs.
    let text = "UPDATE t SET (a) = b;\n";
    let dir = migration(text);
    run(dir.path(), &["check"]).fails(1, &["error[syntax]"]);
    exact(dir.path(), &[]).succeeds();
}
