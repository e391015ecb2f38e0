//! A batch is repeated, a transaction each, until it touches no row, and goes on where it stopped.

use std::thread;
use std::time::Duration;

use pgstrata::embedded::{Batch, StatementOptionKind};
use pgstrata::{Event, Migrations, Migrator};

use crate::support::{Database, assert_says, fresh_database, migrations, source, up};

const PLAIN: Batch<'static> = Batch {
    pause: Duration::ZERO,
    max_batches: None,
    total: None,
    key: None,
};
/// Notes its transaction, so that they can be counted.
const DELETE: &str = "SELECT 1;\nWITH gone AS (DELETE FROM a WHERE id IN (SELECT id FROM a ORDER BY id LIMIT 10) RETURNING id)\n\
                      INSERT INTO seen SELECT id, txid_current() FROM gone";

fn rows(count: usize) -> Database {
    let database = fresh_database();
    let sql = format!(
        "CREATE TABLE a (id int PRIMARY KEY, n int DEFAULT 0); CREATE TABLE seen (id int, tx bigint); \
         INSERT INTO a SELECT g FROM generate_series(1, {count}) AS g"
    );
    database.connect().batch_execute(&sql).unwrap();
    database
}

fn list(sql: &str, statement: u32, batch: Batch<'static>) -> &'static Migrations<'static> {
    let source = source("0001_a", sql, "SELECT 1;").no_transaction();
    migrations([source.special(statement, StatementOptionKind::Batch(batch))])
}

#[test]
fn until_no_row_is_left() {
    let database = rows(25);
    let list = list(&format!("{DELETE};\nSELECT 2;"), 1, PLAIN);
    up(&database, list).unwrap();
    assert_eq!(database.ask("SELECT count(*) FROM a"), "0");
    assert_eq!(
        database.ask("SELECT count(*) || ' ' || count(DISTINCT tx) FROM seen"),
        "25 3"
    );
    assert_eq!(database.applied(), "1");
}

/// On a connection of our own each batch as it is committed, on a borrowed one all at the end.
#[test]
fn progress_is_told() {
    let batch = Batch {
        total: Some("SELECT count(*) FROM a"),
        ..PLAIN
    };
    let all = [
        "2: 1, 10 of Some(25)",
        "2: 2, 20 of Some(25)",
        "2: 3, 25 of Some(25)",
    ];
    for (is_ours, expected) in [(true, &all[..]), (false, &["2: 3, 25 of None"])] {
        let database = rows(25);
        let mut told = Vec::new();
        let mut observer = |event: &Event<'_>| match event {
            Event::BatchFinished {
                statement,
                batches,
                rows,
                total,
                ..
            } => {
                told.push(format!("{statement}: {batches}, {rows} of {total:?}"));
            }
            Event::Notice { notice, .. } => panic!("{notice:?}"),
            _ => {}
        };
        let mut migrator = Migrator::new(list(DELETE, 1, batch)).observe(&mut observer);
        let mut client = if is_ours {
            migrator
                .connect(&database.url.parse().unwrap(), postgres::NoTls)
                .unwrap()
        } else {
            database.connect()
        };
        migrator.up(&mut client).unwrap();
        drop(migrator);
        assert_eq!(told, expected);
    }
}

#[test]
fn along_a_key() {
    let database = rows(25);
    let sql = "UPDATE a SET n = n + 1 WHERE id IN (SELECT id FROM a WHERE id > $1 ORDER BY id LIMIT 10) RETURNING id";
    up(
        &database,
        list(
            sql,
            0,
            Batch {
                key: Some("id"),
                ..PLAIN
            },
        ),
    )
    .unwrap();
    assert_eq!(database.ask("SELECT min(n) || ' ' || max(n) FROM a"), "1 1");
    let left = "SELECT batches || ' ' || batch_rows || ' ' || (batch_key IS NULL) FROM public.pgstrata_history";
    assert_eq!(database.ask(left), "0 0 true");
}

#[test]
fn too_many_say_how_far_they_came_and_the_next_run_goes_on() {
    let database = rows(25);
    let total = Some("SELECT count(*) FROM a");
    let batch = Batch {
        max_batches: Some(2),
        total,
        ..PLAIN
    };
    let error = up(&database, list(DELETE, 1, batch)).unwrap_err();
    assert_says(
        &error,
        &[
            "0001_a.up.sql:2:1, statement 2 of 2",
            "2 batches and 20 rows of 25",
        ],
    );
    let progress = "SELECT batches || ' ' || batch_rows FROM public.pgstrata_history";
    assert_eq!(database.ask(progress), "2 20");
    up(&database, list(DELETE, 1, batch)).unwrap();
    assert_eq!(database.ask("SELECT count(*) FROM seen"), "25");
}

#[test]
fn a_walk_that_is_cut_short_goes_on_behind_its_key() {
    let database = rows(30);
    let sql = "UPDATE a SET n = n + 1 WHERE id IN (SELECT id FROM a WHERE id > $1 ORDER BY id LIMIT 10) RETURNING id";
    let slow = Batch {
        pause: Duration::from_secs(20),
        key: Some("id"),
        ..PLAIN
    };
    thread::scope(|scope| {
        let run = scope.spawn(|| up(&database, list(sql, 0, slow)));
        database.wait_until("SELECT count(*) = 10 FROM a WHERE n = 1");
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        run.join().unwrap().unwrap_err();
    });
    up(
        &database,
        list(
            sql,
            0,
            Batch {
                key: Some("id"),
                ..PLAIN
            },
        ),
    )
    .unwrap();
    assert_eq!(database.ask("SELECT min(n) || ' ' || max(n) FROM a"), "1 1");
    assert_eq!(database.applied(), "1");
}

#[test]
fn a_batch_that_fails_keeps_those_before() {
    let database = rows(25);
    let sql = DELETE.replace("INTO seen SELECT id", "INTO seen SELECT 1 / (id - 15)");
    let error = up(&database, list(&sql, 1, PLAIN)).unwrap_err();
    // The statement that was written, not the block that is sent.
    assert_says(
        &error,
        &[
            ":2:1, statement 2 of 2\n  | WITH gone AS (DELETE FROM a",
            "22012",
        ],
    );
    assert_eq!(database.ask("SELECT count(*) FROM a"), "15");
    assert!(
        Migrator::new(list(&sql, 1, PLAIN))
            .up(&mut database.connect())
            .is_err()
    );
}

/// It would never end.
#[test]
fn a_walk_that_comes_to_a_row_again_is_stopped() {
    let database = rows(5);
    let sql = "UPDATE a SET n = n + 1 WHERE id IN (SELECT id FROM a WHERE id >= $1 ORDER BY id LIMIT 2) RETURNING id";
    let batch = Batch {
        key: Some("id"),
        ..PLAIN
    };
    let error = Migrator::new(list(sql, 0, batch))
        .statement_timeout(Duration::from_secs(5))
        .up(&mut database.connect())
        .unwrap_err();
    assert_says(&error, &["the walk along id came to 2 again"]);
    assert_eq!(database.ask("SELECT max(n) FROM a"), "1");
}
