//! SQL tests, as far as `check` says what is wrong with them.

use crate::support::{directory, run};

const MIGRATION: [(&str, &str); 2] = [
    ("0001_t.up.sql", "CREATE TABLE t (a int PRIMARY KEY);\n"),
    ("0001_t.down.sql", "DROP TABLE t;\n"),
];

/// What `check` says where this file stands among the tests.
fn fails(name: &str, text: &str, parts: &[&str]) {
    let [up, down] = MIGRATION;
    let dir = directory(&[up, down]);
    std::fs::create_dir(dir.path().join("tests")).expect("a folder");
    std::fs::write(dir.path().join("tests").join(name), text).expect("a file");
    let checked = run(dir.path(), &["check"]);
    if parts.is_empty() {
        checked.succeeds();
    } else {
        checked.fails(1, parts);
    }
}

#[test]
fn a_test_that_cannot_run_is_refused() {
    for (name, text, parts) in [
        (
            "0001_x.sql",
            "INSERT INTO t VALUES (1);\nSELEC 1;\n",
            &[
                "error[syntax]: syntax error at `SELEC`",
                "tests/0001_x.sql:2:1",
            ][..],
        ),
        (
            "0001_x.sql",
            "INSERT INTO t VALUES (1);\nCOMMIT;\n",
            &["error[transaction-control]", "tests/0001_x.sql:2:1"],
        ),
        (
            "0001_x.sql",
            "CREATE INDEX CONCURRENTLY i ON t (a);\n",
            &["error[not-in-transaction]", "tests/0001_x.sql:1:14"],
        ),
        (
            "0001_x.sql",
            "-- pgstrata: expect-eror 23505\nSELECT 1;\n",
            &["error[directive]", "tests/0001_x.sql:1:1"],
        ),
        (
            "0002_x.sql",
            "SELECT 1;\n",
            &[
                "error[sql-test]: no migration has the version 2",
                "tests/0002_x.sql",
            ],
        ),
        (
            "x.sql",
            "SELECT 1;\n",
            &[
                "error[sql-test]: the name of this test does not begin with a version",
                "tests/x.sql",
            ],
        ),
        (
            "seed.sql",
            "INSERT INTO t VALUES (1;\n",
            &[
                "error[unbalanced]: `(` is never closed",
                "tests/seed.sql:1:22",
            ],
        ),
    ] {
        fails(name, text, parts);
    }
}

/// It is rolled back, and says itself what must fail.
#[test]
fn what_a_test_may_have_passes() {
    for (name, text) in [
        (
            "0001_x.sql",
            "SET ROLE app;\nCREATE ROLE r PASSWORD 'x';\nSET search_path = '';\n\
             -- pgstrata: expect-error 25001\nCREATE INDEX CONCURRENTLY i ON t (a);\n\
             -- pgstrata: expect-error 42601\nUPDATE t SET a = 1, a = 2;\n",
        ),
        (
            "0001_x.sql",
            "-- pgstrata: allow syntax: a server takes it\nSELEC 1;\n",
        ),
        ("prelude.sql", "-- nothing\n"),
        ("notes.txt", "COMMIT"),
    ] {
        fails(name, text, &[]);
    }
}
