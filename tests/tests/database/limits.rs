//! Every statement of ours ends while another session holds the history: with an error that names the
//! holder, or with success when the holder lets go. The session is as it was before.
//!
//! The file is long because it tries each place of a run with each way to hold the history.

use std::time::Duration;

use pgstrata::{Error, Event, Migrations, Migrator, Report};
use postgres::Client;

use crate::support::{Database, ask, assert_says, fresh_database, migrations, source, three, up};

const HELD: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
const SETTINGS: &str = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings \
                        WHERE context IN ('user', 'superuser') AND name NOT LIKE 'plpgsql.%'";

/// Locks of another session, by the table it may have.
const EVERYTHING: &str = "LOCK TABLE pgstrata_history, pgstrata_history_events, pgstrata_history_failed IN ACCESS EXCLUSIVE MODE";
const HISTORY: &str = "LOCK TABLE pgstrata_history IN ACCESS EXCLUSIVE MODE";
const EVENTS: &str = "LOCK TABLE pgstrata_history_events IN ACCESS EXCLUSIVE MODE";
const ROWS: &str = "SELECT * FROM pgstrata_history FOR UPDATE";
const READS: &str = "SELECT count(*) FROM pgstrata_history";

/// When the other session takes its lock.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Before,
    Started,
    Statement(usize),
}

type Verb = fn(&mut Migrator<'_>, &mut Client) -> Result<(), Error>;

fn done(result: Result<Report, Error>) -> Result<(), Error> {
    result.map(drop)
}

const UP: Verb = |migrator, client| done(migrator.up(client));
const DOWN: Verb = |migrator, client| done(migrator.down(client, 1));
const STATUS: Verb = |migrator, client| migrator.status(client).map(drop);
const REPAIR: Verb = |migrator, client| {
    let goal = pgstrata::Goal::Repair(1);
    done(migrator.run(client, goal, Some("a test")))
};

/// The verb with the history held, until its end or until it is told; what came of it, and whether it
/// was told.
fn meet(
    database: &Database,
    list: &Migrations<'_>,
    verb: Verb,
    (hold, when): (&str, When),
    lets_go: bool,
) -> (Result<(), Error>, bool, i32) {
    let mut holder = database.connect();
    let pid = ask(&mut holder, "SELECT pg_backend_pid()").parse().unwrap();
    let mut client = database.connect();
    let own = "SET lock_timeout = '7s'; SET statement_timeout = '3min'; SET search_path = public, pg_catalog";
    client.batch_execute(own).unwrap();
    let before = ask(&mut client, SETTINGS);
    let take = format!("BEGIN; {hold}");
    if when == When::Before {
        holder.batch_execute(&take).unwrap();
    }
    let mut is_told = false;
    let mut observer = |event: &Event<'_>| {
        let is_now = match event {
            Event::Started { .. } => when == When::Started,
            Event::StatementFinished { statement, .. } => when == When::Statement(*statement),
            _ => false,
        };
        if is_now {
            holder.batch_execute(&take).unwrap();
        }
        let named = match event {
            Event::WaitingForHistory { blockers, .. } => {
                blockers.iter().any(|it| it.pid == Some(pid))
            }
            Event::Retried { cause, .. } => cause.to_string().contains(&format!("pid {pid}")),
            _ => false,
        };
        is_told |= named;
        if named && lets_go {
            holder.batch_execute("ROLLBACK").unwrap();
        }
    };
    let patience = if lets_go { 30_000 } else { 1_500 };
    let mut migrator = Migrator::new(list)
        .lock_deadline(Duration::from_millis(patience))
        .retry_deadline(Duration::from_millis(patience))
        .lock_timeout(Duration::from_millis(700))
        .observe(&mut observer);
    let result = verb(&mut migrator, &mut client);
    drop(migrator);
    assert_eq!(ask(&mut client, SETTINGS), before, "{hold} {when:?}");
    assert_eq!(database.ask(HELD), "0", "{hold} {when:?}");
    (result, is_told, pid)
}

/// Both ends of it.
#[track_caller]
fn check(make: impl Fn() -> Database, list: &Migrations<'_>, verb: Verb, held: (&str, When)) {
    let database = make();
    let (result, is_told, pid) = meet(&database, list, verb, held, false);
    let error = result.expect_err(&format!("{held:?} is in the way"));
    let query = held.0.chars().take(40).collect::<String>();
    let end = format!("pg_terminate_backend({pid})");
    assert_says(&error, &[&format!("pid {pid}"), &query, &end]);
    assert!(is_told, "{held:?} {error}");
    let database = make();
    let (result, is_told, _) = meet(&database, list, verb, held, true);
    result.unwrap_or_else(|error| panic!("{held:?} {error}"));
    assert!(is_told, "{held:?}");
}

fn two() -> Database {
    let database = fresh_database();
    Migrator::new(three())
        .up_to(&mut database.connect(), 2_u64)
        .unwrap();
    database
}

#[test]
fn at_the_start_and_on_reading() {
    for hold in [HISTORY, EVERYTHING] {
        check(two, three(), UP, (hold, When::Before));
        check(two, three(), STATUS, (hold, When::Before));
        check(two, three(), DOWN, (hold, When::Before));
    }
}

#[test]
fn at_the_claim_and_the_record() {
    for hold in [HISTORY, EVENTS] {
        check(two, three(), UP, (hold, When::Started));
    }
    for hold in [HISTORY, EVENTS, ROWS] {
        check(two, three(), DOWN, (hold, When::Started));
    }
    let changed = migrations([
        source("0001_a", "CREATE TABLE a ();", "DROP TABLE a;"),
        source("0002_b", "CREATE TABLE b ();", "DROP TABLE b;"),
    ]);
    check(two, changed, REPAIR, (ROWS, When::Started));
}

#[test]
fn around_a_statement_without_a_transaction() {
    let list = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nCREATE TABLE b (id int);",
        "DROP INDEX CONCURRENTLY a_id;\nDROP TABLE a, b;",
    )
    .no_transaction()]);
    let made = || {
        let database = fresh_database();
        let nothing = migrations([source("0009_z", "SELECT 1;", "SELECT 1;")]);
        up(&database, nothing).unwrap();
        database
            .connect()
            .batch_execute("DELETE FROM pgstrata_history; DELETE FROM pgstrata_history_events")
            .unwrap();
        database
    };
    for when in [
        When::Started,
        When::Statement(1),
        When::Statement(2),
        When::Statement(3),
    ] {
        check(made, list, UP, (HISTORY, when));
    }
    for when in [When::Statement(1), When::Statement(2), When::Statement(3)] {
        check(made, list, UP, (ROWS, when));
    }
    check(made, list, UP, (EVENTS, When::Statement(3)));
    let there = || {
        let database = fresh_database();
        up(&database, list).unwrap();
        database
    };
    for when in [When::Started, When::Statement(1), When::Statement(2)] {
        check(there, list, DOWN, (ROWS, when));
    }
}

#[test]
fn while_it_is_made_or_upgraded() {
    let create = "CREATE TABLE public.pgstrata_history (id int)";
    check(fresh_database, three(), UP, (create, When::Before));
    let earlier = || {
        let database = fresh_database();
        database
            .connect()
            .batch_execute(include_str!("layouts/layout_2.sql"))
            .unwrap();
        database
    };
    for hold in [READS, ROWS, EVENTS] {
        check(earlier, three(), UP, (hold, When::Before));
    }
}

#[test]
fn while_its_schema_is_made() {
    const UP_THERE: Verb = |migrator, client| done(migrator.up(client));
    let database = fresh_database();
    let mut holder = database.connect();
    let pid = ask(&mut holder, "SELECT pg_backend_pid()");
    holder.batch_execute("BEGIN; CREATE SCHEMA ops").unwrap();
    let mut migrator = Migrator::new(three())
        .history("ops", "h")
        .lock_deadline(Duration::from_millis(1500));
    let error = UP_THERE(&mut migrator, &mut database.connect()).unwrap_err();
    assert_says(
        &error,
        &[
            &format!("pid {pid}"),
            "CREATE SCHEMA ops",
            "pg_terminate_backend",
        ],
    );
    assert_eq!(database.ask(HELD), "0");
}

#[test]
fn a_deadline_ends_the_waiting() {
    let database = two();
    let mut holder = database.connect();
    let mut client = database.connect();
    let mut observer = |event: &Event<'_>| {
        if let Event::Started { .. } = event {
            let lock = format!("BEGIN; {EVERYTHING}");
            holder.batch_execute(&lock).unwrap();
        }
    };
    let error = Migrator::new(three())
        .deadline(Duration::from_millis(800))
        .observe(&mut observer)
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["0003_c"]);
    assert_eq!(ask(&mut client, "SHOW statement_timeout"), "0");
    assert_eq!(database.ask(HELD), "0");
}

/// A script may wait as long as it likes; what is ours around it does not.
#[test]
fn a_script_without_a_limit_does_not_lend_it_to_us() {
    let apart = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;").no_transaction(),
    ]);
    for (list, when) in [
        (three(), When::Started),
        (apart, When::Started),
        (apart, When::Statement(1)),
    ] {
        let database = fresh_database();
        let nothing = migrations([]);
        let goal = pgstrata::Goal::All;
        Migrator::new(nothing)
            .run(&mut database.connect(), goal, None)
            .unwrap();
        up(
            &database,
            migrations([source("0000_z", "SELECT 1;", "SELECT 1;")]),
        )
        .unwrap();
        database
            .connect()
            .batch_execute("DELETE FROM pgstrata_history; DELETE FROM pgstrata_history_events")
            .unwrap();
        let mut holder = database.connect();
        let mut observer = |event: &Event<'_>| {
            let is_now = match event {
                Event::Started { .. } => when == When::Started,
                Event::StatementFinished { .. } => when != When::Started,
                _ => false,
            };
            if is_now {
                holder.batch_execute(&format!("BEGIN; {HISTORY}")).unwrap();
            }
        };
        let error = Migrator::new(list)
            .lock_timeout(Duration::ZERO)
            .lock_deadline(Duration::from_millis(1500))
            .retry_deadline(Duration::from_millis(1500))
            .observe(&mut observer)
            .up(&mut database.connect())
            .unwrap_err();
        assert_says(
            &error,
            &["pg_terminate_backend", "LOCK TABLE pgstrata_history"],
        );
        assert_eq!(database.ask(HELD), "0");
    }
}

#[test]
fn a_deadline_beyond_all_time_is_none() {
    let database = fresh_database();
    let mut client = database.connect();
    let report = Migrator::new(three())
        .deadline(Duration::MAX)
        .lock_deadline(Duration::MAX)
        .retry_deadline(Duration::MAX)
        .lock_timeout(Duration::MAX)
        .statement_timeout(Duration::MAX)
        .up(&mut client);
    assert_eq!(report.unwrap().steps.len(), 3);
}

/// A deadline is for a run, not for all runs of a migrator.
#[test]
fn each_run_has_its_own_deadline() {
    let database = fresh_database();
    let mut migrator = Migrator::new(three()).deadline(Duration::from_millis(400));
    let mut client = database.connect();
    migrator.up_to(&mut client, 1_u64).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(migrator.status(&mut client).unwrap().len(), 3);
    assert_eq!(migrator.up(&mut client).unwrap().steps.len(), 2);
}
