//! CREATE INDEX CONCURRENTLY with other instances waiting for the lock: no deadlock.

use std::thread;

use pgstrata::Migrator;

use crate::support::{fresh_database, migrations, source};

#[test]
fn waiting_instances_do_not_deadlock_with_it() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_index",
            "SELECT pg_sleep(0.5);\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
            "DROP INDEX CONCURRENTLY a_id;",
        )
        .no_transaction(),
    ]);
    let applied: usize = thread::scope(|scope| {
        let run = || {
            Migrator::new(list)
                .up(&mut database.connect())
                .unwrap()
                .steps
                .len()
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(applied, 2);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass";
    assert_eq!(database.ask(valid), "t");
    Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap();
    assert_eq!(database.ask("SELECT to_regclass('a_id')"), "NULL");
    assert_eq!(database.applied(), "1");
}

/// Who starts while another run is at work waits inside the server at first, with a snapshot that the
/// building of the index waits for. Where the server looks for deadlocks early, it does not.
#[test]
fn who_waits_inside_the_server_is_not_deadlocked_with_it() {
    for deadlock_timeout in [1000, 10] {
        let database = fresh_database();
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = {deadlock_timeout}', \
             current_database()); END $$"
        );
        database.connect().batch_execute(&set).unwrap();
        let list = migrations([
            source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
            source(
                "0002_index",
                "SELECT pg_sleep(0.2);\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
                "DROP INDEX CONCURRENTLY a_id;",
            )
            .no_transaction(),
        ]);
        thread::scope(|scope| {
            let first = scope.spawn(|| Migrator::new(list).up(&mut database.connect()));
            database.wait_for_query("pg_sleep(0.2)");
            let late: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| Migrator::new(list).up(&mut database.connect())))
                .collect();
            assert_eq!(first.join().unwrap().unwrap().steps.len(), 2);
            for late in late {
                assert!(late.join().unwrap().unwrap().is_empty());
            }
        });
        let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass";
        assert_eq!(database.ask(valid), "t");
    }
}

/// `lock_timeout` would cut it short while it waits for an old snapshot.
#[test]
fn lock_timeout_does_not_cut_it_short() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_index",
            "CREATE INDEX CONCURRENTLY a_id ON a (id);",
            "DROP INDEX a_id;",
        )
        .no_transaction(),
    ]);
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    let mut writer = database.connect();
    writer
        .batch_execute("BEGIN; INSERT INTO a VALUES (1)")
        .unwrap();
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            let timeout = std::time::Duration::from_millis(100);
            Migrator::new(list)
                .lock_timeout(timeout)
                .up(&mut database.connect())
                .unwrap();
        });
        database.wait_until(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND now() - query_start > '0.5 s'",
        );
        writer.batch_execute("COMMIT").unwrap();
        run.join().unwrap();
    });
    assert_eq!(database.applied(), "1 2");
}
