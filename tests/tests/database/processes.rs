//! Many programs at once: everything is applied once, and rolled back once.

use std::process::{Child, Command};
use std::thread;

use pgstrata::{Migrations, Migrator};

use crate::support::{Database, ask, fresh_database, migrations, source, three, up};

const PROCESSES: usize = 8;

/// Fails when anything of it is executed twice.
fn list() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "INSERT INTO a VALUES (2);",
            "DELETE FROM a WHERE n = 2;",
        ),
        source(
            "0003_c",
            "INSERT INTO a VALUES (3);",
            "DELETE FROM a WHERE n = 3;",
        ),
        source(
            "0004_d",
            "INSERT INTO a VALUES (4);",
            "DELETE FROM a WHERE n = 4;",
        ),
    ])
}

/// What each of the processes does, and what one does alone.
#[test]
fn child() {
    let Ok(url) = std::env::var("PGSTRATA_CHILD_APPLIES") else {
        let database = fresh_database();
        assert!(spawn(&database).wait().unwrap().success());
        assert_eq!(database.applied(), "1 2 3 4");
        return;
    };
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    Migrator::new(list()).up(&mut client).unwrap();
}

#[test]
fn eight_processes_apply_each_migration_once() {
    let database = fresh_database();
    eight_apply(&database);
    assert_eq!(database.ask("SELECT n FROM a ORDER BY 1"), "2 3 4");
    assert_eq!(database.applied(), "1 2 3 4");
    assert_eq!(
        database.ask("SELECT count(*) FROM public.pgstrata_history_events"),
        "4"
    );
}

fn spawn(database: &Database) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["processes::child", "--exact"])
        .env("PGSTRATA_CHILD_APPLIES", &database.url)
        .spawn()
        .unwrap()
}

/// Runs [`child`] in eight processes at once.
pub(crate) fn eight_apply(database: &Database) {
    let children: Vec<_> = (0..PROCESSES).map(|_| spawn(database)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn eight_threads_roll_each_migration_back_at_most_once() {
    let database = fresh_database();
    up(&database, list()).unwrap();
    let rolled_back: usize = thread::scope(|scope| {
        let roll_back = || Migrator::new(list()).down(&mut database.connect(), 1);
        let threads: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(roll_back)).collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results
            .map(|result| match result {
                Ok(report) => report.steps.len(),
                // Whoever planned for what another one undid meanwhile stops.
                Err(error) => {
                    assert!(
                        error.to_string().contains("changed while this run"),
                        "{error}"
                    );
                    0
                }
            })
            .sum()
    });
    assert!(rolled_back >= 1);
    let events = "SELECT count(*) FROM public.pgstrata_history_events WHERE action = 'rolled back'";
    assert_eq!(database.ask(events), rolled_back.to_string());
    assert_eq!(
        database.ask("SELECT count(*) FROM public.pgstrata_history"),
        (4 - rolled_back).to_string()
    );
}

/// The advisory lock aside, the claim itself keeps two transactions apart: the second
/// one waits for the first one's row and steps back.
#[test]
fn the_claim_is_the_fence() {
    let database = fresh_database();
    let list = three();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let mut rival = database.connect();
    // A rival that holds no lock: it did 0002 and commits while we are at our claim.
    let second = list.find(2).unwrap();
    let (up_sum, down_sum) = (
        hex(*second.up.checksum.sha256),
        hex(*second.down.checksum.sha256),
    );
    rival
        .batch_execute(&format!(
            "BEGIN; INSERT INTO public.pgstrata_history (version, label, state, checksum_algorithm, \
             up_checksum, down_checksum, down_sql, down_starts, down_ends, down_lines, \
             down_concurrent, down_transactional, statements_done, statements_total, program) \
             VALUES (2, '0002_b', 'applied', 1, '\\x{up_sum}', '\\x{down_sum}', 'DROP TABLE b;', \
             '{{0}}', '{{12}}', '{{1}}', '{{f}}', true, 2, 2, 'rival'); \
             CREATE TABLE b (id int); CREATE INDEX b_id ON b (id)"
        ))
        .unwrap();
    thread::scope(|scope| {
        let ours = scope.spawn(|| {
            let mut elsewhere = 0;
            let mut observer = |event: &pgstrata::Event<'_>| {
                if matches!(event, pgstrata::Event::FinishedElsewhere { .. }) {
                    elsewhere += 1;
                }
            };
            let report = Migrator::new(list)
                .observe(&mut observer)
                .up(&mut database.connect());
            (report, elsewhere)
        });
        database.wait_until(
            "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE a.datname = current_database() AND NOT l.granted AND l.locktype = 'transactionid'",
        );
        rival.batch_execute("COMMIT").unwrap();
        let (report, elsewhere) = ours.join().unwrap();
        let versions: Vec<_> = report
            .unwrap()
            .steps
            .iter()
            .map(|step| step.version)
            .collect();
        assert_eq!((versions.as_slice(), elsewhere), (&[Some(3)][..], 1));
    });
    let programs = "SELECT count(*) FROM public.pgstrata_history WHERE program = 'rival'";
    assert_eq!(ask(&mut rival, programs), "1");
    assert_eq!(database.applied(), "1 2 3");
}

fn hex(bytes: [u8; 32]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The same on the way down: one application is rolled back once.
#[test]
fn the_claim_is_the_fence_of_a_rollback() {
    let database = fresh_database();
    let list = three();
    up(&database, list).unwrap();
    let mut rival = database.connect();
    rival
        .batch_execute(
            "BEGIN; INSERT INTO public.pgstrata_history_events (attempt, action, version, label, program) \
             SELECT attempt, 'rolled back', version, label, 'rival' FROM public.pgstrata_history \
             WHERE version = 3; \
             DELETE FROM public.pgstrata_history WHERE version = 3; DROP TABLE c; CREATE TABLE c (id int)",
        )
        .unwrap();
    thread::scope(|scope| {
        let ours = scope.spawn(|| Migrator::new(list).down(&mut database.connect(), 1));
        database.wait_until(
            "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE a.datname = current_database() AND NOT l.granted AND l.locktype = 'transactionid'",
        );
        rival.batch_execute("COMMIT").unwrap();
        assert!(ours.join().unwrap().unwrap().is_empty());
    });
    // Our down did not run: the table that the rival left is there.
    assert_eq!(database.ask("SELECT to_regclass('c')"), "c");
    assert_eq!(database.applied(), "1 2");
}

/// Two operators who both ask for one step back do not go two steps.
#[test]
fn a_rollback_undoes_what_its_caller_saw() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "CREATE TABLE b (n int);",
            "DROP TABLE b;\nSELECT pg_sleep(1);",
        ),
    ]);
    up(&database, list).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| Migrator::new(list).down(&mut database.connect(), 1));
        database.wait_for_query("pg_sleep(1)");
        let error = Migrator::new(list)
            .down(&mut database.connect(), 1)
            .unwrap_err();
        crate::support::assert_says(&error, &["0002_b", "changed while this run was at work"]);
        assert_eq!(first.join().unwrap().unwrap().steps.len(), 1);
    });
    assert_eq!(database.applied(), "1");
}
