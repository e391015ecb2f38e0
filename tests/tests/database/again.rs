//! What holds on a connection that was made again: the guard knows the new session, settings are set and refused
//! again, and what takes no lock takes none.

use std::thread;
use std::time::Duration;

use pgstrata::embedded::{Batch, Migrations, StatementOptionKind};
use pgstrata::{Error, Migrator, Report};
use postgres::{Client, Config, NoTls};

use crate::support::{Database, assert_says, fresh_database, migrations, source};

/// Runs it with a connection of the migrator's, whose session is ended while it is in the query.
fn ended_in(
    database: &Database,
    list: &Migrations<'_>,
    query: &str,
    run: impl FnOnce(&mut Migrator<'_>, &mut Client) -> Result<Report, Error> + Send,
    meanwhile: impl FnOnce(),
) -> Result<Report, Error> {
    let config: Config = database.url.parse().unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(move || {
            let mut migrator = Migrator::new(list);
            let mut client = migrator.connect(&config, NoTls).unwrap();
            run(&mut migrator, &mut client)
        });
        database.wait_for_query(query);
        meanwhile();
        let end = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()
             AND pid <> pg_backend_pid() AND query LIKE '%{query}%'"
        );
        assert_eq!(database.ask(&end), "1");
        running.join().unwrap()
    })
}

fn up(migrator: &mut Migrator<'_>, client: &mut Client) -> Result<Report, Error> {
    migrator.up(client)
}

const BATCH: &str = "DELETE FROM a WHERE id IN (SELECT id FROM a ORDER BY id LIMIT 2);";

fn batched(pause: Duration) -> StatementOptionKind<'static> {
    StatementOptionKind::Batch(Batch {
        pause,
        max_batches: None,
        total: None,
        key: None,
    })
}

const ROWS: &str =
    "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 8)";

#[test]
fn a_batch_goes_on() {
    let database = fresh_database();
    database.connect().batch_execute(ROWS).unwrap();
    let pause = Duration::from_millis(300);
    let batch = source("0001_a", BATCH, "SELECT 1;").no_transaction();
    let list = migrations([batch.special(0, batched(pause))]);
    ended_in(&database, list, "DELETE FROM a", up, || {
        database.wait_until("SELECT count(*) < 8 FROM a");
    })
    .unwrap();
    assert_eq!(database.ask("SELECT count(*) FROM a"), "0");
}

#[test]
fn a_batch_of_a_later_step_runs() {
    let database = fresh_database();
    database.connect().batch_execute(ROWS).unwrap();
    let batch = source("0002_a", BATCH, "SELECT 1;").no_transaction();
    let list = migrations([
        source("0001_s", "SELECT pg_sleep(2);", "SELECT 1;"),
        batch.special(0, batched(Duration::ZERO)),
    ]);
    ended_in(&database, list, "pg_sleep(2)", up, || ()).unwrap();
    assert_eq!(database.ask("SELECT count(*) FROM a"), "0");
}

/// The script itself looks, and fails where the lock is held.
#[test]
fn a_verification_takes_no_lock() {
    const LOOK: &str = "SELECT pg_sleep(1);
        SELECT 1 / (count(*) = 0)::int FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());";
    let database = fresh_database();
    let first = source("0001_a", "CREATE TABLE a (id int);", "SELECT 1;");
    let plain = migrations([source("0001_a", "CREATE TABLE a (id int);", "SELECT 1;")]);
    Migrator::new(plain).up(&mut database.connect()).unwrap();
    let list = migrations([first.verify(LOOK)]);
    let verify = |migrator: &mut Migrator<'_>, client: &mut Client| migrator.verify(client);
    let verified = ended_in(&database, list, "pg_sleep(1)", verify, || ());
    assert_eq!(verified.unwrap().steps.len(), 1);
}

#[test]
fn what_is_refused_is_refused_again() {
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let list = migrations([
        source("0001_s", "SELECT pg_sleep(2);", "SELECT 1;"),
        source("0002_t", "CREATE TABLE t (id int);", "DROP TABLE t;"),
    ]);
    let set = format!("ALTER DATABASE {name} SET session_replication_role = replica");
    let error = ended_in(&database, list, "pg_sleep(2)", up, || {
        database.connect().batch_execute(&set).unwrap();
    });
    assert_says(
        &error.unwrap_err(),
        &["session_replication_role is replica"],
    );
    assert_eq!(database.ask("SELECT to_regclass('t')"), "NULL");
}
