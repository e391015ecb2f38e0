//! The advisory lock: who has it, for how long, and that it is given back.

use std::thread;
use std::time::{Duration, Instant};

use pgstrata::{Event, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, three};

const HELD: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[test]
fn the_deadline_error_names_the_holder() {
    let database = fresh_database();
    let slow = migrations([source("0001_a", "SELECT pg_sleep(2);", "SELECT 1;")]);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = database.connect();
            client
                .batch_execute("SET application_name = 'the other run'")
                .unwrap();
            Migrator::new(slow).up(&mut client).unwrap();
        });
        database.wait_for_query("pg_sleep(2)");
        let mut told = Vec::new();
        let mut observer = |event: &Event<'_>| {
            if let Event::WaitingForLock {
                holder: Some(holder),
                ..
            } = event
            {
                told.push(holder.to_string());
            }
        };
        let began = Instant::now();
        let error = Migrator::new(three())
            .lock_deadline(Duration::from_millis(300))
            .observe(&mut observer)
            .up(&mut database.connect())
            .unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(2));
        assert!(error.is_lock_deadline());
        assert_says(&error, &["the other run", "pg_terminate_backend", "pid "]);
        assert!(told.iter().any(|holder| holder.contains("the other run")));
    });
}

#[test]
fn a_waiting_run_reads_history_again() {
    let database = fresh_database();
    let up = "CREATE TABLE a (id int);\nSELECT pg_sleep(1);";
    let slow = migrations([source("0001_a", up, "DROP TABLE a;")]);
    thread::scope(|scope| {
        let first = scope.spawn(|| Migrator::new(slow).up(&mut database.connect()));
        database.wait_for_query("pg_sleep(1)");
        let second = Migrator::new(slow).up(&mut database.connect()).unwrap();
        assert!(second.is_empty());
        assert_eq!(first.join().unwrap().unwrap().steps.len(), 1);
    });
}

#[test]
fn it_is_released_after_success_and_after_failure() {
    let database = fresh_database();
    let mut client = database.connect();
    let broken = [
        source("0001_a", "SELECT 1 / 0;", "SELECT 1;"),
        source("0001_a", "SELEC 1;", "SELECT 1;"),
        source("0001_a", "SELECT 1;\nSELECT 1 / 0;", "SELECT 1;").no_transaction(),
    ];
    for source in broken {
        Migrator::new(migrations([source]))
            .up(&mut client)
            .unwrap_err();
        assert_eq!(database.ask(HELD), "0");
        // The connection is usable: it is not inside a failed transaction.
        assert_eq!(crate::support::ask(&mut client, "SELECT 'alive'"), "alive");
        client
            .batch_execute("DELETE FROM public.pgstrata_history")
            .unwrap();
    }
    Migrator::new(three()).up(&mut client).unwrap();
    assert_eq!(database.ask(HELD), "0");
}

/// The second panic happens inside the migration's transaction, where unlocking fails
/// unless it is rolled back first.
#[test]
fn it_is_released_when_the_observer_panics() {
    type At = dyn Fn(&Event<'_>) -> bool + Sync;
    let is_start = |event: &Event<'_>| matches!(event, Event::Started { .. });
    let is_inside = |event: &Event<'_>| matches!(event, Event::StatementFinished { .. });
    for at in [&is_start as &At, &is_inside] {
        let database = fresh_database();
        let mut client = database.connect();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut observer = |event: &Event<'_>| assert!(!at(event), "on purpose");
            let mut migrator = Migrator::new(three())
                .per_statement()
                .observe(&mut observer);
            drop(migrator.up(&mut client));
        }));
        assert!(panicked.is_err());
        assert_eq!(database.ask(HELD), "0");
        assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
        Migrator::new(three()).up(&mut client).unwrap();
    }
}

#[test]
fn a_lock_that_is_lost_is_told() {
    let database = fresh_database();
    let up = "SELECT pg_advisory_unlock_all();";
    let list = migrations([source("0001_a", up, "SELECT 1;")]);
    let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
    assert_says(
        &error,
        &[
            "a script gave the migration lock for \"public\".\"pgstrata_history\" back before the end of the run \
             (DISCARD ALL, pg_advisory_unlock_all), so another program may have been at work meanwhile: take \
             that out of the script",
            "applied 0001_a",
        ],
    );
    assert!(!error.to_string().contains("pooler"), "{error}");
}

/// The COMMIT of a migration would commit what the caller has begun.
#[test]
fn a_connection_inside_a_transaction_is_refused() {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(three()).up_to(&mut client, 1_u64).unwrap();
    client
        .batch_execute("BEGIN; INSERT INTO a VALUES (7)")
        .unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert_says(&error, &["the connection is inside a transaction"]);
    assert_eq!(database.ask(HELD), "0");
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(
        database.ask("SELECT count(*) FROM a"),
        "0",
        "the error is one of the caller's transaction, as each is"
    );
    assert_eq!(
        Migrator::new(three()).up(&mut client).unwrap().steps.len(),
        2
    );
}

/// The session's role is gone when the run wants to give it back, so that message is refused; the lock
/// must not stay with a session that lives on.
#[test]
fn it_is_released_where_the_settings_cannot_be_given_back() {
    let database = fresh_database();
    let role = format!("gone_{}", database.ask("SELECT current_database()"));
    let mut client = database.connect();
    let set_up =
        format!("CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role}");
    client.batch_execute(&set_up).unwrap();
    let drop_role =
        format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}");
    // Behind the last step, and before the next one.
    for (steps, says) in [
        (
            1,
            "giving back the session's settings and the migration lock",
        ),
        (2, "applying 0002_b failed"),
    ] {
        let sources = ["0001_a", "0002_b"].map(|label| source(label, "SELECT 1;", "SELECT 1;"));
        let list = migrations(sources.into_iter().take(steps));
        let mut observer = |event: &Event<'_>| {
            if matches!(event, Event::Finished { .. }) {
                database.ask(&drop_role);
            }
        };
        let error = Migrator::new(list)
            .observe(&mut observer)
            .up(&mut client)
            .unwrap_err();
        assert_says(&error, &[says]);
        assert_eq!(database.ask(HELD), "0");
        client.batch_execute("RESET ROLE").unwrap();
        client.batch_execute("DROP TABLE public.pgstrata_history, public.pgstrata_history_events, public.pgstrata_history_failed").unwrap();
        client.batch_execute(&set_up).unwrap();
    }
    client
        .batch_execute(&format!(
            "RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"
        ))
        .unwrap();
}
