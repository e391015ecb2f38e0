//! A trigger that comes between the inspection of the history and a write of ours never runs: not where a
//! failure is written down, not in a batch, and not where its transaction commits while we wait for the
//! lock, whatever isolation the session's transactions have.

use std::thread;
use std::time::Duration;

use pgstrata::embedded::{Batch, StatementOptionKind};
use pgstrata::{Error, Event, Migrations, Migrator};
use postgres::Client;

use crate::support::{Database, Source, ask, assert_says, fresh_database, migrations, source, up};

const LEVELS: [&str; 2] = ["read committed", "repeatable read"];

/// With the first migration applied, and a function that leaves a trace.
fn prepared(list: &Migrations<'_>) -> Database {
    let database = fresh_database();
    let trap = "CREATE SEQUENCE public.ran; CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN PERFORM pg_catalog.nextval('public.ran'); RETURN NEW; END $$";
    database.connect().batch_execute(trap).unwrap();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    database
}

fn client(database: &Database, level: &str) -> Client {
    let mut client = database.connect();
    let set = format!("SET default_transaction_isolation = '{level}'");
    client.batch_execute(&set).unwrap();
    client
}

#[track_caller]
fn assert_nothing_ran(database: &Database, what: &str) {
    let ran = database.ask("SELECT is_called FROM public.ran");
    assert_eq!(ran, "f", "{what}");
}

fn first() -> Source {
    source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
}

/// A trigger for each statement runs even if no row is written.
#[test]
fn where_a_failure_is_written_down() {
    let lists = [
        source("0002_b", "SELECT 1 / 0;", "SELECT 1;"),
        source("0002_b", "SELECT 1;\nSELECT 1 / 0;", "SELECT 1;").no_transaction(),
        source("0002_b", "SELECT 1;\nSELECT 1 / 0;", "SELECT 1;")
            .no_transaction()
            .special(1, StatementOptionKind::Batch(BATCH)),
    ];
    let traps = [
        "CREATE TRIGGER t BEFORE INSERT ON pgstrata_history_failed FOR EACH STATEMENT EXECUTE FUNCTION public.trap()",
        "CREATE TRIGGER t AFTER INSERT ON pgstrata_history_failed FOR EACH ROW EXECUTE FUNCTION public.trap()",
        "CREATE RULE r AS ON INSERT TO pgstrata_history_failed DO ALSO SELECT pg_catalog.nextval('public.ran')",
    ];
    for second in lists {
        let list = migrations([first(), second]);
        for trap in traps {
            let database = prepared(list);
            let mut observer = |event: &Event<'_>| {
                if let Event::Failed { .. } = event {
                    database.connect().batch_execute(trap).unwrap();
                }
            };
            let error = Migrator::new(list)
                .observe(&mut observer)
                .up(&mut database.connect())
                .unwrap_err();
            assert_eq!(error.code().unwrap(), "22012", "{error}");
            assert_nothing_ran(&database, trap);
            let rows = "SELECT count(*) FROM pgstrata_history_failed";
            assert_eq!(database.ask(rows), "0");
        }
    }
}

const BATCH: Batch<'static> = Batch {
    pause: Duration::ZERO,
    max_batches: None,
    total: None,
    key: None,
};

/// Whether a session of this database has such a lock on a table, or waits for it.
fn has_lock(mode: &str, what: &str) -> String {
    format!(
        "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'relation' AND mode = '{mode}' AND {what} \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

/// Adds the trigger, and commits once a write of ours waits for that.
fn lie_in_wait(database: &Database, table: &str) {
    let mut other = database.connect();
    let add = format!(
        "BEGIN; CREATE TRIGGER t BEFORE INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION public.trap()"
    );
    other.batch_execute(&add).unwrap();
    database.wait_until(&has_lock("RowExclusiveLock", "NOT granted"));
    other.batch_execute("COMMIT").unwrap();
}

#[track_caller]
fn assert_refused(error: &Error, what: &str) {
    assert!(error.is_refused(), "{what}: {error}");
    assert_says(error, &["has the trigger t"]);
}

/// The first batch waits for a lock of ours, so that the trigger can come after the look at the tables.
#[test]
fn in_a_batch() {
    let delete = "DELETE FROM a WHERE pg_advisory_xact_lock(77) IS NOT NULL AND id IN (SELECT id FROM a LIMIT 2)";
    let batch = source("0002_b", delete, "SELECT 1;").no_transaction();
    let list = migrations([first(), batch.special(0, StatementOptionKind::Batch(BATCH))]);
    for table in ["pgstrata_history", "pgstrata_history_events"] {
        for level in LEVELS {
            let what = format!("{table}, {level}");
            let database = prepared(list);
            let mut holder = database.connect();
            let begin = "INSERT INTO a SELECT generate_series(1, 6); SELECT pg_advisory_lock(77)";
            holder.batch_execute(begin).unwrap();
            let error = thread::scope(|scope| {
                let run = scope.spawn(|| Migrator::new(list).up(&mut client(&database, level)));
                database.wait_until(
                    "SELECT count(*) > 0 FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event = 'advisory'",
                );
                let other = scope.spawn(|| lie_in_wait(&database, table));
                database.wait_until(&has_lock("ShareRowExclusiveLock", "true"));
                ask(&mut holder, "SELECT pg_advisory_unlock(77)");
                other.join().unwrap();
                run.join().unwrap().unwrap_err()
            });
            assert_nothing_ran(&database, &what);
            assert_refused(&error, &what);
            // The first batch was done before that, and is told.
            let batches =
                "SELECT batches || ' ' || batch_rows FROM pgstrata_history WHERE version = 2";
            assert_eq!(database.ask(batches), "1 2", "{what}");
            let drop = format!("DROP TRIGGER t ON {table}");
            database.connect().batch_execute(&drop).unwrap();
            Migrator::new(list).up(&mut database.connect()).unwrap();
            assert_eq!(database.ask("SELECT count(*) FROM a"), "0", "{what}");
        }
    }
}

/// The claim, and what is written down around a statement.
#[test]
fn around_a_statement_outside_a_transaction() {
    let sql = "SELECT 1;\nCREATE INDEX CONCURRENTLY b_id ON a (id);";
    let list = migrations([first(), source("0002_b", sql, "SELECT 1;").no_transaction()]);
    let moments: [fn(&Event<'_>) -> bool; 2] = [
        |event| matches!(event, Event::Started { .. }),
        |event| matches!(event, Event::StatementFinished { statement: 1, .. }),
    ];
    for is_now in moments {
        for level in LEVELS {
            let database = prepared(list);
            thread::scope(|scope| {
                let database = &database;
                let mut observer = |event: &Event<'_>| {
                    if is_now(event) {
                        scope.spawn(|| lie_in_wait(database, "pgstrata_history"));
                        database.wait_until(&has_lock("ShareRowExclusiveLock", "granted"));
                    }
                };
                let error = Migrator::new(list)
                    .observe(&mut observer)
                    .up(&mut client(database, level))
                    .unwrap_err();
                assert_nothing_ran(database, level);
                assert_refused(&error, level);
            });
        }
    }
}

/// Row security that this role does not feel: the tables may be used, but not by the run that had
/// looked at them before.
#[test]
fn what_is_altered_to_no_harm() {
    let sql = "SELECT 1;\nCREATE INDEX CONCURRENTLY b_id ON a (id);";
    let list = migrations([first(), source("0002_b", sql, "SELECT 1;").no_transaction()]);
    let database = prepared(list);
    let mut observer = |event: &Event<'_>| {
        if matches!(event, Event::StatementFinished { statement: 1, .. }) {
            let alter = "ALTER TABLE public.pgstrata_history ENABLE ROW LEVEL SECURITY";
            database.connect().batch_execute(alter).unwrap();
        }
    };
    let error = Migrator::new(list)
        .observe(&mut observer)
        .up(&mut database.connect())
        .unwrap_err();
    assert_says(
        &error,
        &[
            "the tables of the history \"public\".\"pgstrata_history\" were altered while this run was at work; \
             they are as they should be now: run again",
        ],
    );
    up(&database, list).unwrap();
    assert_eq!(database.applied(), "1 2");
}
