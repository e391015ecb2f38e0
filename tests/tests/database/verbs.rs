//! How far a run goes: steps, one alone, down to a version, again, all in one transaction.

use pgstrata::{Goal, Migrations, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, three, up};

/// As [`three`], but for `b`.
fn changed() -> &'static Migrations<'static> {
    migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source("0002_b", "CREATE TABLE b (id bigint);", "DROP TABLE b;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ])
}

#[test]
fn up_by_steps() {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(three())
        .run(&mut client, Goal::Steps(2), None)
        .unwrap();
    assert_eq!(database.applied(), "1 2");
    Migrator::new(three())
        .run(&mut client, Goal::Steps(2), None)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn one_that_was_left_out_is_applied_by_name() {
    let database = fresh_database();
    let mut client = database.connect();
    let without = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    Migrator::new(without).up(&mut client).unwrap();
    assert_says(
        &up(&database, three()).unwrap_err(),
        &["0002_b is not applied", "0003_c"],
    );
    let plan = Migrator::new(three())
        .plan(&mut client, Goal::Only(2))
        .unwrap();
    assert_eq!(plan.to_string(), "apply 0002_b (2 statements)");
    Migrator::new(three())
        .run(&mut client, Goal::Only(2), None)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
    assert!(up(&database, three()).unwrap().is_empty());
    assert!(
        Migrator::new(three())
            .run(&mut client, Goal::Only(2), None)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn one_alone_takes_no_other_along() {
    let database = fresh_database();
    Migrator::new(three())
        .run(&mut database.connect(), Goal::Only(2), None)
        .unwrap();
    assert_eq!(database.applied(), "2");
}

#[test]
fn older_ones_are_applied_where_the_policy_says_so() {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(three())
        .run(&mut client, Goal::Only(3), None)
        .unwrap();
    let mut told = Vec::new();
    let mut observer = |event: &pgstrata::Event<'_>| {
        if let pgstrata::Event::Tolerated { findings } = event {
            told = findings
                .iter()
                .map(|finding| finding.label.clone())
                .collect();
        }
    };
    let mut migrator = Migrator::new(three())
        .allow_out_of_order()
        .observe(&mut observer);
    assert_eq!(migrator.up(&mut client).unwrap().steps.len(), 2);
    assert_eq!(told, ["0001_a", "0002_b"]);
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn down_to_a_version() {
    let database = fresh_database();
    let mut client = database.connect();
    up(&database, three()).unwrap();
    Migrator::new(three()).down_to(&mut client, 1_u64).unwrap();
    assert_eq!(database.applied(), "1");
    Migrator::new(three()).down_to(&mut client, 0_u64).unwrap();
    assert_eq!(database.applied(), "");
    let error = Migrator::new(three())
        .down_to(&mut client, 7_u64)
        .unwrap_err();
    assert_says(&error, &["no version 7"]);
}

#[test]
fn redo_accepts_a_changed_file_for_what_it_undoes() {
    let database = fresh_database();
    let mut client = database.connect();
    up(&database, three()).unwrap();
    assert_says(
        &up(&database, changed()).unwrap_err(),
        &["0002_b was changed"],
    );
    // It does not undo the changed one, so that stays in the way.
    assert!(
        Migrator::new(changed())
            .run(&mut client, Goal::Redo(1), None)
            .unwrap_err()
            .is_refused()
    );
    let plan = Migrator::new(changed())
        .plan(&mut client, Goal::Redo(2))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "roll back 0003_c (1 statement)\nroll back 0002_b (1 statement)\n\
         apply 0002_b (1 statement)\napply 0003_c (1 statement)"
    );
    assert_eq!(
        Migrator::new(changed())
            .run(&mut client, Goal::Redo(2), None)
            .unwrap()
            .steps
            .len(),
        4
    );
    let column =
        "SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'b'::regclass AND attnum = 1";
    assert_eq!(database.ask(column), "bigint");
    assert!(up(&database, changed()).unwrap().is_empty());
}

#[test]
fn redo_of_what_the_program_lacks_is_refused() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE a;",
    )]);
    let error = Migrator::new(older)
        .run(&mut database.connect(), Goal::Redo(1), None)
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn one_transaction_for_all() {
    let database = fresh_database();
    let mut client = database.connect();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "CREATE TABLE b (id int);\nSELECT 1 / 0;",
            "DROP TABLE b;",
        ),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    let error = Migrator::new(list)
        .single_transaction()
        .up(&mut client)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "applying 0002_b",
            "0002_b.up.sql:2:1, statement 2 of 2",
            "22012",
        ],
    );
    let labels = |steps: &[pgstrata::Step]| -> Vec<String> {
        steps.iter().map(|step| step.label.clone()).collect()
    };
    assert!(error.report().steps.is_empty());
    assert_eq!(error.report().failed.as_ref().unwrap().label, "0002_b");
    assert_eq!(labels(&error.report().not_run), ["0001_a", "0003_c"]);
    assert_eq!(
        database.ask("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')"),
        "0"
    );
    assert_eq!(database.applied(), "");

    Migrator::new(three())
        .single_transaction()
        .up(&mut client)
        .unwrap();
    let transactions = "SELECT count(DISTINCT xmin::text) FROM public.pgstrata_history";
    assert_eq!(database.ask(transactions), "1");
    Migrator::new(three())
        .single_transaction()
        .run(&mut client, Goal::Redo(3), None)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn one_transaction_refuses_by_name_what_runs_outside_of_one() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "VACUUM a;", "VACUUM a;").no_transaction(),
    ]);
    let mut client = database.connect();
    let error = Migrator::new(list)
        .single_transaction()
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["0002_b runs outside a transaction"]);
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
}

#[test]
fn an_error_says_what_was_not_run() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "SELECT nix;", "SELECT 1;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    let error = up(&database, list).unwrap_err();
    let report = error.report();
    assert_eq!(report.steps.len(), 1);
    assert_eq!(report.failed.as_ref().unwrap().label, "0002_b");
    assert_eq!(report.not_run.len(), 1);
}

/// What came later may build on it, so it is redone as well.
#[test]
fn redo_of_an_older_version_takes_the_later_ones_along() {
    let database = fresh_database();
    let mut client = database.connect();
    up(&database, three()).unwrap();
    let plan = Migrator::new(changed())
        .plan(&mut client, Goal::RedoFrom(2))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "roll back 0003_c (1 statement)\nroll back 0002_b (1 statement)\n\
         apply 0002_b (1 statement)\napply 0003_c (1 statement)"
    );
    Migrator::new(changed())
        .run(&mut client, Goal::RedoFrom(2), None)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
    // Of the newest it is that one alone.
    let report = Migrator::new(changed())
        .run(&mut client, Goal::RedoFrom(3), None)
        .unwrap();
    let steps: Vec<_> = report.steps.iter().map(|step| step.version).collect();
    assert_eq!(steps, [Some(3), Some(3)]);
    let error = Migrator::new(changed())
        .run(&mut client, Goal::RedoFrom(7), None)
        .unwrap_err();
    assert_says(&error, &["no version 7"]);
    Migrator::new(changed()).down(&mut client, 1).unwrap();
    assert!(
        Migrator::new(changed())
            .run(&mut client, Goal::RedoFrom(3), None)
            .unwrap()
            .is_empty()
    );
}
