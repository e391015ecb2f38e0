//! Files without a transaction: each statement stands, and where one fails the next run
//! goes on with it, or refuses another file and says what to do.

use pgstrata::{Fault, Migrator, State};

use crate::support::{Database, assert_says, fresh_database, migrations, source, up};

fn list(second: &str) -> &'static pgstrata::Migrations<'static> {
    let up = format!("-- three\nCREATE TABLE a (id int);\n{second};\nCREATE TABLE c (id int);");
    migrations([source(
        "0001_a",
        &up,
        "DROP TABLE c;\nDROP TABLE nix;\nDROP TABLE a;",
    )
    .no_transaction()])
}

/// Runs the SQL lines of the recipe from the one that follows `heading` on.
fn follow(database: &Database, error: &pgstrata::Error, heading: &str) {
    let [finding] = error.findings() else {
        panic!("{error}")
    };
    let Fault::Interrupted { recipe, .. } = &finding.fault else {
        panic!("{error}")
    };
    let mut lines = recipe
        .lines()
        .skip_while(|line| !line.starts_with(heading))
        .skip(1);
    database
        .connect()
        .batch_execute(lines.next().unwrap())
        .unwrap();
}

#[test]
fn success_is_recorded_statement_by_statement() {
    let database = fresh_database();
    let watch = "CREATE TABLE seen AS SELECT state, statements_done FROM public.pgstrata_history";
    up(&database, list(watch)).unwrap();
    assert_eq!(
        database.ask("SELECT state || ' ' || statements_done FROM seen"),
        "applying 2"
    );
    let row = "SELECT state || ' ' || statements_done FROM public.pgstrata_history";
    assert_eq!(database.ask(row), "applied 3");
    assert_eq!(
        database.ask("SELECT action FROM public.pgstrata_history_events"),
        "applied"
    );
}

#[test]
fn a_failure_is_kept_and_the_next_run_goes_on() {
    let database = fresh_database();
    let divides = list("INSERT INTO a SELECT 1 / count(*) FROM a");
    let error = up(&database, divides).unwrap_err();
    assert_says(
        &error,
        &[
            "0001_a.up.sql:3:1, statement 2 of 3",
            "22012",
            "1 of its 3 statements",
        ],
    );
    assert_eq!(database.ask("SELECT to_regclass('a')"), "a");
    let statuses = Migrator::new(divides)
        .status(&mut database.connect())
        .unwrap();
    assert_eq!(statuses[0].state, State::Interrupted);
    assert!(
        Migrator::new(divides)
            .down(&mut database.connect(), 1)
            .unwrap_err()
            .is_refused()
    );
    // Nothing of the failed statement was kept: it fails again in the same way.
    assert_says(
        &up(&database, divides).unwrap_err(),
        &["statement 2 of 3", "22012"],
    );

    database
        .connect()
        .batch_execute("INSERT INTO a VALUES (7)")
        .unwrap();
    let report = up(&database, divides).unwrap();
    assert_eq!(report.steps.len(), 1);
    assert_eq!(database.ask("SELECT id FROM a ORDER BY 1"), "1 7");
    assert_eq!(database.ask("SELECT to_regclass('c')"), "c");
    assert_eq!(database.applied(), "1");
}

#[test]
fn another_file_is_refused_and_told_what_to_do() {
    let database = fresh_database();
    up(&database, list("SELECT 1 / 0")).unwrap_err();
    let corrected = list("SELECT 1 / 1");
    let error = up(&database, corrected).unwrap_err();
    assert!(error.is_refused());
    assert_says(
        &error,
        &[
            "1 of 3",
            "nothing of statement 2 (line 3: SELECT 1 / 0) was kept",
            "UPDATE \"public\".\"pgstrata_history\"",
        ],
    );
    assert!(
        Migrator::new(corrected)
            .down(&mut database.connect(), 1)
            .unwrap_err()
            .is_refused()
    );

    follow(&database, &error, "to finish");
    assert_eq!(database.applied(), "1");
}

#[test]
fn giving_up_starts_again() {
    let database = fresh_database();
    let broken = list("SELECT 1 / 0");
    up(&database, broken).unwrap_err();
    let corrected = list("SELECT 1");
    let error = up(&database, corrected).unwrap_err();
    database.connect().batch_execute("DROP TABLE a").unwrap();
    follow(&database, &error, "to give up");
    up(&database, corrected).unwrap();
    assert_eq!(database.applied(), "1");
}

#[test]
fn a_rollback_that_is_interrupted() {
    let database = fresh_database();
    let list = list("SELECT 1");
    up(&database, list).unwrap();
    let mut client = database.connect();
    let error = Migrator::new(list).down(&mut client, 1).unwrap_err();
    assert_says(&error, &["0001_a.down.sql", "statement 2 of 3", "42P01"]);
    let error = up(&database, list).unwrap_err();
    assert_says(&error, &["0001_a.down.sql was interrupted", "1 of 3"]);

    // It goes on where it stopped: the first statement would fail now.
    client.batch_execute("CREATE TABLE nix ()").unwrap();
    Migrator::new(list).down(&mut client, 1).unwrap();
    assert_eq!(database.applied(), "");
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
}

#[test]
fn a_rollback_given_up_starts_again() {
    let database = fresh_database();
    let list = list("SELECT 1");
    up(&database, list).unwrap();
    let mut client = database.connect();
    Migrator::new(list).down(&mut client, 1).unwrap_err();
    let error = up(&database, list).unwrap_err();
    client
        .batch_execute("CREATE TABLE c (id int); CREATE TABLE nix ()")
        .unwrap();
    follow(&database, &error, "to give up");
    Migrator::new(list).down(&mut client, 1).unwrap();
    assert_eq!(database.applied(), "");
}
