//! A file's statements, directives and checksum.

use super::Script;
use crate::file_name::Purpose;

fn up(text: &str) -> Script {
    Script::read("x.sql", text, Purpose::Up).expect("a valid script")
}

fn refused(text: &str, purpose: Purpose) -> Vec<String> {
    let diagnostics = Script::read("x.sql", text, purpose).expect_err("refused");
    diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.message)
        .collect()
}

#[test]
fn comments_and_white_space_do_not_change_the_checksum() {
    let plain = up("CREATE TABLE t (a int, b text DEFAULT 'x y');").checksum;
    for same in [
        "-- note\nCREATE  TABLE t(a int,b /* c */ text DEFAULT 'x y')\n;;",
        "-- pgstrata: allow psql-variable: none here\nCREATE TABLE t (a int, b text DEFAULT 'x y')",
    ] {
        assert_eq!(up(same).checksum, plain, "{same}");
    }
    for other in [
        "CREATE TABLE t (a int, b text DEFAULT 'x  y');",
        "CREATE TABLE t (a int); b text DEFAULT 'x y';",
        "-- pgstrata: no-transaction\nCREATE TABLE t (a int, b text DEFAULT 'x y');",
        "-- pgstrata: lock-timeout 1s\nCREATE TABLE t (a int, b text DEFAULT 'x y');",
        "-- pgstrata: code crate::f\nCREATE TABLE t (a int, b text DEFAULT 'x y');",
    ] {
        assert_ne!(up(other).checksum, plain, "{other}");
    }
    assert_ne!(
        up("SELECT $$a b$$").checksum,
        up("SELECT $$a  b$$").checksum
    );
    let delete = "DELETE FROM t WHERE a > 1";
    let of = |header: &str| up(&format!("-- pgstrata: no-transaction\n{header}{delete}")).checksum;
    let batch = of("-- pgstrata: batch\n");
    assert_ne!(batch, of(""));
    for same in [
        "batch pause 9s max-batches 9",
        "batch\n-- pgstrata: total SELECT 1",
    ] {
        assert_eq!(of(&format!("-- pgstrata: {same}\n")), batch, "{same}");
    }
    for same in [
        "phase expand",
        "requires 1",
        "requires-table t",
        "requires-extension e",
    ] {
        assert_eq!(of(&format!("-- pgstrata: {same}\n")), of(""), "{same}");
    }
    let walk = |key: &str| {
        let text = "DELETE FROM t WHERE (a, b) IN (SELECT a, b FROM t WHERE a > $1 LIMIT 1)";
        let directives = "-- pgstrata: no-transaction\n-- pgstrata: batch\n-- pgstrata: key";
        up(&format!("{directives} {key}\n{text} RETURNING t.{key}")).checksum
    };
    assert_ne!(walk("a"), walk("b"));
    let extension = "CREATE EXTENSION pg_trgm";
    assert_ne!(
        up(&format!("-- pgstrata: optional\n{extension}")).checksum,
        up(extension).checksum
    );
    let code = |path: &str| up(&format!("-- pgstrata: code crate::{path}")).checksum;
    assert_ne!(code("a"), code("b"));
    assert_ne!(up("SELECT ab").checksum, up("SELECT a b").checksum);
}

#[test]
fn statements_know_their_place() {
    let script = up("-- é\nSELECT 1;\n\n;SELECT\n 2 -- x\n;CREATE INDEX CONCURRENTLY i ON t (a)");
    let found: Vec<_> = script
        .boundaries()
        .map(|(span, line, waits)| (span.of(&script.text).to_owned(), line, waits))
        .collect();
    assert_eq!(
        found,
        [
            ("SELECT 1".to_owned(), 2, false),
            ("SELECT\n 2".to_owned(), 4, false),
            ("CREATE INDEX CONCURRENTLY i ON t (a)".to_owned(), 6, true),
        ]
    );
}

#[test]
fn each_of_many_directives_finds_its_statement() {
    let text = "-- pgstrata: allow a-rule: a reason\nSELECT 1;\n".repeat(3000);
    let allows = up(&text).allows;
    assert!(
        allows
            .iter()
            .enumerate()
            .skip(1)
            .all(|(at, allow)| allow.statement == Some(at))
    );
}

#[test]
fn directives_have_their_place() {
    assert!(!up("/* licence */\n-- pgstrata: no-transaction\nVACUUM t;").transaction);
    let allows = up("SELECT 1;\n-- pgstrata: allow a-rule: a reason\nSELECT 2;").allows;
    assert_eq!(
        (allows[0].rule.as_str(), allows[0].statement),
        ("a-rule", Some(1))
    );
    for (text, message) in [
        (
            "SELECT 1;\n-- pgstrata: no-transaction\nSELECT 2;",
            "this directive concerns the whole file",
        ),
        (
            "SELECT 1\n-- pgstrata: no-transaction\n, 2;",
            "this directive stands inside a statement",
        ),
        (
            "SELECT 1;\n-- pgstrata: no-transaction",
            "this directive stands below the last statement",
        ),
        (
            "-- pgstrata: irreversible x\nSELECT 1;",
            "`irreversible` belongs in the down file",
        ),
        (
            "-- pgstrata: no-transaction\n-- pgstrata: no-transaction\nSELECT 1;",
            "this directive stands here twice",
        ),
        ("-- nothing", "this migration does nothing"),
    ] {
        assert_eq!(refused(text, Purpose::Up), [message], "{text}");
    }
    assert_eq!(refused("", Purpose::Down), ["this down file does nothing"]);
    assert_eq!(
        refused("-- pgstrata: irreversible x\nSELECT 1", Purpose::Down),
        ["this file is `irreversible`, and yet it has SQL"]
    );
    for (text, purpose, message) in [
        (
            "-- pgstrata: expect-error 23505\nSELECT 1",
            Purpose::Up,
            "`expect-error` belongs in a SQL test",
        ),
        (
            "-- pgstrata: phase expand\nSELECT 1",
            Purpose::Down,
            "`phase` belongs in an up file",
        ),
        (
            "-- pgstrata: no-transaction\nSELECT 1",
            Purpose::Verify,
            "`no-transaction` belongs in an up or down file",
        ),
        (
            "-- pgstrata: no-transaction\nSELECT 1",
            Purpose::Repeatable,
            "`no-transaction` belongs in an up or down file",
        ),
        (
            "-- pgstrata: batch\nDELETE FROM t",
            Purpose::Down,
            "`batch` belongs in an up file",
        ),
        (
            "-- pgstrata: requires 1\nSELECT 1",
            Purpose::Down,
            "`requires` belongs in an up file",
        ),
        (
            "SELECT 1;\n-- pgstrata: requires-table t\nSELECT 2",
            Purpose::Up,
            "this directive concerns the whole file",
        ),
        (
            "-- none",
            Purpose::Verify,
            "this verify script verifies nothing",
        ),
        (
            "-- pgstrata: code crate::f\nSELECT 1",
            Purpose::Verify,
            "`code` belongs in an up or down file",
        ),
        (
            "-- pgstrata: no-transaction\n-- pgstrata: code crate::f",
            Purpose::Up,
            "`code` runs inside a transaction, and this file has none",
        ),
        (
            "-- pgstrata: irreversible x\n-- pgstrata: code crate::f",
            Purpose::Down,
            "this file is `irreversible`, and yet it has `code`",
        ),
        (
            "-- pgstrata: code crate::f\n-- pgstrata: code crate::g",
            Purpose::Up,
            "this directive stands here twice",
        ),
    ] {
        assert_eq!(refused(text, purpose), [message], "{text}");
    }
    let test = "SELECT 1;\n-- pgstrata: expect-error 22012\nSELECT 1 / 0";
    let test = Script::read("x", test, Purpose::Test).expect("a test");
    assert_eq!(
        test.expected_errors.get(&1).map(String::as_str),
        Some("22012")
    );
    let down = Script::read("x", "-- pgstrata: irreversible gone", Purpose::Down).unwrap();
    assert_eq!(down.irreversible.as_deref(), Some("gone"));
}
