//! Behind PgBouncer in transaction mode, with several server connections in its pool.

use std::thread;
use std::time::Duration;

use pgstrata::{Fault, Goal, Migrations, Migrator, Step};
use postgres::{Client, NoTls, Transaction};

use crate::bouncer::Bouncer;
use crate::support::{Database, ask, assert_says, fresh_database, migrations, source};

/// A pooler in front of one database; gone when dropped.
pub(crate) struct Pooler {
    bouncer: Bouncer,
    pub(crate) database: Database,
}

/// `None`, said aloud, where there is no PgBouncer or the server is somebody else's.
pub(crate) fn pooler() -> Option<Pooler> {
    pooler_of(5)
}

/// With so many server connections.
pub(crate) fn pooler_of(size: usize) -> Option<Pooler> {
    let database = fresh_database();
    let bouncer = Bouncer::start(&database.url.parse().unwrap(), size)?;
    Some(Pooler { bouncer, database })
}

impl Pooler {
    /// To another database of the same server.
    pub(crate) fn connect_to(&self, database: &Database) -> Client {
        let mut config = self.bouncer.config.clone();
        config.dbname(&database.ask("SELECT current_database()"));
        config.connect(NoTls).unwrap()
    }

    pub(crate) fn connect(&self) -> Client {
        self.bouncer.config.connect(NoTls).unwrap()
    }
}

/// Fails when anything of it is executed twice, and writes down which backend ran it.
fn list() -> &'static Migrations<'static> {
    const LABELS: [&str; 8] = [
        "0002_b", "0003_c", "0004_d", "0005_e", "0006_f", "0007_g", "0008_h", "0009_i",
    ];
    let first = "CREATE TABLE ran (version int PRIMARY KEY, pid int DEFAULT pg_backend_pid());";
    let rest = LABELS.iter().map(|label| {
        let version = label[..4].parse::<u32>().unwrap();
        let up = format!("INSERT INTO ran VALUES ({version});\nSELECT pg_sleep(0.02);");
        source(
            label,
            &up,
            &format!("DELETE FROM ran WHERE version = {version};"),
        )
    });
    migrations(std::iter::once(source("0001_a", first, "DROP TABLE ran;")).chain(rest))
}

#[test]
fn eight_instances_apply_each_migration_once() {
    let Some(pooler) = pooler() else { return };
    let applied: usize = thread::scope(|scope| {
        let run = || {
            let mut migrator = Migrator::new(list()).behind_pooler();
            migrator.up(&mut pooler.connect()).unwrap().steps.len()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(applied, 9);
    assert_eq!(pooler.database.applied(), "1 2 3 4 5 6 7 8 9");
    let events = "SELECT count(*) FROM public.pgstrata_history_events";
    assert_eq!(pooler.database.ask(events), "9");
    // The pool had more than one server connection, and they were used.
    assert_eq!(
        pooler
            .database
            .ask("SELECT count(DISTINCT pid) > 1 FROM ran"),
        "t"
    );
    assert_eq!(
        pooler.database.ask(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database \
         WHERE locktype = 'advisory' AND datname = current_database()"
        ),
        "0"
    );

    let mut migrator = Migrator::new(list()).behind_pooler();
    assert_eq!(
        migrator.down(&mut pooler.connect(), 3).unwrap().steps.len(),
        3
    );
    assert_eq!(pooler.database.applied(), "1 2 3 4 5 6");
}

fn outside() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_i",
            "CREATE INDEX CONCURRENTLY i ON a (id);",
            "DROP INDEX i;",
        )
        .no_transaction(),
    ])
}

#[test]
fn a_file_without_a_transaction_is_refused_by_name() {
    let Some(pooler) = pooler() else { return };
    let mut migrator = Migrator::new(outside()).behind_pooler();
    let error = migrator.up(&mut pooler.connect()).unwrap_err();
    assert!(
        matches!(error.findings(), [it] if it.fault == Fault::Apart),
        "{error}"
    );
    assert_says(&error, &["0002_i", "connect to the server directly"]);
    assert!(
        migrator
            .plan(&mut pooler.connect(), Goal::All)
            .unwrap_err()
            .is_refused()
    );
    // Before anything was written.
    assert_eq!(pooler.database.ask("SELECT to_regclass('a')"), "NULL");
    assert_eq!(
        pooler
            .database
            .ask("SELECT to_regclass('public.pgstrata_history')"),
        "NULL"
    );

    Migrator::new(outside())
        .up(&mut pooler.database.connect())
        .unwrap();
    let error = migrator.down(&mut pooler.connect(), 1).unwrap_err();
    assert_says(&error, &["0002_i", "connect to the server directly"]);
    assert_eq!(pooler.database.applied(), "1 2");
}

/// Nobody said that there is a pooler.
#[test]
fn a_pooler_is_noticed() {
    let Some(pooler) = pooler() else { return };
    let mut migrator = Migrator::new(outside());
    let error = migrator
        .connect(&pooler.bouncer.config, NoTls)
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a transaction pooler lies between this program and the server: connect to the server directly, \
         or say `Migrator::behind_pooler`"
    );
    let error = migrator.up(&mut pooler.connect()).unwrap_err();
    assert_says(&error, &["pooler lies between"]);
    assert_eq!(pooler.database.ask("SELECT to_regclass('i')"), "NULL");
}

/// Whoever did not say that there is one: no transaction runs without the lock, and no session of the pool keeps it.
#[test]
fn an_undeclared_pooler_is_noticed_under_load() {
    let Some(pooler) = pooler() else { return };
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())";
    let (mut refused, mut applied) = (0, 0);
    for _ in 0..4 {
        thread::scope(|scope| {
            let runs: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Migrator::new(list()).up(&mut pooler.connect())))
                .collect();
            for run in runs {
                match run.join().unwrap() {
                    Ok(report) => applied += report.steps.len(),
                    Err(error) => {
                        let text = error.to_string();
                        let elsewhere = "is held by another session than this one, so a transaction pooler \
                                    lies between: connect to the server directly, or say \
                                    `Migrator::behind_pooler`; if the next run waits for the lock, end that \
                                    session: SELECT pg_terminate_backend(";
                        let here =
                            "another run is at work in it, so a transaction pooler lies between";
                        assert!(text.contains(elsewhere) || text.contains(here), "{text}");
                        refused += 1;
                    }
                }
            }
        });
        assert_eq!(pooler.database.ask(held), "0");
    }
    assert!(refused > 0, "{applied} applied");
    // Each at most once: `ran` has a key. Who says that there is a pooler can go on.
    Migrator::new(list())
        .behind_pooler()
        .up(&mut pooler.connect())
        .unwrap();
    assert_eq!(pooler.database.applied(), "1 2 3 4 5 6 7 8 9");
}

/// What a migration moves is put back on the server connection that it used.
#[test]
fn names_are_restored() {
    let Some(pooler) = pooler() else { return };
    let moves = "SELECT set_config('search_path', 'pg_catalog', false), \
                 set_config('role', 'pg_monitor', false);";
    let labels = [
        "0001_a", "0002_b", "0003_c", "0004_d", "0005_e", "0006_f", "0007_g", "0008_h",
    ];
    let list = migrations(labels.map(|label| source(label, moves, "SELECT 1;")));
    let mut client = pooler.connect();
    Migrator::new(list).behind_pooler().up(&mut client).unwrap();
    for _ in 0..8 {
        assert_eq!(ask(&mut client, "SHOW search_path"), "\"$user\", public");
        assert_eq!(ask(&mut client, "SHOW role"), "none");
    }
}

/// It has its transaction on one server connection, whichever that is.
#[test]
fn rust_code_takes_part() {
    let Some(pooler) = pooler() else { return };
    let up = "CREATE TABLE a (n int);\nINSERT INTO a VALUES (7);";
    let list = migrations([source("0001_a", up, "DROP TABLE a;").code(
        "crate::add",
        Some(|it| Ok(it.batch_execute("INSERT INTO a SELECT n + 1 FROM a")?)),
    )]);
    let mut tell = |_: &Step, it: &mut Transaction<'_>| {
        Ok(it.batch_execute(
            "CREATE TABLE IF NOT EXISTS told (n int); INSERT INTO told VALUES (1)",
        )?)
    };
    let mut migrator = Migrator::new(list).behind_pooler().before_each(&mut tell);
    migrator.up(&mut pooler.connect()).unwrap();
    assert_eq!(pooler.database.ask("SELECT n FROM a ORDER BY n"), "7 8");
    assert_eq!(pooler.database.ask("SELECT n FROM told"), "1");
}

#[test]
fn waiting_names_the_holder_and_has_a_deadline() {
    let Some(pooler) = pooler() else { return };
    let slow = migrations([source("0001_slow", "SELECT pg_sleep(2);", "SELECT 1;")]);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = pooler.connect();
            Migrator::new(slow).behind_pooler().up(&mut client).unwrap();
        });
        pooler.database.wait_until(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event = 'PgSleep'",
        );
        let mut told = 0;
        let mut observer = |event: &pgstrata::Event<'_>| {
            told += u32::from(matches!(
                event,
                pgstrata::Event::WaitingForLock {
                    holder: Some(_),
                    ..
                }
            ));
        };
        let error = Migrator::new(slow)
            .behind_pooler()
            .lock_deadline(Duration::from_millis(200))
            .observe(&mut observer)
            .up(&mut pooler.connect())
            .unwrap_err();
        assert!(error.is_lock_deadline(), "{error}");
        assert_says(&error, &["held by pid", "pg_terminate_backend"]);
        assert_eq!(told, 1);
    });
    assert_eq!(pooler.database.applied(), "1");
}

#[test]
fn a_failure_is_written_down() {
    let Some(pooler) = pooler() else { return };
    let fails = "SELECT set_config('role', 'pg_monitor', false);\nSELECT 1 / 0;";
    let list = migrations([source("0001_fails", fails, "SELECT 1;")]);
    for _ in 0..6 {
        let mut migrator = Migrator::new(list).behind_pooler();
        migrator.up(&mut pooler.connect()).unwrap_err();
    }
    let rows = "SELECT string_agg(DISTINCT concat_ws(' ', label, statement, sqlstate), ', ') || ' ' || count(*) \
                FROM public.pgstrata_history_failed";
    assert_eq!(pooler.database.ask(rows), "0001_fails 2 22012 6");
    let mut client = pooler.connect();
    for _ in 0..6 {
        assert_eq!(ask(&mut client, "SHOW role"), "none");
        assert_eq!(ask(&mut client, "SHOW statement_timeout"), "0");
    }
}
