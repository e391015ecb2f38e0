//! Repeatables run when they are new or have changed, behind the migrations, once.

use std::thread;

use pgstrata::{Goal, Migrations, Migrator, State};

use crate::support::{
    assert_says, fresh_database, migrations, source, three, up, with_repeatables,
};

const VIEW: &str = "CREATE OR REPLACE VIEW v AS SELECT id FROM c";
const FUNCTION: &str =
    "CREATE OR REPLACE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM v'";

fn list() -> &'static Migrations<'static> {
    with_repeatables(three(), &[("v", VIEW), ("f", FUNCTION)])
}

#[test]
fn they_run_behind_the_migrations_in_order_and_not_again() {
    let database = fresh_database();
    let report = up(&database, list()).unwrap();
    let labels: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    assert_eq!(labels, ["0001_a", "0002_b", "0003_c", "v", "f"]);
    assert!(up(&database, list()).unwrap().is_empty());
    let rows = "SELECT label FROM public.pgstrata_history WHERE version IS NULL ORDER BY attempt";
    assert_eq!(database.ask(rows), "v f");
    let mut client = database.connect();
    let statuses = Migrator::new(list()).status(&mut client).unwrap();
    assert_eq!(
        (&*statuses[3].label, statuses[3].state),
        ("v", State::Applied)
    );
}

#[test]
fn a_changed_one_runs_again_alone() {
    let database = fresh_database();
    up(&database, list()).unwrap();
    let changed = "CREATE OR REPLACE VIEW v AS SELECT id, id + 1 AS next FROM c";
    let list = with_repeatables(three(), &[("v", changed), ("f", FUNCTION)]);
    let mut client = database.connect();
    let plan = Migrator::new(list).plan(&mut client, Goal::All).unwrap();
    assert_eq!(plan.to_string(), "repeat v (1 statement)");
    assert_eq!(
        Migrator::new(list).status(&mut client).unwrap()[3].state,
        State::Pending
    );
    assert_eq!(up(&database, list).unwrap().steps.len(), 1);
    assert!(up(&database, list).unwrap().is_empty());
    let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'v'::regclass";
    assert_eq!(database.ask(columns), "2");
    let events =
        "SELECT label FROM public.pgstrata_history_events WHERE action = 'repeated' ORDER BY at";
    assert_eq!(database.ask(events), "v f v");
    assert_eq!(
        database.ask("SELECT count(*) FROM public.pgstrata_history"),
        "5"
    );
}

/// They may build on what the rollback has dropped.
#[test]
fn a_rollback_runs_none() {
    let database = fresh_database();
    up(
        &database,
        with_repeatables(
            three(),
            &[(
                "f",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            )],
        ),
    )
    .unwrap();
    let plan = Migrator::new(list())
        .plan(&mut database.connect(), Goal::Down(1))
        .unwrap();
    assert_eq!(plan.to_string(), "roll back 0003_c (1 statement)");
}

#[test]
fn one_that_fails_is_named_and_keeps_its_record() {
    let database = fresh_database();
    up(&database, list()).unwrap();
    let list = with_repeatables(
        three(),
        &[("v", "CREATE OR REPLACE VIEW v AS\nSELECT nix FROM c")],
    );
    let error = up(&database, list).unwrap_err();
    assert_says(
        &error,
        &[
            "repeating v failed",
            "migrations/repeatable/v.sql:2:8, statement 1 of 1",
            "42703",
        ],
    );
    assert_eq!(
        database.ask("SELECT count(*) FROM public.pgstrata_history"),
        "5"
    );
}

/// Their own older text would undo what the newer program has made.
#[test]
fn an_older_program_leaves_them_alone() {
    let database = fresh_database();
    up(&database, list()).unwrap();
    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE a;",
    )]);
    let older = with_repeatables(
        older,
        &[("v", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one")],
    );
    assert!(up(&database, older).unwrap().is_empty());
    // Nor do they run while migrations are left out.
    let database = fresh_database();
    Migrator::new(list())
        .up_to(&mut database.connect(), 2_u64)
        .unwrap();
    assert_eq!(database.ask("SELECT to_regclass('v')"), "NULL");
}

#[test]
fn eight_programs_run_each_once() {
    let database = fresh_database();
    let counted = "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;\nINSERT INTO c VALUES (1);";
    let list = with_repeatables(three(), &[("v", counted)]);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| up(&database, list)))
            .collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(database.ask("SELECT count(*) FROM c"), "1");
}

/// The advisory lock aside, the row that is replaced keeps two programs apart.
#[test]
fn the_claim_is_the_fence_of_a_repeatable() {
    let database = fresh_database();
    let list = with_repeatables(three(), &[("v", "INSERT INTO c VALUES (2);")]);
    up(
        &database,
        with_repeatables(three(), &[("v", "INSERT INTO c VALUES (1);")]),
    )
    .unwrap();
    let mut rival = database.connect();
    let sum = list.repeatables[0].script.checksum.sha256;
    rival.batch_execute("BEGIN").unwrap();
    rival
        .execute(
            "UPDATE public.pgstrata_history SET attempt = DEFAULT, up_checksum = $1 WHERE version IS NULL",
            &[&&sum[..]],
        )
        .unwrap();
    thread::scope(|scope| {
        let ours = scope.spawn(|| up(&database, list));
        database.wait_until(
            "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE a.datname = current_database() AND NOT l.granted AND l.locktype = 'transactionid'",
        );
        rival.batch_execute("COMMIT").unwrap();
        assert!(ours.join().unwrap().unwrap().is_empty());
    });
    assert_eq!(database.ask("SELECT id FROM c"), "1");
}

/// What says the same under another name is another one, for a start as for the plan.
#[test]
fn two_that_change_their_names_run_again() {
    let database = fresh_database();
    let one = "CREATE OR REPLACE VIEW v AS SELECT 1 AS number";
    let two = "CREATE OR REPLACE VIEW v AS SELECT 2 AS number";
    up(
        &database,
        with_repeatables(three(), &[("a", one), ("b", two)]),
    )
    .unwrap();
    assert_eq!(database.ask("SELECT number FROM v"), "2");
    let changed = with_repeatables(three(), &[("a", two), ("b", one)]);
    assert_eq!(up(&database, changed).unwrap().steps.len(), 2);
    assert_eq!(database.ask("SELECT number FROM v"), "1");
    let renamed = with_repeatables(three(), &[("a", two), ("c", one)]);
    assert_eq!(up(&database, renamed).unwrap().steps.len(), 1);
    let mut client = database.connect();
    let statuses = Migrator::new(renamed).status(&mut client).unwrap();
    assert!(statuses.iter().all(|it| it.state != State::Pending));
    assert!(up(&database, renamed).unwrap().is_empty());
}
