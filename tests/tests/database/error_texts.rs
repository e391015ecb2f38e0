//! What an operator reads: each kind of failure, word for word, in `error_texts.txt`.
//!
//! `PGSTRATA_OVERWRITE=1` writes that file anew; read it before you commit it.
//!
//! The file is long because each kind of failure is caused here.

use std::fmt::{Display, Write as _};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use pgstrata::{Error, Goal, Migrations, Migrator};

use crate::error_cases;
use crate::support::{Database, fresh_database, migrations, source, up, with_repeatables};

const TABLE: &str = "CREATE TABLE a (id int, n int); INSERT INTO a VALUES (1, NULL), (1, -1);";

/// A name, what is there before, and the up script that fails.
const SCRIPTS: [(&str, &str, &str); 23] = [
    ("a syntax error", "", "SELECT 1;\nCREATE TABEL b (id int);"),
    (
        "a statement without an end",
        "",
        "CREATE TABLE b\n-- the end",
    ),
    ("no such table", "", "ALTER TABLE nix ADD b int;"),
    (
        "no such column",
        TABLE,
        "SELECT 1;\nCREATE INDEX a_b ON a (b);",
    ),
    ("no such schema", "", "CREATE TABLE nix.a (id int);"),
    ("no such type", "", "CREATE TABLE b (id nix);"),
    ("no such function", "", "SELECT 'größe',\n  nix(1);"),
    ("the table is there", TABLE, "CREATE TABLE a (id int);"),
    ("the column is there", TABLE, "ALTER TABLE a ADD n int;"),
    ("the schema is there", "", "CREATE SCHEMA public;"),
    (
        "a row without a value",
        TABLE,
        "ALTER TABLE a ALTER n SET NOT NULL;",
    ),
    (
        "a row that refers to nothing",
        TABLE,
        "CREATE TABLE b (id int PRIMARY KEY);\nALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b;",
    ),
    (
        "rows with the same key",
        TABLE,
        "SELECT 1;\n\nALTER TABLE a ADD UNIQUE (id);",
    ),
    (
        "a row against a check",
        TABLE,
        "ALTER TABLE a ADD CHECK (n > 0);",
    ),
    (
        "others depend on it",
        "CREATE TABLE a (id int); CREATE VIEW v AS SELECT id FROM a;",
        "DROP TABLE a;",
    ),
    (
        "an extension that is not there",
        "",
        "CREATE EXTENSION nix;",
    ),
    (
        "a division by zero",
        TABLE,
        "CREATE TABLE b (id int);\nUPDATE a SET n = 1 / (id - 1);",
    ),
    ("a value that cannot be read", "", "SELECT 'x'::int;"),
    ("COMMIT in a block", "", "DO $$ BEGIN COMMIT; END $$;"),
    ("a statement that runs alone", TABLE, "VACUUM a;"),
    (
        "an enum value that is too new",
        "CREATE TYPE e AS ENUM ('x');",
        "ALTER TYPE e ADD VALUE 'y';\nSELECT 'y'::e;",
    ),
    (
        "an error of the migration's own",
        "",
        "DO $$ BEGIN\n  RAISE EXCEPTION 'not today' USING HINT = 'come back', DETAIL = 'it is late';\nEND $$;",
    ),
    (
        "a constraint that waits for the commit",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
        "INSERT INTO c VALUES (1);",
    ),
];

#[test]
fn every_text_is_as_it_was_reviewed() {
    let mut texts = String::new();
    let mut tell = |name: &str, error: &dyn Display| {
        let _ = writeln!(texts, "== {name}\n{}\n", normalised(&error.to_string()));
    };
    for (name, before, sql) in SCRIPTS {
        let database = prepared(before);
        let list = migrations([
            source("0001_first", "SELECT 1;", "SELECT 1;"),
            source("0002_second", sql, "SELECT 1;"),
        ]);
        tell(name, &up(&database, list).unwrap_err());
    }
    for (name, error) in others() {
        tell(name, &error);
    }
    for (name, text) in error_cases::all() {
        tell(name, &text);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/database/error_texts.txt");
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        fs::write(&path, &texts).unwrap();
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    for (found, reviewed) in texts.split("== ").zip(reviewed.split("== ")) {
        assert_eq!(found, reviewed);
    }
    assert_eq!(texts.len(), reviewed.len());
}

fn prepared(sql: &str) -> Database {
    let database = fresh_database();
    database.connect().batch_execute(sql).unwrap();
    database
}

fn one(up: &str) -> &'static Migrations<'static> {
    migrations([source("0001_first", up, "SELECT 1;")])
}

/// What needs more than a script.
fn others() -> Vec<(&'static str, Error)> {
    let mut all = vec![
        ("a lock that is not free", blocked()),
        ("a statement that takes too long", {
            let list = one("SELECT 1;\nSELECT pg_sleep(20);");
            let timeout = Duration::from_secs(1);
            let mut client = fresh_database().connect();
            Migrator::new(list)
                .statement_timeout(timeout)
                .up(&mut client)
                .unwrap_err()
        }),
        ("a connection that is lost", lost()),
        ("another run at work", locked_out()),
        ("no privilege", {
            let mut client = fresh_database().connect();
            client.batch_execute("SET ROLE pg_monitor").unwrap();
            Migrator::new(one("SELECT 1;"))
                .history("elsewhere", "h")
                .up(&mut client)
                .unwrap_err()
        }),
        ("a database that is read-only", {
            let mut client = fresh_database().connect();
            client
                .batch_execute("SET default_transaction_read_only = on")
                .unwrap();
            Migrator::new(one("SELECT 1;")).up(&mut client).unwrap_err()
        }),
        ("a transaction of the caller's", {
            let mut client = fresh_database().connect();
            client.batch_execute("BEGIN").unwrap();
            Migrator::new(one("SELECT 1;")).up(&mut client).unwrap_err()
        }),
        ("a history name that is too long", {
            let mut client = fresh_database().connect();
            let name = "h".repeat(60);
            Migrator::new(one("SELECT 1;"))
                .history("public", &name)
                .up(&mut client)
                .unwrap_err()
        }),
        ("a version that is not there", {
            let mut client = fresh_database().connect();
            Migrator::new(one("SELECT 1;"))
                .up_to(&mut client, 7_u64)
                .unwrap_err()
        }),
    ];
    all.extend(after_the_first());
    all
}

/// On a database where two are applied already.
fn after_the_first() -> Vec<(&'static str, Error)> {
    let applied = || {
        migrations([
            source("0001_first", "CREATE TABLE a (id int);", "DROP TABLE a;"),
            source("0003_third", "CREATE TABLE c (id int);", "")
                .irreversible("the old rows are gone"),
        ])
    };
    let database = fresh_database();
    up(&database, applied()).unwrap();
    let mut client = database.connect();
    let other = migrations([
        source(
            "0001_first",
            "CREATE TABLE a (id bigint);",
            "DROP TABLE IF EXISTS a;",
        ),
        source("0002_second", "SELECT 1;", "SELECT 1;"),
        source("0004_fourth", "SELECT 1;", "SELECT 1;"),
    ]);
    let older = migrations([source(
        "0001_first",
        "CREATE TABLE a (id int);",
        "DROP TABLE a;",
    )]);
    let failing_down = migrations([source(
        "0001_first",
        "CREATE TABLE a (id int);",
        "SELECT 1;\nDROP TABLE nix;",
    )]);
    let outside = migrations([source(
        "0001_first",
        "CREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY i ON b (nix);",
        "SELECT 1;",
    )
    .no_transaction()]);
    let layout = prepared("");
    up(&layout, one("SELECT 1;")).unwrap();
    let comment = "COMMENT ON TABLE public.pgstrata_history IS 'pgstrata history layout 9'";
    layout.connect().batch_execute(comment).unwrap();
    let two = migrations([
        source("0001_first", "SELECT 1;", "SELECT 1;"),
        source("0002_second", "SELECT 1;", "SELECT 1;"),
    ]);
    let with_verify =
        migrations([
            source("0001_first", "CREATE TABLE b (id int);", "DROP TABLE b;")
                .verify("SELECT 1;\nSELECT 1 / count(*) FROM b;"),
        ]);
    let with_code = |function| {
        let up = "CREATE TABLE b (id int);\nSELECT 1;";
        let first = source("0001_first", "SELECT 1;", "SELECT 1;");
        let second = source("0002_second", up, "DROP TABLE b;");
        migrations([first, second.code("crate::migrations::rehash", function)])
    };
    let repeatable = with_repeatables(
        one("SELECT 1;"),
        &[("active", "CREATE OR REPLACE VIEW v AS\n  SELECT nix;")],
    );
    let undone = prepared("");
    up(&undone, failing_down).unwrap();
    vec![
        (
            "changed, left out, missing, all at once",
            up(&database, other).unwrap_err(),
        ),
        (
            "a newer database",
            Migrator::new(older)
                .deny_newer_database()
                .up(&mut client)
                .unwrap_err(),
        ),
        (
            "no way back",
            Migrator::new(applied()).down(&mut client, 2).unwrap_err(),
        ),
        (
            "again what the program does not have",
            Migrator::new(older)
                .run(&mut client, Goal::Redo(1), None)
                .unwrap_err(),
        ),
        (
            "a way back that fails",
            Migrator::new(failing_down)
                .down(&mut undone.connect(), 1)
                .unwrap_err(),
        ),
        (
            "outside a transaction, interrupted",
            up(&fresh_database(), outside).unwrap_err(),
        ),
        ("outside a transaction, in a single one", {
            let mut client = fresh_database().connect();
            Migrator::new(outside)
                .single_transaction()
                .up(&mut client)
                .unwrap_err()
        }),
        ("a newer layout", up(&layout, two).unwrap_err()),
        (
            "a verify script that fails",
            up(&fresh_database(), with_verify).unwrap_err(),
        ),
        (
            "Rust code that fails",
            up(
                &fresh_database(),
                with_code(Some(|_| Err("the key is lost".into()))),
            )
            .unwrap_err(),
        ),
        ("Rust code that commits", {
            let commit = with_code(Some(|it| Ok(it.batch_execute("COMMIT")?)));
            up(&fresh_database(), commit).unwrap_err()
        }),
        ("Rust code that goes on after an error", {
            let ignore = with_code(Some(|it| {
                let _ = it.batch_execute("SELECT nix");
                Ok(())
            }));
            up(&fresh_database(), ignore).unwrap_err()
        }),
        (
            "Rust code that the program does not have",
            up(&fresh_database(), with_code(None)).unwrap_err(),
        ),
        ("a hook that fails", {
            let mut client = fresh_database().connect();
            Migrator::new(two)
                .after_each(&mut |_, it| Ok(it.batch_execute("SELECT nix")?))
                .up(&mut client)
                .unwrap_err()
        }),
        (
            "a repeatable that fails",
            up(&fresh_database(), repeatable).unwrap_err(),
        ),
    ]
}

fn blocked() -> Error {
    let database = prepared("CREATE TABLE a (id int)");
    let mut reader = database.connect();
    reader
        .batch_execute("SET application_name = 'report'; BEGIN; SELECT * FROM a")
        .unwrap();
    let mut client = database.connect();
    Migrator::new(one("ALTER TABLE a ADD b int;"))
        .lock_timeout(Duration::from_millis(50))
        .retry_deadline(Duration::ZERO)
        .up(&mut client)
        .unwrap_err()
}

fn lost() -> Error {
    let database = fresh_database();
    thread::scope(|scope| {
        let run = scope.spawn(|| up(&database, one("SELECT pg_sleep(20);")));
        database.wait_for_query("pg_sleep(20)");
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        run.join().unwrap().unwrap_err()
    })
}

fn locked_out() -> Error {
    let database = fresh_database();
    thread::scope(|scope| {
        let run = scope.spawn(|| up(&database, one("SELECT pg_sleep(1);")));
        database.wait_for_query("pg_sleep(1)");
        let mut client = database.connect();
        let deadline = Duration::from_millis(100);
        let error = Migrator::new(one("SELECT 1;"))
            .lock_deadline(deadline)
            .up(&mut client);
        run.join().unwrap().unwrap();
        error.unwrap_err()
    })
}

/// What PostgreSQL 14 and older say of an extension that is not there, up to the file's path.
const NO_FILE: &str = "  ERROR 58P01: could not open extension control file ";
/// What PostgreSQL 15 and newer say of it; only 15 to 17 name the file.
const NOT_AVAILABLE: &str = "  ERROR 0A000: extension \"nix\" is not available\n  \
                             hint: The extension must first be installed on the system where PostgreSQL is running.";
const NAMES_THE_FILE: &str = "  detail: Could not open extension control file ";
/// The last of the settings that a transaction begins with; PostgreSQL 13 does not have it.
const CHECKS_ITS_CLIENT: &str = "SET LOCAL client_connection_check_interval = 1000;";

/// What majors of PostgreSQL say in their own words, in those that are reviewed.
fn worded_alike(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with(NAMES_THE_FILE));
    let lines = lines.map(|line| {
        if line.starts_with(NO_FILE) {
            NOT_AVAILABLE
        } else {
            line
        }
    });
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace(CHECKS_ITS_CLIENT, "")
}

/// Process ids, times, users and names of databases are not the same twice.
fn normalised(text: &str) -> String {
    // The client may see the end of the connection before the server's last words.
    let last_words = "\n  FATAL 57P01: terminating connection due to administrator command";
    let text = worded_alike(&text.replace("\n  connection closed", last_words));
    let mut words = Vec::new();
    for line in text.lines() {
        let mut previous = "";
        let line = line.split(' ').map(|word| {
            let bare = word.trim_end_matches([',', ':', ')']);
            let (number, unit) = bare.split_at(
                bare.find(|c: char| c != '.' && !c.is_ascii_digit())
                    .unwrap_or(bare.len()),
            );
            let is_time = !number.is_empty() && ["s", "ms", "µs", "ns"].contains(&unit);
            let is_date =
                bare.len() == 10 && bare.starts_with("20") && bare.matches('-').count() == 2;
            let is_clock = bare.matches(':').count() == 2
                && bare
                    .chars()
                    .all(|sign| sign.is_ascii_digit() || [':', '.', '+'].contains(&sign));
            let new = if is_time
                || is_date
                || is_clock
                || (previous == "pid" || previous == "user" && line.contains("pid "))
            {
                word.replace(bare, "…")
            } else if word.starts_with("pg_terminate_backend(") {
                "pg_terminate_backend(…)".to_owned()
            } else if word.starts_with("test_") || word.starts_with("\"test_") {
                "…".to_owned()
            } else {
                word.to_owned()
            };
            previous = word;
            new
        });
        words.push(line.collect::<Vec<_>>().join(" "));
    }
    words.join("\n")
}
