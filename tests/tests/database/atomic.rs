//! A migration and its history row commit together or not at all.

use std::process::{Child, Command};

use pgstrata::Migrator;

use crate::support::{Database, fresh_database, migrations, source, up};

const STEP: &str = "atomic::child";

fn sleeper() -> &'static pgstrata::Migrations<'static> {
    let up = "CREATE TABLE a (id int);\nSELECT pg_sleep(8);\nCREATE TABLE b (id int);";
    migrations([source("0001_a", up, "DROP TABLE b;\nDROP TABLE a;")])
}

/// What the killed process does, and that it comes to its end if nobody kills it.
#[test]
fn child() {
    let Ok(url) = std::env::var("PGSTRATA_CHILD_SLEEPS") else {
        let database = fresh_database();
        assert!(spawn(&database).status().unwrap().success());
        assert_eq!(database.applied(), "1");
        return;
    };
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let migrator = Migrator::new(sleeper());
    let mut migrator = if std::env::var("PGSTRATA_CHILD_STATEMENTS").is_ok() {
        migrator.per_statement()
    } else {
        migrator
    };
    migrator.up(&mut client).unwrap();
}

fn spawn(database: &Database) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([STEP, "--exact"])
        .env("PGSTRATA_CHILD_SLEEPS", &database.url);
    command
}

fn kill_in_sleep(database: &Database, mut child: Child) {
    database.wait_for_query("pg_sleep(8)");
    child.kill().unwrap();
    child.wait().unwrap();
    // Until the server has noticed, the dead process still holds the lock.
    database.wait_until(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
}

#[test]
fn a_killed_process_leaves_nothing_where_statements_travel_alone() {
    let database = fresh_database();
    let child = spawn(&database)
        .env("PGSTRATA_CHILD_STATEMENTS", "1")
        .spawn()
        .unwrap();
    kill_in_sleep(&database, child);
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    assert_eq!(database.applied(), "");
    up(&database, crate::support::three()).unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

/// The server has the whole message. It stops because it looks after its client, which
/// PostgreSQL 13 cannot: there it may finish the message, as a whole.
#[test]
fn a_killed_process_leaves_nothing_in_one_message() {
    let database = fresh_database();
    let child = spawn(&database).spawn().unwrap();
    kill_in_sleep(&database, child);
    if database.ask("SELECT current_setting('server_version_num')::int < 140000") == "t" {
        let table = database.ask("SELECT to_regclass('b') IS NOT NULL");
        let row = database.ask("SELECT count(*) > 0 FROM public.pgstrata_history");
        assert_eq!(table, row);
        return;
    }
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    assert_eq!(database.applied(), "");
}

#[test]
fn a_failing_script_leaves_neither_tables_nor_rows() {
    let database = fresh_database();
    let broken = "CREATE TABLE b (id int);\nSELECT 1 / 0;";
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", broken, "DROP TABLE b;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    let error = up(&database, list).unwrap_err();
    assert_eq!(error.label(), Some("0002_b"));
    assert_eq!(error.report().steps.len(), 1);
    assert_eq!(database.applied(), "1");
    assert_eq!(database.ask("SELECT to_regclass('b')"), "NULL");
    let events = "SELECT count(*) FROM public.pgstrata_history_events";
    assert_eq!(database.ask(events), "1");
}

/// The record is written inside the migration's own transaction.
#[test]
fn the_record_failing_takes_the_migration_with_it() {
    let database = fresh_database();
    let list = crate::support::three();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    // The migrating role may claim, but not record.
    let roles = "CREATE ROLE claims LOGIN; GRANT ALL ON SCHEMA public TO claims; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON public.pgstrata_history TO claims; \
                 GRANT SELECT, UPDATE ON public.pgstrata_history_events TO claims";
    database.connect().batch_execute(roles).unwrap();
    let mut config: postgres::Config = database.url.parse().unwrap();
    let mut client = config.user("claims").connect(postgres::NoTls).unwrap();
    let error = Migrator::new(list).up(&mut client).unwrap_err();
    crate::support::assert_says(&error, &["behind its last statement", "42501"]);
    assert_eq!(database.ask("SELECT to_regclass('b')"), "NULL");
    assert_eq!(database.applied(), "1");
}
