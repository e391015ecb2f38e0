//! Prepared transactions have no pid: they are named by what ends them.

use std::thread::scope;
use std::time::Duration;

use pgstrata::{Error, Event, Migrations, Migrator, Report};
use postgres::{Client, NoTls};

use crate::standby::{Primary, wait};
use crate::support::{ask, assert_says, migrations, source};

const GID: &str = "it's the bank's";
const NAMED: &str = "the prepared transaction 'it''s the bank''s'";
const ENDS: &str = "ROLLBACK PREPARED 'it''s the bank''s'";

fn server() -> Primary {
    Primary::start_with(&["max_prepared_transactions=10", "wal_level=logical"])
}

fn list(second: &str) -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source("0002_b", second, "DROP INDEX IF EXISTS i;"),
    ])
}

fn concurrent() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source(
            "0002_i",
            "CREATE INDEX CONCURRENTLY i ON a (n);",
            "DROP INDEX CONCURRENTLY i;",
        )
        .no_transaction(),
    ])
}

/// A database where the first is applied and the statement is in a prepared transaction.
fn prepared(primary: &Primary, name: &str, list: &Migrations<'_>, statement: &str) -> Client {
    primary.cluster.create_database(name).unwrap();
    let mut client = primary.connect(name);
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    let gid = GID.replace('\'', "''");
    for statement in ["BEGIN", statement, &format!("PREPARE TRANSACTION '{gid}'")] {
        client.batch_execute(statement).unwrap();
    }
    client
}

/// Runs it watched, and calls what ends the wait when the observer was told.
fn watched(
    primary: &Primary,
    name: &str,
    list: &'static Migrations<'static>,
    mut end: impl FnMut() + Send,
) -> (Result<Report, Error>, Vec<String>) {
    let mut named = Vec::new();
    let result = {
        let mut observer = |event: &Event<'_>| {
            if let Event::Blocked { blockers, .. } = event {
                named.extend(blockers.iter().map(ToString::to_string));
                end();
            }
        };
        let mut migrator = Migrator::new(list)
            .observe(&mut observer)
            .lock_timeout(Duration::from_secs(5));
        let mut client = migrator
            .connect(&primary.cluster.config(name), NoTls)
            .unwrap();
        migrator.up(&mut client)
    };
    (result, named)
}

#[test]
fn a_prepared_transaction_is_named() {
    let primary = server();
    let list = list("ALTER TABLE a ADD m int;");
    let mut client = prepared(&primary, "app", list, "INSERT INTO a VALUES (1)");
    // On a borrowed connection, after the tries.
    let error = Migrator::new(list)
        .lock_timeout(Duration::from_millis(200))
        .retry_deadline(Duration::from_secs(1))
        .up(&mut primary.connect("app"))
        .unwrap_err();
    assert_says(
        &error,
        &["55P03", NAMED, "of user postgres", "in database app", ENDS],
    );
    assert!(
        !error.to_string().contains("pg_terminate_backend"),
        "{error}"
    );
    // On a watched one, while it waits.
    let mut once = Some(());
    let (result, named) = watched(&primary, "app", list, || {
        if once.take().is_some() {
            client.batch_execute(ENDS).unwrap();
        }
    });
    result.unwrap();
    assert_says(&named[0], &[NAMED, ENDS]);
}

#[test]
fn a_concurrent_build_waits_for_it() {
    let primary = server();
    let list = concurrent();
    let mut client = prepared(&primary, "app", list, "INSERT INTO a VALUES (1)");
    let error = Migrator::new(list)
        .deadline(Duration::from_secs(2))
        .up(&mut primary.connect("app"))
        .unwrap_err();
    assert_says(&error, &["57014", NAMED, ENDS]);
    let mut once = Some(());
    let (result, named) = watched(&primary, "app", list, || {
        if once.take().is_some() {
            client.batch_execute(ENDS).unwrap();
        }
    });
    result.unwrap();
    assert_says(&named[0], &[NAMED, ENDS]);
}

/// Every snapshot that is older is named, also those that it does not wait for yet.
#[test]
fn a_concurrent_build_waits_for_old_snapshots() {
    let primary = server();
    let list = concurrent();
    primary.cluster.create_database("app").unwrap();
    Migrator::new(list)
        .up_to(&mut primary.connect("app"), 1_u64)
        .unwrap();
    let mut readers = ["one", "two"].map(|name| {
        let mut client = primary.connect("app");
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class";
        client
            .batch_execute(&format!("SET application_name = 'reader {name}'; {begin}"))
            .unwrap();
        client
    });
    let mut once = Some(());
    let (result, named) = watched(&primary, "app", list, || {
        if once.take().is_some() {
            for reader in &mut readers {
                reader.batch_execute("COMMIT").unwrap();
            }
        }
    });
    result.unwrap();
    let named = named.join("\n");
    assert_says(
        &named,
        &["application reader one", "application reader two"],
    );
}

#[test]
fn one_that_keeps_the_history() {
    let primary = server();
    let list = list("CREATE INDEX i ON a (n);");
    let lock = "LOCK TABLE pgstrata_history IN ACCESS EXCLUSIVE MODE";
    let mut client = prepared(&primary, "app", list, lock);
    let error = Migrator::new(list)
        .lock_deadline(Duration::from_secs(2))
        .up(&mut primary.connect("app"))
        .unwrap_err();
    assert!(error.is_lock_deadline(), "{error}");
    assert_says(&error, &[NAMED, ENDS]);
    assert!(
        !error.to_string().contains("pg_terminate_backend"),
        "{error}"
    );
    client.batch_execute(ENDS).unwrap();
}

/// Who waits for a prepared transaction waits for no session.
#[test]
fn preflight_names_it() {
    let primary = server();
    let list = list("ALTER TABLE a ADD m int;");
    let mut client = prepared(&primary, "app", list, "INSERT INTO a VALUES (1)");
    scope(|scope| {
        let waits = scope.spawn(|| {
            let drop = "SET application_name = 'waits'; DROP TABLE a";
            primary.connect("app").batch_execute(drop).unwrap();
        });
        let there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'waits' \
                     AND wait_event_type = 'Lock'";
        wait("the one that waits", || ask(&mut client, there) == "1");
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("0001_a.up.sql", "CREATE TABLE a (n int);\n"),
            ("0001_a.down.sql", "DROP TABLE a;\n"),
            ("0002_b.up.sql", "ALTER TABLE a ADD m int;\n"),
            ("0002_b.down.sql", "ALTER TABLE a DROP m;\n"),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let url = primary.cluster.url("app");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_pgstrata"))
            .args(["preflight", "--dir"])
            .arg(folder.path())
            .env("DATABASE_URL", &url)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = said + &String::from_utf8_lossy(&output.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        client.batch_execute(ENDS).unwrap();
        waits.join().unwrap();
        let parts = ["waits for the prepared transaction it's the bank's", ENDS];
        assert_says(&said, &parts);
        assert!(!said.contains("pid 0"), "{said}");
    });
}

/// What keeps a query of the tool waiting is named with the statement that ends it: a session has a
/// pid, a prepared transaction a gid.
#[test]
fn the_tools_name_what_ends_each_holder() {
    let primary = server();
    let list = list("ALTER TABLE a ADD m int;");
    let mut client = prepared(&primary, "tools", list, "LOCK TABLE a");
    let mut holder = primary.connect("tools");
    holder
        .batch_execute("CREATE TABLE other (); BEGIN; LOCK TABLE other")
        .unwrap();
    let pid = ask(&mut holder, "SELECT pg_backend_pid()");
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pgstrata"))
        .args(["backup", "--scope", "full", "--dir"])
        .arg(folder.path())
        .arg("--backup-dir")
        .arg(folder.path().join("backups"))
        .env("DATABASE_URL", primary.cluster.url("tools"))
        .env("PGOPTIONS", "-c lock_timeout=300ms")
        .output()
        .unwrap();
    client.batch_execute(ENDS).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let terminates = format!("SELECT pg_terminate_backend({pid});");
    assert_says(&said, &[NAMED, &format!("{ENDS};"), &terminates]);
    assert!(!said.contains("its pid"), "{said}");
}
