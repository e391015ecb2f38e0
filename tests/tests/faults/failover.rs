//! The primary dies in the middle of a run, and a standby takes over: one that has everything, and one
//! that was behind.

use pgstrata::{Error, Event, Migrations, Migrator, Report};
use postgres::NoTls;

use crate::standby::{Primary, Standby, wait};
use crate::support::{ask, assert_says, cluster, migrations, source};
use crate::texts::assert_text;

/// The fifth takes long, but not on the standby.
fn list() -> &'static Migrations<'static> {
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e", "0006_f"];
    migrations(labels.map(|label| {
        let table = &label[5..];
        let up = format!("CREATE TABLE {table} (n int);\nINSERT INTO {table} VALUES (1);");
        let slow = "\nSELECT pg_sleep(CASE current_setting('cluster_name') WHEN 'standby' THEN 0 ELSE 60 END);";
        let up = if table == "e" { up + slow } else { up };
        source(label, &up, &format!("DROP TABLE {table};"))
    }))
}

/// Fails over while the fifth is at work; `lost` says after which the standby loses contact.
fn fail_over(lost: Option<&'static str>) -> (Primary, Standby, Result<Report, Error>, Vec<bool>) {
    let primary = Primary::start();
    primary.cluster.create_database("app").unwrap();
    let standby = primary.standby();
    let mut told = Vec::new();
    let result = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut observer = |event: &Event<'_>| match event {
                Event::Finished { step } if Some(&*step.label) == lost => {
                    standby.catch_up(&primary);
                    standby.lose_contact();
                }
                Event::Reconnected { was_done, .. } => told.push(*was_done),
                _ => {}
            };
            let mut migrator = Migrator::new(list()).observe(&mut observer);
            let config = primary.config_with(&standby, "app");
            let mut client = migrator.connect(&config, NoTls).unwrap();
            migrator.up(&mut client)
        });
        let mut client = primary.connect("app");
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        wait("the fifth migration", || ask(&mut client, sleeps) == "1");
        if lost.is_none() {
            standby.catch_up(&primary);
        }
        primary.crash();
        standby.promote();
        run.join().unwrap()
    });
    (primary, standby, result, told)
}

const APPLIED: &str =
    "SELECT version FROM pgstrata_history WHERE state = 'applied' ORDER BY version";

#[test]
fn a_standby_with_everything_goes_on() {
    let (_primary, standby, result, told) = fail_over(None);
    assert_eq!(result.unwrap().steps.len(), 6);
    assert_eq!(told, [false]);
    let mut client = standby.connect("app");
    assert_eq!(ask(&mut client, APPLIED), "1 2 3 4 5 6");
    for table in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(ask(&mut client, &format!("SELECT n FROM {table}")), "1");
    }
}

/// Nobody takes over: the run says at which step it was, what is not known of it, and that it waits.
#[test]
fn a_server_that_does_not_come_back() {
    let primary = Primary::start();
    primary.cluster.create_database("app").unwrap();
    let mut waits = Vec::new();
    let error = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut observer = |event: &Event<'_>| {
                if let Event::Reconnecting { step, .. } = event {
                    waits.push(step.map(|step| step.label.clone()));
                }
            };
            let mut migrator = Migrator::new(list())
                .observe(&mut observer)
                .lock_deadline(std::time::Duration::from_secs(1));
            let mut client = migrator
                .connect(&primary.cluster.config("app"), NoTls)
                .unwrap();
            migrator.up(&mut client).unwrap_err()
        });
        let mut client = primary.connect("app");
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        wait("the fifth migration", || ask(&mut client, sleeps) == "1");
        primary.crash();
        run.join().unwrap()
    });
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(error.label(), Some("0005_e"));
    assert_eq!(error.report().steps.len(), 4);
    assert_text("no server", &error);
    assert_eq!(waits, [Some("0005_e".to_owned())]);
}

#[test]
fn a_standby_that_was_behind_stops_the_run() {
    let (_primary, standby, result, _) = fail_over(Some("0002_b"));
    let error = result.unwrap_err();
    assert_text("a hole", &error);
    let mut client = standby.connect("app");
    assert_eq!(ask(&mut client, APPLIED), "1 2");
    // The lock is free, and another run applies what is missing.
    let again = Migrator::new(list()).up(&mut client).unwrap();
    assert_eq!(again.steps.len(), 4);
    assert_eq!(ask(&mut client, APPLIED), "1 2 3 4 5 6");
}

/// Nothing was done yet, and all of the run begins again on the other server: what it has read is not
/// there.
#[test]
fn a_run_that_begins_again_compares_too() {
    let primary = Primary::start();
    primary.cluster.create_database("app").unwrap();
    let standby = primary.standby();
    let mut client = primary.connect("app");
    Migrator::new(list()).up_to(&mut client, 2_u64).unwrap();
    standby.catch_up(&primary);
    standby.lose_contact();
    Migrator::new(list()).up_to(&mut client, 3_u64).unwrap();
    // The lock is taken, so that the run waits before its first step.
    let key = "SELECT pg_advisory_lock(hashtextextended('pgstrata ' || current_database() \
               || ' \"public\".\"pgstrata_history\"', 0))";
    ask(&mut client, key);
    let error = std::thread::scope(|scope| {
        let (sender, waits) = std::sync::mpsc::channel();
        let (primary, standby) = (&primary, &standby);
        let run = scope.spawn(move || {
            let mut observer = |event: &Event<'_>| {
                if let Event::WaitingForLock { .. } = event {
                    let _ = sender.send(());
                }
            };
            let mut migrator = Migrator::new(list()).observe(&mut observer);
            let config = primary.config_with(standby, "app");
            let mut client = migrator.connect(&config, NoTls).unwrap();
            migrator.up(&mut client).unwrap_err()
        });
        waits.recv().unwrap();
        primary.crash();
        standby.promote();
        run.join().unwrap()
    });
    assert_says(
        &error,
        &["0003_c (applied before)", "newest 0002_b", "timeline 2"],
    );
    assert_eq!(ask(&mut standby.connect("app"), APPLIED), "1 2");
}

/// A database of the same name on another server, which has the whole history.
#[test]
fn another_server_is_refused() {
    let (first, second) = (Primary::start(), Primary::start());
    for primary in [&first, &second] {
        primary.cluster.create_database("app").unwrap();
    }
    let mut observer = |event: &Event<'_>| {
        if let Event::Started { step } = event
            && step.label == "0002_b"
        {
            Migrator::new(list())
                .up_to(&mut second.connect("app"), 1_u64)
                .unwrap();
            first.crash();
        }
    };
    let mut config = first.cluster.config("app");
    for host in second.cluster.config("app").get_hosts() {
        let postgres::config::Host::Unix(folder) = host else {
            unreachable!("a server of our own has a socket");
        };
        config.host_path(folder);
    }
    let mut migrator = Migrator::new(list()).observe(&mut observer);
    let mut client = migrator.connect(&config, NoTls).unwrap();
    let error = migrator.up(&mut client).unwrap_err();
    assert_text("another server", &error);
    assert_eq!(ask(&mut second.connect("app"), APPLIED), "1");
}

/// The server's identity and timeline are open to every role, on every major.
#[test]
fn an_ordinary_role_knows_its_server() {
    let mut client = cluster().config("postgres").connect(NoTls).unwrap();
    let role = "DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN END $$";
    client.batch_execute(role).unwrap();
    let mut config = cluster().config("postgres");
    let mut client = config.user("plain").connect(NoTls).unwrap();
    let query = include_str!("../../../runtime/src/sql/session/backend.sql");
    let known =
        format!("SELECT system IS NOT NULL AND wal_file LIKE '00000001%' FROM ({query}) AS b");
    assert_eq!(ask(&mut client, &known), "t");
}
