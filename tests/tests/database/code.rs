//! Rust code of a migration runs behind its statements, in the same transaction.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use pgstrata::embedded::Function;
use pgstrata::{Event, Fault, Goal, Migrations, Migrator};
use postgres::{NoTls, Transaction};

use crate::support::{Source, assert_says, fresh_database, migrations, source, up};

type Result = std::result::Result<(), Box<dyn Error + Send + Sync>>;

/// What a service's own error may look like.
#[derive(Debug)]
struct Wrapped(postgres::Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("doubling")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn double(transaction: &mut Transaction<'_>) -> Result {
    for row in transaction.query("SELECT n FROM a", &[]).map_err(Wrapped)? {
        let n: i32 = row.try_get(0)?;
        transaction.execute("INSERT INTO a VALUES ($1)", &[&(n * 2)])?;
    }
    Ok(())
}

fn halve(transaction: &mut Transaction<'_>) -> Result {
    Ok(transaction.batch_execute("DELETE FROM a WHERE n = 14")?)
}

fn fail(_: &mut Transaction<'_>) -> Result {
    Err("the key of customer 7 is lost".into())
}

const UP: &str = "CREATE TABLE a (n int);\nINSERT INTO a VALUES (7);";

fn doubled() -> Source {
    source("0001_a", UP, "DROP TABLE a;").code("crate::double", Some(double))
}

fn with(function: Function) -> &'static Migrations<'static> {
    migrations([source("0001_a", UP, "DROP TABLE a;").code("crate::f", Some(function))])
}

#[test]
fn it_runs_behind_the_statements_in_their_transaction() {
    let plans: [fn(Migrator<'static>) -> Migrator<'static>; 4] = [
        |migrator| migrator,
        Migrator::per_statement,
        Migrator::single_transaction,
        |migrator| migrator.single_transaction().per_statement(),
    ];
    for configured in plans {
        let database = fresh_database();
        let list = migrations([
            doubled(),
            source("0002_b", "SELECT 1 / (count(*) - 1) FROM a;", "SELECT 1;"),
        ]);
        let mut client = database.connect();
        let mut migrator = configured(Migrator::new(list));
        let plan = migrator.plan(&mut client, Goal::All).unwrap();
        assert_says(
            &plan,
            &["apply 0001_a (2 statements, then crate::double)\n"],
        );
        let report = migrator.up(&mut client).unwrap();
        assert_eq!(report.steps[0].code.as_deref(), Some("crate::double"));
        assert_eq!(database.ask("SELECT n FROM a ORDER BY n"), "7 14");
        assert_eq!(database.applied(), "1 2");
        let writers = "SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM a UNION ALL \
                       SELECT xmin FROM public.pgstrata_history WHERE version = 1) x";
        assert_eq!(database.ask(writers), "1");
        let state = "SELECT state, statements_done FROM public.pgstrata_history WHERE version = 1";
        assert_eq!(database.ask(state), "applied");
        assert!(migrator.up(&mut client).unwrap().is_empty());
    }
}

#[test]
fn its_error_fails_the_migration() {
    let database = fresh_database();
    let mut retried = 0;
    let mut count =
        |event: &Event<'_>| retried += usize::from(matches!(event, Event::Retried { .. }));
    let mut client = database.connect();
    let error = Migrator::new(with(fail))
        .observe(&mut count)
        .up(&mut client)
        .unwrap_err();
    assert_eq!(retried, 0);
    assert_eq!(error.label(), Some("0001_a"));
    assert_says(
        &error,
        &[
            "applying 0001_a failed\n  --> migrations/0001_a.up.sql, in crate::f\n",
            "the key of customer 7 is lost",
            "nothing of 0001_a was kept",
        ],
    );
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    assert_eq!(database.applied(), "");
    let error = up(
        &database,
        with(|transaction| Ok(transaction.batch_execute("SELECT 1 / 0").map_err(Wrapped)?)),
    )
    .unwrap_err();
    assert_eq!(error.code(), Some("22012"));
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert_eq!(cause.map(Wrapped::to_string).as_deref(), Some("doubling"));
    assert_says(
        &error,
        &["in crate::f", "  doubling\n  ERROR 22012: division by zero"],
    );
    // The connection has nothing to do with it.
    let wrong_type = with(|transaction| {
        let row = transaction.query_one("SELECT 'x'::text", &[])?;
        row.try_get::<_, i32>(0)?;
        Ok(())
    });
    let error = up(&database, wrong_type).unwrap_err();
    assert!(!error.is_outcome_unknown(), "{error}");
    assert_says(&error, &["in crate::f", "nothing of 0001_a was kept"]);
}

#[test]
fn a_lock_that_is_not_free_is_tried_again() {
    let database = fresh_database();
    database
        .connect()
        .batch_execute("CREATE TABLE held (n int)")
        .unwrap();
    let list = with(|transaction| {
        let filled = transaction.batch_execute("INSERT INTO held SELECT n FROM a");
        Ok(filled.map_err(Wrapped)?)
    });
    let mut other = database.connect();
    other.batch_execute("BEGIN; LOCK TABLE held").unwrap();
    let mut let_go = |event: &Event<'_>| {
        if let Event::Retried { cause, .. } = event {
            assert_says(cause, &["in crate::f", "doubling", "55P03"]);
            other.batch_execute("ROLLBACK").unwrap();
        }
    };
    Migrator::new(list)
        .lock_timeout(Duration::from_millis(50))
        .observe(&mut let_go)
        .up(&mut database.connect())
        .unwrap();
    assert_eq!(database.ask("SELECT n FROM held"), "7");
}

#[test]
fn a_panic_leaves_nothing() {
    let database = fresh_database();
    let list = with(|_| panic!("a bug"));
    let mut client = database.connect();
    let run = AssertUnwindSafe(|| Migrator::new(list).up(&mut client));
    assert!(catch_unwind(run).is_err());
    // Neither the transaction nor the lock.
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    let mut watched = Migrator::new(list);
    let mut client = watched
        .connect(&database.url.parse().unwrap(), NoTls)
        .unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| watched.up(&mut client))).is_err());
    Migrator::new(with(double))
        .lock_deadline(Duration::ZERO)
        .up(&mut database.connect())
        .unwrap();
}

#[test]
fn an_end_of_the_transaction_is_noticed() {
    let database = fresh_database();
    let error = up(&database, with(|it| Ok(it.batch_execute("ROLLBACK")?))).unwrap_err();
    assert_says(
        &error,
        &[
            "in crate::f",
            "the code ended the transaction that it was given",
        ],
    );
    assert_eq!(database.applied(), "");
    let again = with(|it| Ok(it.batch_execute("ROLLBACK; BEGIN; SELECT pg_current_xact_id()")?));
    assert_says(
        &up(&database, again).unwrap_err(),
        &["in crate::f", "ended the transaction"],
    );

    let list = with(|it| Ok(it.batch_execute("COMMIT")?));
    let error = up(&database, list).unwrap_err();
    assert_says(
        &error,
        &["in crate::f", "ended the transaction", "committed stays"],
    );
    // What is committed does not look as if it were done.
    assert_eq!(database.applied(), "");
    let error = up(&database, list).unwrap_err();
    let [finding] = error.findings() else {
        panic!("{error}")
    };
    assert!(
        matches!(finding.fault, Fault::Interrupted { .. }),
        "{error}"
    );
}

#[test]
fn a_rollback_that_is_ended_is_noticed_too() {
    let database = fresh_database();
    let down = source("0001_a", UP, "DROP TABLE a;");
    let list = migrations([down.down_code("crate::f", Some(|it| Ok(it.batch_execute("COMMIT")?)))]);
    up(&database, list).unwrap();
    let mut client = database.connect();
    for told in [
        "the code ended the transaction",
        "0001_a.down.sql was interrupted",
    ] {
        assert_says(
            &Migrator::new(list).down(&mut client, 1).unwrap_err(),
            &[told],
        );
    }
    assert_says(
        &up(&database, list).unwrap_err(),
        &["0001_a.down.sql was interrupted"],
    );
}

#[test]
fn an_error_that_it_ignores_is_named() {
    let database = fresh_database();
    let list = with(|transaction| {
        let _ = transaction.batch_execute("SELECT nix");
        Ok(())
    });
    assert_says(
        &up(&database, list).unwrap_err(),
        &["in crate::f", "went on after an error"],
    );
    assert_eq!(database.applied(), "");
}

#[test]
fn a_program_without_the_function_refuses_by_name() {
    let database = fresh_database();
    let files = source("0002_b", "SELECT 1;", "SELECT 1;").code("crate::b", None);
    let reader = migrations([doubled().code("crate::double", None), files]);
    let mut client = database.connect();
    let error = Migrator::new(reader).up(&mut client).unwrap_err();
    assert!(error.is_refused());
    assert_says(
        &error,
        &[
            "0001_a runs the Rust function crate::double",
            "0002_b",
            "crate::b",
        ],
    );
    assert_eq!(
        database.ask("SELECT to_regclass('public.pgstrata_history')"),
        "NULL"
    );
    // It may look, and it may say that all is there.
    assert_eq!(
        Migrator::new(reader)
            .plan(&mut client, Goal::All)
            .unwrap()
            .steps
            .len(),
        2
    );
    Migrator::new(reader)
        .run(&mut client, Goal::Baseline(2), Some("made by hand"))
        .unwrap();
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn the_way_back_keeps_its_code() {
    let down = |function| {
        let source = source("0001_a", UP, "").code("crate::double", Some(double));
        migrations([source.down_code("crate::halve", function)])
    };
    let database = fresh_database();
    let mut client = database.connect();
    up(&database, down(Some(halve))).unwrap();
    assert_eq!(
        database.ask("SELECT down_code FROM public.pgstrata_history"),
        "crate::halve"
    );
    let changed = source("0001_a", UP, "SELECT 1;").code("crate::double", Some(double));
    let changed = migrations([changed.down_code("crate::other", Some(fail))]);
    for other in [migrations([]), down(None), changed] {
        let error = Migrator::new(other).down(&mut client, 1).unwrap_err();
        assert!(error.is_refused());
        assert_says(&error, &["0001_a runs the Rust function crate::halve"]);
        let plan = Migrator::new(other)
            .plan(&mut client, Goal::Down(1))
            .unwrap();
        assert_says(
            &plan,
            &["roll back 0001_a (0 statements, then crate::halve)"],
        );
    }
    assert_eq!(database.ask("SELECT n FROM a ORDER BY n"), "7 14");
    Migrator::new(down(Some(halve)))
        .down(&mut client, 1)
        .unwrap();
    assert_eq!(database.ask("SELECT n FROM a"), "7");
    assert_eq!(database.applied(), "");
}

#[test]
fn eight_programs_run_it_once() {
    let database = fresh_database();
    let list = migrations([doubled()]);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| up(&database, list)))
            .collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(database.ask("SELECT n FROM a ORDER BY n"), "7 14");
}

#[test]
fn it_is_watched_on_a_connection_of_our_own() {
    let database = fresh_database();
    database
        .connect()
        .batch_execute("CREATE TABLE held (n int)")
        .unwrap();
    let list = with(|it| Ok(it.batch_execute("INSERT INTO held VALUES (1)")?));
    let mut other = database.connect();
    other
        .batch_execute("SET application_name = 'holder'; BEGIN; LOCK TABLE held")
        .unwrap();
    let mut named = String::new();
    let mut let_go = |event: &Event<'_>| {
        if let Event::Blocked { blockers, .. } = event {
            named = format!("{:?}", blockers[0].application);
            other.batch_execute("ROLLBACK").unwrap();
        }
    };
    let mut migrator = Migrator::new(list).observe(&mut let_go);
    let mut client = migrator
        .connect(&database.url.parse().unwrap(), NoTls)
        .unwrap();
    migrator.up(&mut client).unwrap();
    assert_eq!(named, "Some(\"holder\")");
}

#[test]
fn a_connection_lost_in_it_is_no_failure_of_the_code() {
    let database = fresh_database();
    let list = with(|it| {
        let _ = it.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())");
        Err("something else".into())
    });
    let error = up(&database, list).unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(database.applied(), "");
}

/// The statements before the code are repeated one by one where the server gives no place.
#[test]
fn the_failing_statement_is_named() {
    let database = fresh_database();
    let up_sql = "CREATE TABLE a (n int PRIMARY KEY);\nINSERT INTO a VALUES (7), (7);";
    let list =
        migrations([source("0001_a", up_sql, "DROP TABLE a;").code("crate::f", Some(double))]);
    assert_says(
        &up(&database, list).unwrap_err(),
        &["0001_a.up.sql:2:1, statement 2 of 2", "23505"],
    );
    let verified = doubled().verify("SELECT 1 / (count(*) - 2) FROM a");
    let error = up(&database, migrations([verified])).unwrap_err();
    assert_says(
        &error,
        &["0001_a.verify.sql:1:1, statement 1 of 1", "22012"],
    );
}
