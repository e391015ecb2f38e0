//! What a connection made by the migrator can do and a borrowed one cannot: notices, live
//! blockers, a deadline, and going on after a loss.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use pgstrata::{Event, Migrator};
use postgres::{Config, NoTls};

use crate::support::{Database, ask, assert_says, fresh_database, migrations, source};

fn config(database: &Database) -> Config {
    database.url.parse().unwrap()
}

fn list() -> &'static pgstrata::Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "SELECT 1;\nALTER TABLE a ADD b int;",
            "ALTER TABLE a DROP b;",
        ),
    ])
}

#[test]
fn notices_are_forwarded() {
    let database = fresh_database();
    let says = "DO $$ BEGIN RAISE NOTICE 'half way'; RAISE WARNING 'mind the gap'; END $$;";
    let list = migrations([
        source("0001_says", says, "SELECT 1;"),
        source(
            "0002_says",
            "DO $$ BEGIN RAISE NOTICE 'outside'; END $$;",
            "SELECT 1;",
        )
        .no_transaction(),
    ]);
    let mut heard = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Notice { step, notice } = event {
            heard.push(format!(
                "{} {}: {}",
                &step.label[3..4],
                notice.severity(),
                notice.message()
            ));
        }
    };
    let mut migrator = Migrator::new(list).observe(&mut observer);
    let mut client = migrator.connect(&config(&database), NoTls).unwrap();
    migrator.up(&mut client).unwrap();
    assert_eq!(
        heard,
        [
            "1 NOTICE: half way",
            "1 WARNING: mind the gap",
            "2 NOTICE: outside"
        ]
    );
}

/// While the statement waits, not only when it has given up.
#[test]
fn who_is_in_the_way_is_named_while_it_is() {
    let database = fresh_database();
    Migrator::new(list())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let mut reader = database.connect();
    reader
        .batch_execute("SET application_name = 'a long report'")
        .unwrap();
    let pid = ask(&mut reader, "SELECT pg_backend_pid()");
    reader.batch_execute("BEGIN").unwrap();
    reader.batch_execute("SELECT * FROM a").unwrap();
    let mut reader = Some(reader);
    let mut named = Vec::new();
    let mut observer = |event: &Event<'_>| match event {
        Event::Blocked { blockers, .. } => {
            named.push(blockers[0].to_string());
            reader = None;
        }
        Event::Retried { .. } => panic!("it was not even cut short"),
        _ => {}
    };
    let mut migrator = Migrator::new(list())
        .lock_timeout(Duration::from_secs(30))
        .observe(&mut observer);
    let mut client = migrator.connect(&config(&database), NoTls).unwrap();
    migrator.up(&mut client).unwrap();
    for part in [
        &*format!("pid {pid}"),
        "user postgres",
        "application a long report",
        "in a transaction for",
        "state idle in transaction",
        "query SELECT * FROM a",
    ] {
        assert!(named[0].contains(part), "{part} in {named:?}");
    }
}

/// `lock_timeout` is off for it, so that only the deadline ends it.
#[test]
fn a_deadline_cancels_what_waits() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_i",
            "CREATE INDEX CONCURRENTLY i ON a (id);",
            "DROP INDEX i;",
        )
        .no_transaction(),
    ]);
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let mut writer = database.connect();
    writer
        .batch_execute("SET application_name = 'a writer'; BEGIN; INSERT INTO a VALUES (1)")
        .unwrap();
    for is_ours in [false, true] {
        let mut migrator = Migrator::new(list).deadline(Duration::from_secs(4));
        let mut client = if is_ours {
            migrator.connect(&config(&database), NoTls).unwrap()
        } else {
            database.connect()
        };
        let began = Instant::now();
        let error = migrator.up(&mut client).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_says(&error, &["0002_i.up.sql:1:1", "57014"]);
        if is_ours {
            assert_says(&error, &["a writer"]);
        }
        // The caller's session is as it was.
        assert_eq!(ask(&mut client, "SHOW statement_timeout"), "0");
    }
    writer.batch_execute("COMMIT").unwrap();
    Migrator::new(list).up(&mut database.connect()).unwrap();
    assert_eq!(database.applied(), "1 2");
}

/// A message of many statements has more time than each of them: only a cancel ends it.
#[test]
fn a_deadline_cancels_a_whole_message() {
    let database = fresh_database();
    let many = "SELECT pg_sleep(0.4);\n".repeat(60);
    let list = migrations([source("0001_a", &many, "SELECT 1;")]);
    let mut migrator = Migrator::new(list).deadline(Duration::from_secs(1));
    let mut client = migrator.connect(&config(&database), NoTls).unwrap();
    let began = Instant::now();
    let error = migrator.up(&mut client).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_says(&error, &["57014"]);
    assert_eq!(database.applied(), "");
}

/// Once lost in the middle of a step, it is done all the same, and once.
#[test]
fn a_lost_connection_is_made_anew() {
    let database = fresh_database();
    let up = "INSERT INTO a VALUES (1);\nSELECT pg_sleep(CASE count(*) WHEN 1 THEN 30 ELSE 0 END) FROM once;";
    let list = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int);\nCREATE TABLE once (n int);\nINSERT INTO once VALUES (1);",
            "DROP TABLE a, once;",
        ),
        source("0002_b", up, "DELETE FROM a;"),
    ]);
    let (sender, receiver) = channel();
    let report = thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut told = Vec::new();
            let mut observer = |event: &Event<'_>| {
                if let Event::Reconnected { step, was_done } = event {
                    told.push((step.version, *was_done));
                }
            };
            let mut migrator = Migrator::new(list).observe(&mut observer);
            let mut client = migrator.connect(&config(&database), NoTls).unwrap();
            let report = migrator.up(&mut client);
            drop(migrator);
            // The connection that the caller holds is the new one.
            sender
                .send((told, ask(&mut client, "SELECT 'alive'")))
                .unwrap();
            report
        });
        database.wait_for_query("pg_sleep(CASE count");
        database
            .connect()
            .batch_execute("DELETE FROM once")
            .unwrap();
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(CASE%' \
             AND datname = current_database() AND pid <> pg_backend_pid()",
        );
        run.join().unwrap()
    });
    assert_eq!(report.unwrap().steps.len(), 2);
    let (told, alive) = receiver.recv().unwrap();
    assert_eq!((told, &*alive), (vec![(Some(2), false)], "alive"));
    assert_eq!(database.ask("SELECT count(*) FROM a"), "1");
}

/// A step that kills its connection each time does not do so for ever.
#[test]
fn a_step_may_lose_its_connection_a_few_times() {
    let database = fresh_database();
    let list = migrations([source(
        "0001_a",
        "SELECT pg_terminate_backend(pg_backend_pid());",
        "SELECT 1;",
    )]);
    let mut losses = 0;
    let mut observer = |event: &Event<'_>| {
        losses += u32::from(matches!(
            event,
            Event::Reconnected {
                was_done: false,
                ..
            }
        ));
    };
    let mut migrator = Migrator::new(list).observe(&mut observer);
    let mut client = migrator.connect(&config(&database), NoTls).unwrap();
    let error = migrator.up(&mut client).unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!(losses, 3);
}
