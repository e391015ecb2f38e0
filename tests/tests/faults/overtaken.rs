//! Another program takes back what a run has seen, while that run has lost its connection: no fail-over
//! is to blame, and the run does not go on over what is missing.

use pgstrata::{Error, Event, Migrations, Migrator};
use postgres::NoTls;

use crate::support::{Database, assert_says, cluster, fresh_database, migrations, source};
use crate::texts::assert_text;

fn list() -> &'static Migrations<'static> {
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d"];
    migrations(labels.map(|label| {
        let table = &label[5..];
        let up = format!("CREATE TABLE {table} (n int);");
        source(label, &up, &format!("DROP TABLE {table};"))
    }))
}

/// A run of which `before` are applied loses its connection once the third is done; what another
/// program does then, before this one can connect again.
fn run(before: u64, other: &(dyn Fn(&Database) + Sync)) -> (Database, Error) {
    let database = fresh_database();
    Migrator::new(list())
        .up_to(&mut database.connect(), before)
        .unwrap();
    let mut observer = |event: &Event<'_>| {
        if let Event::Finished { step } = event
            && step.label == "0003_c"
        {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            database.ask(end);
            other(&database);
        }
    };
    let mut migrator = Migrator::new(list()).observe(&mut observer);
    let config = database.url.parse().unwrap();
    let mut client = migrator.connect(&config, NoTls).unwrap();
    let error = migrator.up(&mut client).unwrap_err();
    let fourth = database.ask("SELECT to_regclass('d')");
    assert_eq!(fourth, "NULL", "it went on: {error}");
    (database, error)
}

fn check(before: u64, other: &(dyn Fn(&Database) + Sync), says: &[&str]) {
    let (database, error) = run(before, other);
    let first = "while the connection was lost, another program changed what this run had seen";
    assert_says(&error, &[&[first, "the history has now"], says].concat());
    let text = error.to_string();
    assert!(!text.contains("standby"), "{text}");
    // What is there fits together, and another run makes it whole.
    Migrator::new(list()).up(&mut database.connect()).unwrap();
    assert_eq!(database.applied(), "1 2 3 4");
}

fn down(steps: usize) -> impl Fn(&Database) + Sync {
    move |database| {
        let mut client = database.connect();
        client
            .batch_execute("SET application_name = 'the other'")
            .unwrap();
        Migrator::new(list()).down(&mut client, steps).unwrap();
    }
}

#[test]
fn what_this_run_has_applied_is_rolled_back() {
    let user = cluster().config("postgres").get_user().unwrap().to_owned();
    let says = format!("0003_c was rolled back by {user} (the other, ");
    check(1, &down(1), &[&says, "newest 0002_b"]);
}

#[test]
fn what_was_there_before_is_rolled_back() {
    let says = ["0001_a was rolled back by ", "0002_b was", "0003_c was"];
    check(
        2,
        &down(3),
        &[&says[..], &["0 applied migrations"]].concat(),
    );
}

#[test]
fn what_was_there_before_is_rolled_back_and_applied_again() {
    let again = |database: &Database| {
        down(3)(database);
        Migrator::new(list())
            .up_to(&mut database.connect(), 2_u64)
            .unwrap();
    };
    let says = ["0002_b was rolled back by ", "0003_c was rolled back by "];
    check(2, &again, &[&says[..], &["newest 0002_b"]].concat());
    assert_text("overtaken", &run(2, &again).1);
}

/// A row that is gone without an event is a loss, or a change by hand.
#[test]
fn a_row_without_an_event_is_a_hole() {
    let by_hand = |database: &Database| {
        let delete = "DELETE FROM pgstrata_history WHERE version = 3; DROP TABLE c";
        database.connect().batch_execute(delete).unwrap();
    };
    let (_, error) = run(1, &by_hand);
    assert_says(
        &error,
        &[
            "0003_c (applied by this run)",
            "or the history was changed meanwhile",
        ],
    );
}

/// One event that explains a part is not enough.
#[test]
fn a_part_without_an_event_is_a_hole() {
    let both = |database: &Database| {
        down(1)(database);
        let delete = "DELETE FROM pgstrata_history WHERE version = 2; DROP TABLE b";
        database.connect().batch_execute(delete).unwrap();
    };
    let (_, error) = run(2, &both);
    assert_says(&error, &["0002_b (applied before)", "a standby"]);
}

/// The other program was itself interrupted on its way back.
#[test]
fn a_way_back_that_was_interrupted() {
    let begun = |database: &Database| {
        let begin = "UPDATE pgstrata_history SET state = 'rolling back' WHERE version = 3";
        database.connect().batch_execute(begin).unwrap();
    };
    let (_, error) = run(1, &begun);
    assert_says(&error, &["0003_c is being rolled back"]);
}
