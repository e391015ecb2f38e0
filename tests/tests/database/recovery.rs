//! What a crash left of a statement that refuses transactions is judged and dealt with: run,
//! recorded, waited for, cleaned up, or shown to a person with the SQL that settles it.
//!
//! The file is long because each row of the table of decisions is a case.

use std::thread;
use std::time::Duration;

use pgstrata::{Action, Error, Event, Migrations, Migrator, Report, StoredDown};

use postgres::{Client, NoTls};

use crate::proxy::{Moment, Proxy};
use crate::support::{Database, ask, assert_says, fresh_database, migrations, source, up};

/// Two tables' worth of schema, and the statement that is interrupted.
fn list(statement: &str) -> &'static Migrations<'static> {
    let tables = "CREATE TABLE a (id int);\n\
                  CREATE INDEX there ON a (id);\n\
                  CREATE TABLE p (id int) PARTITION BY LIST (id);\n\
                  CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);";
    migrations([
        source("0001_tables", tables, "DROP TABLE a, p;"),
        source("0002_cut", statement, "SELECT 1;").no_transaction(),
    ])
}

/// The program dies between a statement that refuses transactions and its record.
fn cut(database: &Database, list: &Migrations<'_>) {
    cut_while(database, |client| {
        Migrator::new(list).up(client).unwrap_err()
    });
}

fn cut_while(database: &Database, verb: impl FnOnce(&mut Client) -> Error) {
    let is_record =
        |query: &str| !query.starts_with("BEGIN") && query.contains("SET statements_done = ");
    let proxy = Proxy::cutting(&database.url, Moment::Before, is_record);
    let mut client = proxy.config.connect(NoTls).unwrap();
    let error = verb(&mut client);
    assert!(error.is_outcome_unknown(), "{error}");
}

fn begin(list: &'static Migrations<'static>) -> Database {
    let database = fresh_database();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    database
}

/// Runs the list and gathers what was told of recovery and of waiting.
fn run(database: &Database, list: &Migrations<'_>) -> (Result<Report, Error>, Vec<String>) {
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| match event {
        Event::Recovered { executed: [], .. } => told.push("record".to_owned()),
        Event::Recovered { executed, .. } => told.push(executed.join("; ")),
        Event::Blocked { .. } => told.push("wait".to_owned()),
        _ => {}
    };
    let result = Migrator::new(list)
        .observe(&mut observer)
        .up(&mut database.connect());
    (result, told)
}

/// The statement ran, its record did not; then `meanwhile` happens, and the next run goes on
/// by itself and tells `expected`.
#[track_caller]
fn check(statement: &str, meanwhile: &str, expected: &[&str], question: &str, answer: &str) {
    let list = list(statement);
    let database = begin(list);
    let mut client = database.connect();
    cut(&database, list);
    for statement in meanwhile
        .split(';')
        .filter(|statement| !statement.trim().is_empty())
    {
        client.batch_execute(statement).unwrap();
    }
    let (result, told) = run(&database, list);
    assert_eq!(result.unwrap().steps.len(), 1, "{statement}");
    assert_eq!(told, expected, "{statement}");
    assert_eq!(database.ask(question), answer, "{statement}");
    assert_eq!(database.applied(), "1 2");
}

const VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass";
const INVALIDATE: &str = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = ";

#[test]
fn an_index_that_is_finished_is_recorded() {
    check(
        "CREATE INDEX CONCURRENTLY i ON a (id);",
        "",
        &["record"],
        VALID,
        "t",
    );
    check(
        "CREATE UNIQUE INDEX CONCURRENTLY \"I i\" ON public.a (id);",
        "",
        &["record"],
        "SELECT indisvalid FROM pg_index WHERE indexrelid = '\"I i\"'::regclass",
        "t",
    );
}

#[test]
fn an_index_that_is_gone_is_built() {
    check(
        "CREATE INDEX CONCURRENTLY i ON a (id);",
        "DROP INDEX i",
        &[],
        VALID,
        "t",
    );
}

#[test]
fn an_invalid_index_of_ours_is_built_again() {
    check(
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (id);",
        &format!("{INVALIDATE} 'i'::regclass"),
        &["DROP INDEX CONCURRENTLY IF EXISTS public.i"],
        VALID,
        "t",
    );
}

#[test]
fn a_dropped_index_is_recorded_and_another_dropped_again() {
    let gone = "SELECT to_regclass('there') IS NULL";
    check("DROP INDEX CONCURRENTLY there;", "", &["record"], gone, "t");
    // An interrupted drop leaves the index invalid: that is the same one.
    let list = list("SELECT 1;\nDROP INDEX CONCURRENTLY there;");
    let database = begin(list);
    let mut client = database.connect();
    let blocker = "BEGIN; LOCK TABLE a IN ROW EXCLUSIVE MODE";
    client.batch_execute(blocker).unwrap();
    thread::scope(|scope| {
        let run = scope.spawn(|| up(&database, list));
        database.wait_until(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND query LIKE 'DROP INDEX%'",
        );
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DROP INDEX%' \
             AND datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert!(run.join().unwrap().unwrap_err().is_outcome_unknown());
    });
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(database.ask("SELECT to_regclass('there')"), "there");
    let (result, _) = run(&database, list);
    result.unwrap();
    assert_eq!(database.ask(gone), "t");
}

#[test]
fn leftovers_of_a_reindex_are_dropped() {
    let left = "CREATE INDEX there_ccnew ON a (id); CREATE INDEX there_ccold1 ON a (id); ";
    let invalid = format!("{INVALIDATE} ANY ('{{there_ccnew,there_ccold1}}'::regclass[])");
    let drops = "DROP INDEX CONCURRENTLY IF EXISTS public.there_ccnew; \
                 DROP INDEX CONCURRENTLY IF EXISTS public.there_ccold1";
    let none = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    for statement in [
        "REINDEX INDEX CONCURRENTLY there;",
        "REINDEX TABLE CONCURRENTLY a;",
        "REINDEX SCHEMA CONCURRENTLY public;",
    ] {
        check(statement, &format!("{left}{invalid}"), &[drops], none, "0");
    }
    check("REINDEX INDEX CONCURRENTLY there;", "", &[], none, "0");
}

/// What was left before is nobody's of ours: an operator may be keeping it.
#[test]
fn leftovers_of_others_stay() {
    let list = list("REINDEX TABLE CONCURRENTLY a;");
    let database = begin(list);
    let mut client = database.connect();
    client
        .batch_execute("CREATE INDEX there_ccnew ON a (id)")
        .unwrap();
    client
        .batch_execute(&format!("{INVALIDATE} 'there_ccnew'::regclass"))
        .unwrap();
    cut(&database, list);
    let (result, told) = run(&database, list);
    result.unwrap();
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(
        ask(&mut client, "SELECT to_regclass('there_ccnew')"),
        "there_ccnew"
    );
}

#[test]
fn a_detached_partition_is_recorded_and_an_interrupted_detach_finished() {
    let database = fresh_database();
    if database.ask("SELECT current_setting('server_version_num')::int < 140000") == "t" {
        // PostgreSQL 13 cannot detach concurrently.
        return;
    }
    let attached = "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass";
    let detach = "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;";
    check(detach, "", &["record"], attached, "0");
    check(
        detach,
        "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1); \
         UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'p1'::regclass",
        &[
            "ALTER TABLE public.p DETACH PARTITION public.p1 FINALIZE",
            "record",
        ],
        attached,
        "0",
    );
}

#[test]
fn what_can_run_again_does() {
    check("VACUUM a;", "", &[], "SELECT 1", "1");
    check("REINDEX SCHEMA public;", "", &[], "SELECT 1", "1");
}

/// Every stop: the SQL that it prints settles it.
#[track_caller]
fn check_stop(
    list: &'static Migrations<'static>,
    database: &Database,
    says: &[&str],
    choice: usize,
) {
    let (result, _) = run(database, list);
    let error = result.unwrap_err();
    assert!(error.is_interrupted(), "{error}");
    assert_says(&error, says);
    assert_says(&error, &["0002_cut.up.sql:", "statement "]);
    // It stays so until somebody decides.
    assert!(up(database, list).unwrap_err().is_interrupted());
    let text = error.to_string();
    let statements: Vec<&str> = text.lines().filter(|line| line.ends_with(';')).collect();
    database
        .connect()
        .batch_execute(statements[choice].trim())
        .unwrap();
    let (result, _) = run(database, list);
    result.unwrap();
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn an_invalid_index_of_others_stops() {
    let list = list("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (id);");
    let database = begin(list);
    let mut client = database.connect();
    client.batch_execute("CREATE INDEX i ON a (id)").unwrap();
    client
        .batch_execute(&format!("{INVALIDATE} 'i'::regclass"))
        .unwrap();
    check_stop(
        list,
        &database,
        &["public.i was there before", "DROP INDEX CONCURRENTLY"],
        0,
    );
    assert_eq!(database.ask(VALID), "t");
}

#[test]
fn another_object_of_that_name_stops() {
    let list = list("CREATE INDEX CONCURRENTLY i ON a (id);");
    let database = begin(list);
    let mut client = database.connect();
    client.batch_execute("CREATE INDEX i ON p1 (id)").unwrap();
    check_stop(
        list,
        &database,
        &["public.i is there, but is no index of \"a\""],
        0,
    );
    assert_eq!(database.ask(VALID), "t");
}

/// What was dropped and is there again is not dropped once more.
#[test]
fn another_index_of_that_name_stops() {
    let list = list("DROP INDEX CONCURRENTLY there;");
    let database = begin(list);
    let mut client = database.connect();
    cut(&database, list);
    client
        .batch_execute("CREATE INDEX there ON a (id)")
        .unwrap();
    check_stop(
        list,
        &database,
        &["public.there is another one than when this statement began"],
        0,
    );
    assert_eq!(database.ask("SELECT to_regclass('there')"), "there");
}

/// It commits on its own, so that nothing shows how far it came: both ways are offered.
#[test]
fn a_block_that_commits_stops() {
    let block = "DO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END $$;";
    for (choice, rows) in [(0, "1 2"), (1, "1 1 2 2")] {
        // The same where only the server notices that it commits.
        let call = "CREATE PROCEDURE c() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (1); \
                    COMMIT; INSERT INTO a VALUES (2); END $$;\nCALL c();";
        for text in [block, call] {
            let list = list(text);
            let database = begin(list);
            cut(&database, list);
            check_stop(
                list,
                &database,
                &["commits on its own", "statements_done"],
                choice,
            );
            assert_eq!(database.ask("SELECT id FROM a ORDER BY 1"), rows, "{text}");
        }
    }
}

/// Nothing needs judging: the statement and its record are one transaction.
#[test]
fn what_may_run_in_a_transaction_is_done_once() {
    let statements = "CREATE TYPE e AS ENUM ('a');\n\
                      ALTER TYPE e ADD VALUE 'b';\n\
                      ALTER TABLE a ADD CHECK (id > 0) NOT VALID;\n\
                      ALTER TABLE a VALIDATE CONSTRAINT a_id_check;\n\
                      INSERT INTO a VALUES (1);";
    let list = list(statements);
    let database = begin(list);
    for done in 1..=5 {
        // Odd ones are not sent, even ones are committed and their answer is lost.
        let moment = [Moment::After, Moment::Before][done % 2];
        let record = format!("SET statements_done = {} + 1", done - 1);
        let proxy = Proxy::cutting(&database.url, moment, move |query| query.contains(&record));
        let mut client = proxy.config.connect(NoTls).unwrap();
        let error = Migrator::new(list).up(&mut client).unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
    }
    up(&database, list).unwrap();
    assert_eq!(database.ask("SELECT id FROM a"), "1");
    assert_eq!(database.ask("SELECT unnest(enum_range(NULL::e))"), "a b");
}

/// An operator builds the index by hand after the crash: the run waits and records it.
#[test]
fn an_index_that_is_being_built_is_waited_for() {
    let list = list("CREATE INDEX CONCURRENTLY i ON a (id);");
    let database = begin(list);
    let mut client = database.connect();
    cut(&database, list);
    client.batch_execute("DROP INDEX i").unwrap();
    let mut writer = database.connect();
    writer
        .batch_execute("BEGIN; INSERT INTO a VALUES (1)")
        .unwrap();
    thread::scope(|scope| {
        let builder = scope.spawn(|| {
            database
                .connect()
                .batch_execute("CREATE INDEX CONCURRENTLY i ON a (id)")
                .unwrap();
        });
        database.wait_until("SELECT to_regclass('i') IS NOT NULL");
        let mut waits = Some(writer);
        let mut told = 0;
        let mut observer = |event: &Event<'_>| {
            if let Event::Blocked { blockers, .. } = event {
                assert!(
                    blockers[0]
                        .to_string()
                        .contains("CREATE INDEX CONCURRENTLY i")
                );
                told += 1;
                // Lets the builder go on.
                waits.take().unwrap().batch_execute("COMMIT").unwrap();
            }
        };
        let report = Migrator::new(list)
            .observe(&mut observer)
            .up(&mut database.connect());
        assert_eq!(report.unwrap().steps.len(), 1);
        assert_eq!(told, 1);
        builder.join().unwrap();
    });
    assert_eq!(database.ask(VALID), "t");
}

#[test]
fn waiting_for_a_builder_has_a_deadline() {
    let list = list("CREATE INDEX CONCURRENTLY i ON a (id);");
    let database = begin(list);
    let mut writer = database.connect();
    writer
        .batch_execute("BEGIN; INSERT INTO a VALUES (1)")
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            // Ended by the SQL that the error prints.
            database
                .connect()
                .batch_execute("CREATE INDEX CONCURRENTLY i ON a (id)")
                .unwrap_err();
        });
        database.wait_until("SELECT to_regclass('i') IS NOT NULL");
        let mut migrator = Migrator::new(list).lock_deadline(Duration::from_millis(50));
        let error = migrator.up(&mut database.connect()).unwrap_err();
        assert!(error.is_interrupted());
        assert_says(
            &error,
            &[
                "still worked on by another session: pid",
                "SELECT pg_terminate_backend(",
            ],
        );
        let text = error.to_string();
        let end = text.lines().find(|line| line.ends_with(");")).unwrap();
        database.connect().batch_execute(end).unwrap();
    });
    drop(writer);
}

/// A unique index on rows that are not: it fails, and is built once they are.
#[test]
fn a_build_that_failed_is_repeated() {
    let list = list("CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);");
    let database = begin(list);
    database
        .connect()
        .batch_execute("INSERT INTO a VALUES (1), (1)")
        .unwrap();
    assert_says(
        &up(&database, list).unwrap_err(),
        &["23505", "statement 1 of 1"],
    );
    assert_says(
        &up(&database, list).unwrap_err(),
        &["23505", "statement 1 of 1"],
    );
    database.connect().batch_execute("DELETE FROM a").unwrap();
    let (result, told) = run(&database, list);
    result.unwrap();
    assert_eq!(told, ["DROP INDEX CONCURRENTLY IF EXISTS public.i"]);
    assert_eq!(database.ask(VALID), "t");
}

fn trusting(list: &'static Migrations<'static>) -> Migrator<'static> {
    Migrator::new(list).stored_down(StoredDown::Trust)
}

/// The same on the way down, with the targets that were stored with the history.
#[test]
fn on_the_way_down() {
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_i",
            "CREATE INDEX CONCURRENTLY i ON a (id);",
            "DROP INDEX CONCURRENTLY i;\nSELECT 1;",
        )
        .no_transaction(),
    ]);
    let database = fresh_database();
    up(&database, list).unwrap();
    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int);",
        "DROP TABLE a;",
    )]);
    cut_while(&database, |client| {
        trusting(older).down(client, 1).unwrap_err()
    });
    let mut client = database.connect();
    let report = trusting(older).down(&mut client, 1).unwrap();
    assert_eq!(report.steps[0].action, Action::RollBack);
    assert_eq!(database.ask("SELECT to_regclass('i')"), "NULL");
    assert_eq!(database.applied(), "1");
}

/// A statement may give the migration lock away, and another program goes on with the file.
#[test]
fn what_another_program_has_begun_is_not_begun_again() {
    let database = fresh_database();
    let file = "SELECT pg_advisory_unlock_all();\n\
                DO $$ BEGIN\n\
                    INSERT INTO ran VALUES (1);\n\
                    COMMIT;\n\
                    WHILE NOT EXISTS (SELECT FROM go_on) AND (SELECT count(*) FROM ran) < 2 LOOP\n\
                        PERFORM pg_sleep(0.01);\n\
                        COMMIT;\n\
                    END LOOP;\n\
                END $$;";
    let make = "CREATE TABLE ran (id int); CREATE TABLE go_on (id int);";
    let list = migrations([
        source("0001_ran", make, "DROP TABLE ran, go_on;"),
        source("0002_file", file, "SELECT 1;").no_transaction(),
    ]);
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    thread::scope(|scope| {
        let mut other = None;
        let mut observer = |event: &Event<'_>| {
            if let Event::StatementFinished { statement: 1, .. } = event {
                other = Some(scope.spawn(|| Migrator::new(list).up(&mut database.connect())));
                database.wait_until("SELECT count(*) = 1 FROM ran");
            }
        };
        let mut client = database.connect();
        let error = Migrator::new(list)
            .observe(&mut observer)
            .up(&mut client)
            .unwrap_err();
        database
            .connect()
            .batch_execute("INSERT INTO go_on VALUES (1)")
            .unwrap();
        assert_says(&error, &["the history of 0002_file changed"]);
        other.unwrap().join().unwrap().unwrap();
    });
    assert_eq!(database.ask("SELECT count(*) FROM ran"), "1");
}
