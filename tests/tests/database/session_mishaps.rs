//! What comes to a run by way of its session: settings by which the server reads what is sent, data for
//! which the client has not asked, statements that somebody else has prepared, and a lock that is there already.

use pgstrata::embedded::{Migration, Script};
use pgstrata::{Event, Migrations, Migrator, Step};
use postgres::Transaction;

use crate::pooler::pooler_of;
use crate::support::{Source, ask, assert_says, fresh_database, migrations, source, three};

const OFF: &str = "DO $$BEGIN PERFORM set_config('standard_conforming_strings', 'off', false), \
                   set_config('backslash_quote', 'on', false); END$$;";
const READS: &str = r"CREATE TABLE b AS SELECT '\\'::text AS t;";

fn reads(label: &'static str) -> Source {
    source(label, READS, "DROP TABLE b;")
}

#[test]
fn a_script_does_not_change_how_the_next_is_read() {
    for script in [
        OFF,
        "DO $$BEGIN PERFORM set_config('client_encoding', 'LATIN1', false); END$$;",
    ] {
        let outside = source("0001_a", script, "SELECT 1;").no_transaction();
        for first in [source("0001_a", script, "SELECT 1;"), outside] {
            let text = "CREATE TABLE c AS SELECT 'é'::text AS t;";
            let list = migrations([first, reads("0002_b"), source("0003_c", text, "SELECT 1;")]);
            let database = fresh_database();
            let mut client = database.connect();
            let mut observer = |_: &Event<'_>| {};
            let mut migrator = Migrator::new(list).observe(&mut observer);
            migrator.up(&mut client).unwrap();
            assert_eq!(database.ask("SELECT length(t) FROM b"), "2", "{script}");
            assert_eq!(database.ask("SELECT length(t) FROM c"), "1", "{script}");
            assert_eq!(ask(&mut client, "SHOW standard_conforming_strings"), "on");
            assert_eq!(ask(&mut client, "SHOW client_encoding"), "UTF8");
        }
    }
}

#[test]
fn a_hook_does_not_change_how_the_script_is_read() {
    for is_local in ["", "LOCAL"] {
        let mut hook = |_: &Step, it: &mut Transaction<'_>| {
            let off = format!("SET {is_local} standard_conforming_strings = off");
            Ok(it.batch_execute(&off)?)
        };
        let list = migrations([reads("0001_b")]);
        let database = fresh_database();
        let mut migrator = Migrator::new(list).before_each(&mut hook);
        migrator.up(&mut database.connect()).unwrap();
        assert_eq!(database.ask("SELECT length(t) FROM b"), "2", "{is_local}");
    }
}

/// The text of a list that an earlier version embedded, which did not refuse it.
fn older(sql: &'static str) -> &'static Migrations<'static> {
    let blank = " ".repeat(sql.len() - "SELECT 1;".len());
    let list = migrations([source("0001_a", &format!("SELECT {blank}1;"), "SELECT 1;")]);
    let one = list.iter().map(|it| Migration {
        up: Script { sql, ..it.up },
        ..it
    });
    let all: Vec<Migration<'static>> = one.collect();
    Box::leak(Box::new(Migrations::new("migrations", all.leak(), &[])))
}

#[test]
fn what_sends_data_to_the_client_was_done_by_this_run() {
    let list = older("COPY (SELECT 1) TO STDOUT;");
    let database = fresh_database();
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| match event {
        Event::Finished { step } => told.push(format!("finished {}", step.label)),
        Event::FinishedElsewhere { step } => told.push(format!("elsewhere {}", step.label)),
        _ => {}
    };
    let mut migrator = Migrator::new(list).observe(&mut observer);
    let report = migrator.up(&mut database.connect()).unwrap();
    assert_eq!(report.steps.len(), 1, "{report}");
    assert_eq!(told, ["finished 0001_a"]);
    assert_eq!(database.applied(), "1");
}

#[test]
fn what_the_caller_has_prepared_stays() {
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d"];
    let list = migrations(labels.map(|label| source(label, "SELECT 1;", "SELECT 1;")));
    let database = fresh_database();
    let mut client = database.connect();
    for name in ["pgstrata_guard", "pgstrata_claim", "pgstrata_record"] {
        let prepare = format!("PREPARE {name} AS SELECT 'theirs'");
        client.batch_execute(&prepare).unwrap();
        Migrator::new(list).up(&mut client).unwrap();
        assert_eq!(ask(&mut client, &format!("EXECUTE {name}")), "theirs");
        let names = "SELECT string_agg(name, ' ') FROM pg_prepared_statements WHERE from_sql";
        assert_eq!(ask(&mut client, names), name);
        assert_eq!(database.applied(), "1 2 3 4");
        Migrator::new(list).down_to(&mut client, 0_u64).unwrap();
        client.batch_execute(&format!("DEALLOCATE {name}")).unwrap();
    }
}

const LOCK: &str = "pg_advisory_lock(hashtextextended('pgstrata ' || current_database() \
                    || ' \"public\".\"pgstrata_history\"', 0))";
const HELD: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                    (SELECT oid FROM pg_database WHERE datname = current_database())";

/// The server gives a session a lock that it has already.
#[test]
fn a_lock_that_the_session_has_already_is_another_runs() {
    let database = fresh_database();
    let mut client = database.connect();
    client.batch_execute(&format!("SELECT {LOCK}")).unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    let says = [
        "this session has the migration lock for",
        " already: another run is at work in it, so a transaction pooler lies between: connect to the server \
         directly, or say `Migrator::behind_pooler`. If no pooler does, this program has taken the lock itself, or \
         an earlier run was cut off: use another connection",
    ];
    assert_says(&error, &says);
    assert_eq!(database.ask(HELD), "1");
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    client
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .unwrap();
    Migrator::new(three()).up(&mut client).unwrap();
}

#[test]
fn two_runs_through_one_session_of_a_pool_are_not_at_work_at_once() {
    let Some(pooler) = pooler_of(1) else { return };
    let mut errors = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Finished { .. } = event {
            match Migrator::new(three()).up(&mut pooler.connect()) {
                // After the last one nothing is left to do.
                Ok(report) => assert!(report.is_empty(), "{report}"),
                Err(error) => errors.push(error.to_string()),
            }
        }
    };
    let mut migrator = Migrator::new(three()).observe(&mut observer);
    let report = migrator.up(&mut pooler.connect()).unwrap();
    assert_eq!(report.steps.len(), 3);
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert_says(&error, &["this session has the migration lock for"]);
    }
    assert_eq!(pooler.database.ask(HELD), "0");
}
