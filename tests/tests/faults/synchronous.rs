//! Commits wait for a synchronous standby that is not there: no timeout reaches a COMMIT, only a cancel.

use std::time::{Duration, Instant};

use pgstrata::{Error, Event, Migrations, Migrator, Report, Step};
use postgres::{NoTls, Transaction};

use crate::standby::Primary;
use crate::support::{ask, assert_says, migrations, source};
use crate::texts::assert_text;

fn server() -> Primary {
    let primary = Primary::start_with(&["wal_level=replica"]);
    primary.cluster.create_database("app").unwrap();
    primary
}

/// From now on every commit waits, of sessions that begin later.
fn lack_a_standby(primary: &Primary) {
    let mut client = primary.connect("app");
    for statement in [
        "SET synchronous_commit = local",
        "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
        "SELECT pg_reload_conf()",
    ] {
        client.batch_execute(statement).unwrap();
    }
    crate::standby::wait("the setting", || {
        ask(&mut client, "SHOW synchronous_standby_names") == "nobody"
    });
}

fn run(primary: &Primary, list: &Migrations<'_>) -> (Result<Report, Error>, Vec<String>, Duration) {
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::NotConfirmed { step } = event {
            told.push(step.label.clone());
        }
    };
    let mut migrator = Migrator::new(list)
        .observe(&mut observer)
        .deadline(Duration::from_secs(3));
    let config = primary.cluster.config("app");
    let mut client = migrator.connect(&config, NoTls).unwrap();
    let began = Instant::now();
    let result = migrator.up(&mut client);
    (result, told, began.elapsed())
}

const APPLIED: &str =
    "SELECT version FROM pgstrata_history WHERE state = 'applied' ORDER BY version";

fn table(label: &'static str) -> crate::support::Source {
    let table = &label[5..];
    let (up, down) = (
        format!("CREATE TABLE {table} (n int);"),
        format!("DROP TABLE {table};"),
    );
    source(label, &up, &down)
}

#[test]
fn a_commit_is_cancelled_and_reported() {
    let primary = server();
    let list = migrations([table("0001_a"), table("0002_b")]);
    let mut client = primary.connect("app");
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    lack_a_standby(&primary);
    let (result, told, took) = run(&primary, list);
    let report = result.unwrap();
    assert_eq!(told, ["0002_b"]);
    assert_text("not confirmed", &report);
    assert!(took < Duration::from_secs(3 + 10), "{took:?}");
    assert_eq!(ask(&mut client, APPLIED), "1 2");
}

/// What comes after the deadline does not run, and the error says what is here only.
#[test]
fn the_next_step_does_not_begin() {
    let primary = server();
    let list = migrations([table("0001_a"), table("0002_b"), table("0003_c")]);
    let mut client = primary.connect("app");
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    lack_a_standby(&primary);
    let (result, told, _) = run(&primary, list);
    let error = result.unwrap_err();
    assert_eq!(told, ["0002_b"]);
    assert_text("the deadline has passed", &error);
    assert_eq!(ask(&mut client, APPLIED), "1 2");
}

/// Our own writes commit too: here the claim, so that the file is resumed.
#[test]
fn our_own_writes_are_cancelled_too() {
    let primary = server();
    let list = migrations([table("0001_a"), table("0002_b").no_transaction()]);
    let mut client = primary.connect("app");
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    lack_a_standby(&primary);
    let (result, told, took) = run(&primary, list);
    assert!(took < Duration::from_secs(3 + 10), "{took:?}");
    assert_eq!(told, ["0002_b"], "{result:?}");
    assert_says(&result.unwrap_err(), &["deadline", "0002_b"]);
    let begun = "SELECT label FROM pgstrata_history WHERE state = 'applying'";
    assert_eq!(ask(&mut client, begun), "0002_b");
}

/// The first run writes the tables before any step.
#[test]
fn making_the_history_is_cancelled_too() {
    let primary = server();
    lack_a_standby(&primary);
    let (result, told, took) = run(&primary, migrations([table("0001_a")]));
    assert!(took < Duration::from_secs(3 + 10), "{took:?}");
    assert_eq!(told, ["0001_a"], "{result:?}");
    assert_says(&result.unwrap_err(), &["deadline", "0001_a"]);
}

/// Rust code has a transaction of the client's, which is committed by the client.
#[test]
fn a_commit_behind_rust_code_is_cancelled_too() {
    let primary = server();
    let list = migrations([table("0001_a"), table("0002_b")]);
    let mut client = primary.connect("app");
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    lack_a_standby(&primary);
    let mut hook = |_: &Step, _: &mut Transaction<'_>| Ok(());
    let mut migrator = Migrator::new(list)
        .after_each(&mut hook)
        .deadline(Duration::from_secs(3));
    let config = primary.cluster.config("app");
    let mut working = migrator.connect(&config, NoTls).unwrap();
    let began = Instant::now();
    let report = migrator.up(&mut working).unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3 + 10), "{took:?}");
    assert!(report.steps[0].unconfirmed);
    assert_eq!(ask(&mut client, APPLIED), "1 2");
}
