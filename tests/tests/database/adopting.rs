//! Baseline records what was made by other means; repair accepts a reviewed change.

use pgstrata::{Event, Goal, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, three, up};

#[test]
fn a_baseline_records_without_running() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int)")
        .unwrap();
    let plan = Migrator::new(three())
        .plan(&mut client, Goal::Baseline(2))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "baseline 0001_a (1 statement)\nbaseline 0002_b (2 statements)"
    );
    let report = Migrator::new(three())
        .run(&mut client, Goal::Baseline(2), Some("made by hand"))
        .unwrap();
    assert_eq!(report.steps.len(), 2);
    assert_eq!(database.applied(), "1 2");
    let events = "SELECT action || ' ' || reason FROM public.pgstrata_history_events";
    assert_eq!(
        database.ask(events),
        "baselined made by hand baselined made by hand"
    );
    assert_eq!(database.ask("SELECT to_regclass('b_id')"), "NULL");

    up(&database, three()).unwrap();
    assert_eq!(database.applied(), "1 2 3");
    Migrator::new(three()).down(&mut client, 2).unwrap();
    assert_eq!(database.ask("SELECT to_regclass('b')"), "NULL");
}

/// Nothing of the file runs, so it may be recorded where it could not run.
#[test]
fn what_runs_outside_a_transaction_is_recorded_inside_one() {
    let index = "CREATE INDEX CONCURRENTLY i ON a (id);";
    let list = |down: &str| {
        let table = source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
        migrations([table, source("0002_i", index, down).no_transaction()])
    };
    let (first, repaired) = (
        list("DROP INDEX CONCURRENTLY i;"),
        list("DROP INDEX CONCURRENTLY IF EXISTS i;"),
    );
    let single = |list| Migrator::new(list).single_transaction();
    let pooled = |list| Migrator::new(list).behind_pooler();
    let ways: [fn(_) -> Migrator<'static>; 2] = [single, pooled];
    for way in ways {
        let database = fresh_database();
        let mut client = database.connect();
        let reason = Some("made by hand");
        way(first)
            .run(&mut client, Goal::Baseline(2), reason)
            .unwrap();
        way(repaired)
            .run(&mut client, Goal::Repair(2), reason)
            .unwrap();
        assert_eq!(database.applied(), "1 2");
        // To run it is another thing.
        let error = way(repaired).down(&mut client, 1).unwrap_err();
        assert_says(&error, &["0002_i runs outside a transaction"]);
    }
}

#[test]
fn a_baseline_refuses_a_past_that_conflicts() {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(three()).up_to(&mut client, 1_u64).unwrap();
    // What agrees is no conflict.
    Migrator::new(three())
        .run(&mut client, Goal::Baseline(2), Some("made by hand"))
        .unwrap();
    assert_eq!(database.applied(), "1 2");
    let changed = migrations([
        source("0001_a", "CREATE TABLE a (id bigint);", "DROP TABLE a;"),
        source(
            "0002_b",
            "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);",
            "DROP TABLE b;",
        ),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    let error = Migrator::new(changed)
        .run(&mut client, Goal::Baseline(3), Some("again"))
        .unwrap_err();
    assert!(error.is_refused());
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn repair_accepts_one_version_with_its_way_back() {
    let database = fresh_database();
    let mut client = database.connect();
    up(&database, three()).unwrap();
    let changed = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source(
            "0002_b",
            "CREATE TABLE b (id int);",
            "DROP TABLE b CASCADE;",
        ),
        source("0003_c", "CREATE TABLE c (id bigint);", "DROP TABLE c;"),
    ]);
    let report = Migrator::new(changed)
        .run(&mut client, Goal::Repair(2), Some("index moved"))
        .unwrap();
    assert_eq!(
        report.steps[0].to_string().split(" in ").next(),
        Some("repaired 0002_b")
    );
    let error = up(&database, changed).unwrap_err();
    assert_says(&error, &["0003_c was changed"]);
    assert_eq!(error.findings().len(), 1);
    Migrator::new(changed)
        .run(&mut client, Goal::Repair(3), Some("bigger"))
        .unwrap();
    assert!(up(&database, changed).unwrap().is_empty());
    // Again, and for another change.
    assert!(
        Migrator::new(changed)
            .run(&mut client, Goal::Repair(3), Some("x"))
            .unwrap()
            .is_empty()
    );
    Migrator::new(three())
        .run(&mut client, Goal::Repair(3), Some("smaller"))
        .unwrap();
    let events = "SELECT version || ' ' || reason FROM public.pgstrata_history_events \
                  WHERE action = 'repaired' ORDER BY at";
    assert_eq!(database.ask(events), "2 index moved 3 bigger 3 smaller");
    let down = "SELECT down_sql FROM public.pgstrata_history WHERE version = 2";
    assert_eq!(database.ask(down), "DROP TABLE b CASCADE;");
    Migrator::new(changed).down(&mut client, 3).unwrap();
    assert_eq!(database.applied(), "");
}

#[test]
fn each_fault_has_its_policy() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id bigint);", "DROP TABLE a;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
        source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;"),
    ]);
    let mut client = database.connect();
    let findings = |error: pgstrata::Error| error.findings().len();
    assert_eq!(
        findings(Migrator::new(list).up(&mut client).unwrap_err()),
        2
    );
    assert_eq!(
        findings(
            Migrator::new(list)
                .allow_changed()
                .up(&mut client)
                .unwrap_err()
        ),
        1
    );
    assert_eq!(
        findings(
            Migrator::new(list)
                .allow_missing()
                .up(&mut client)
                .unwrap_err()
        ),
        1
    );
    Migrator::new(list)
        .allow_changed()
        .allow_missing()
        .up(&mut client)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3 4");
}

#[test]
fn what_cannot_be_undone_is_forgotten_where_the_policy_says_so() {
    let database = fresh_database();
    let list =
        migrations([source("0001_a", "CREATE TABLE a (id int);", "")
            .irreversible("the old values are gone")]);
    up(&database, list).unwrap();
    Migrator::new(list)
        .allow_irreversible()
        .down(&mut database.connect(), 1)
        .unwrap();
    assert_eq!(
        (database.applied(), database.ask("SELECT to_regclass('a')")),
        (String::new(), "a".to_owned())
    );
}

#[test]
fn the_plan_shows_a_stored_script_that_the_program_does_not_have() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    let older = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source(
            "0002_b",
            "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);",
            "DROP TABLE b;",
        ),
    ]);
    let mut client = database.connect();
    let plan = Migrator::new(older)
        .plan(&mut client, Goal::Down(2))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "roll back 0003_c (1 statement)\n    DROP TABLE c;\n    SHA-256 of this text from the \
         history: 67c8186f342f2fcd0bd40d10cfc0942518259421ad90315c8e0cee5436549131\n\
         roll back 0002_b (1 statement)"
    );
}

#[test]
fn there_is_a_reason() {
    let database = fresh_database();
    let mut client = database.connect();
    for goal in [Goal::Baseline(2), Goal::Repair(2)] {
        let error = Migrator::new(three())
            .run(&mut client, goal, None)
            .unwrap_err();
        assert_says(&error, &["a reason"]);
    }
    assert_eq!(
        database.ask("SELECT to_regclass('pgstrata_history') IS NULL"),
        "t"
    );
}

/// Where only a part were recorded, the next run would apply the rest.
#[test]
fn a_baseline_is_one_transaction() {
    let database = fresh_database();
    let mut client = database.connect();
    let mut observer = |_: &Event<'_>| {};
    for migrator in [
        Migrator::new(three()),
        Migrator::new(three()).observe(&mut observer),
        Migrator::new(three()).behind_pooler(),
    ] {
        let mut migrator = migrator;
        let report = migrator.run(&mut client, Goal::Baseline(3), Some("made by hand"));
        assert_eq!(report.unwrap().steps.len(), 3);
        let transactions = "SELECT count(DISTINCT xmin::text) FROM pgstrata_history";
        assert_eq!(database.ask(transactions), "1");
        client
            .batch_execute("DELETE FROM pgstrata_history")
            .unwrap();
    }
}
