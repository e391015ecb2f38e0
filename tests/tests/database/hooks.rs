//! The caller's code before and after each migration, inside its transaction.

use pgstrata::embedded::Mode;
use pgstrata::{Action, Goal, Migrations, Migrator, Step};
use postgres::Transaction;

use crate::support::{
    Database, assert_says, fresh_database, migrations, source, three, up, with_repeatables,
};

const TOLD: &str = "SELECT string_agg(what, ', ' ORDER BY id) FROM told";

/// A database with a table that hooks write into.
fn database() -> Database {
    let database = fresh_database();
    let table = "CREATE TABLE told (id int GENERATED ALWAYS AS IDENTITY, what text)";
    database.connect().batch_execute(table).unwrap();
    database
}

fn tell(
    when: &'static str,
) -> impl FnMut(&Step, &mut Transaction<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send
{
    move |step, transaction| {
        let seen: Option<u32> = transaction
            .query_one("SELECT to_regclass('c')::oid", &[])?
            .get(0);
        let seen = if seen.is_some() { "+" } else { "" };
        let what = format!("{when} {:?} {}{seen}", step.action, step.label);
        transaction.execute("INSERT INTO told (what) VALUES ($1)", &[&what])?;
        Ok(())
    }
}

fn told(database: &Database, run: impl FnOnce(Migrator<'_>)) -> String {
    told_of(database, list(), run)
}

fn told_of(
    database: &Database,
    list: &'static Migrations<'static>,
    run: impl FnOnce(Migrator<'_>),
) -> String {
    let (mut before, mut after) = (tell("before"), tell("after"));
    run(Migrator::new(list)
        .before_each(&mut before)
        .after_each(&mut after));
    let told = database.ask(TOLD);
    database.connect().batch_execute("TRUNCATE told").unwrap();
    told
}

fn list() -> &'static Migrations<'static> {
    with_repeatables(
        three(),
        &[("v", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one")],
    )
}

#[test]
fn they_stand_around_each_step_and_know_it() {
    let database = database();
    let mut client = database.connect();
    let told_up = told(&database, |mut it| {
        drop(it.up_to(&mut client, 2_u64).unwrap());
    });
    assert_eq!(
        told_up,
        "before Apply 0001_a, after Apply 0001_a, before Apply 0002_b, after Apply 0002_b"
    );
    let rest = told(&database, |it| {
        drop(
            it.single_transaction()
                .per_statement()
                .up(&mut client)
                .unwrap(),
        );
    });
    assert_eq!(
        rest,
        "before Apply 0003_c, after Apply 0003_c+, before Repeat v+, after Repeat v+"
    );
    assert_eq!(
        told(&database, |mut it| drop(it.up(&mut client).unwrap())),
        "NULL"
    );
    let back = told(&database, |mut it| drop(it.down(&mut client, 1).unwrap()));
    assert_eq!(back, "before RollBack 0003_c+, after RollBack 0003_c");
    // Nothing runs here but the record.
    let recorded = told(&database, |mut it| {
        drop(
            it.run(&mut client, Goal::Baseline(3), Some("by hand"))
                .unwrap(),
        );
    });
    assert_eq!(recorded, "NULL");
    assert_eq!(database.applied(), "1 2 3 NULL");
}

#[test]
fn what_they_do_goes_with_the_migration() {
    let database = database();
    let broken = migrations([source("0001_a", "SELECT 1;\nSELECT 1 / 0;", "SELECT 1;")]);
    let told = told_of(&database, broken, |mut it| {
        let error = it.up(&mut database.connect()).unwrap_err();
        assert_says(&error, &["0001_a.up.sql:2:1, statement 2 of 2", "22012"]);
    });
    assert_eq!(told, "NULL");
}

#[test]
fn an_error_names_the_hook() {
    let database = fresh_database();
    let mut client = database.connect();
    let mut fails = |step: &Step, _: &mut Transaction<'_>| match step.version {
        Some(2) => Err("not on a Friday".into()),
        _ => Ok(()),
    };
    let error = Migrator::new(three())
        .before_each(&mut fails)
        .up(&mut client)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "applying 0002_b failed\n  --> migrations/0002_b.up.sql, in the hook before it",
            "not on a Friday",
            "nothing of 0002_b was kept",
        ],
    );
    assert_eq!(database.applied(), "1");
    let error = Migrator::new(three())
        .after_each(&mut fails)
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["in the hook after it", "not on a Friday"]);
    assert_eq!(database.ask("SELECT to_regclass('b')"), "NULL");
    let mut ends = |_: &Step, it: &mut Transaction<'_>| Ok(it.batch_execute("COMMIT")?);
    let error = Migrator::new(three())
        .after_each(&mut ends)
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["in the hook after it", "ended the transaction"]);
    assert_eq!(database.applied(), "1");
    assert_says(
        &up(&database, three()).unwrap_err(),
        &["0002_b.up.sql was interrupted"],
    );
}

#[test]
fn the_session_is_theirs_before_and_after() {
    let database = fresh_database();
    let moved = "CREATE SCHEMA s;\nSET LOCAL search_path = s;\nCREATE TABLE a (id int);";
    let list = migrations([source("0001_a", moved, "DROP SCHEMA s CASCADE;")]);
    let mut paths = Vec::new();
    let mut look = |_: &Step, it: &mut Transaction<'_>| {
        paths.push(it.query_one("SHOW search_path", &[])?.get::<_, String>(0));
        Ok(it.batch_execute("SET LOCAL search_path = pg_catalog")?)
    };
    let mut client = database.connect();
    Migrator::new(list)
        .after_each(&mut look)
        .up(&mut client)
        .unwrap();
    assert_eq!(paths, ["\"$user\", public"]);
    assert_eq!(
        crate::support::ask(&mut client, "SHOW search_path"),
        "\"$user\", public"
    );
}

/// There the claim and the record have transactions of their own.
#[test]
fn outside_a_transaction_they_go_with_the_claim_and_the_record() {
    let database = database();
    let list = |second: &str| {
        let up = format!("INSERT INTO told (what) VALUES ('first');\n{second};");
        migrations([source("0001_a", &up, "SELECT 1;").no_transaction()])
    };
    let told = told_of(&database, list("SELECT 1 / 0"), |mut it| {
        it.up(&mut database.connect()).unwrap_err();
    });
    assert_eq!(told, "before Apply 0001_a, first");
    // The claim is there already.
    let row = "UPDATE public.pgstrata_history SET up_checksum = sha256('INSERT INTO told (what) VALUES (''first'');\nSELECT 1;')";
    database.connect().batch_execute(row).unwrap();
    let told = told_of(&database, list("SELECT 1"), |mut it| {
        it.up(&mut database.connect()).unwrap();
    });
    assert_eq!(told, "after Apply 0001_a");
    assert_eq!(database.applied(), "1");
    let mut refuses = |step: &Step, _: &mut Transaction<'_>| match (step.action, step.mode) {
        (Action::RollBack, Mode::NoTransaction) => Err("not in a transaction".into()),
        _ => Ok(()),
    };
    let down = migrations([source("0001_a", "SELECT 1;", "SELECT 1;").no_transaction()]);
    let mut client = fresh_database().connect();
    Migrator::new(down).up(&mut client).unwrap();
    let error = Migrator::new(down)
        .before_each(&mut refuses)
        .down(&mut client, 1)
        .unwrap_err();
    assert_says(&error, &["in the hook before it", "not in a transaction"]);
}
