//! Applying and rolling back, and what is recorded of it.

use pgstrata::Migrator;

use crate::support::{fresh_database, three, up};

#[test]
fn up_and_down_again() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("SET application_name = 'the shop'")
        .unwrap();
    let list = three();
    let report = Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(report.steps.len(), 3);
    assert_eq!(database.applied(), "1 2 3");
    assert_eq!(
        database.ask("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')"),
        "3"
    );

    let again = Migrator::new(list).up(&mut client).unwrap();
    assert!(again.is_empty() && again.to_string().contains("nothing pending"));

    let report = Migrator::new(list).down(&mut client, 2).unwrap();
    assert_eq!(
        report.steps.iter().map(|s| s.version).collect::<Vec<_>>(),
        [Some(3), Some(2)]
    );
    assert_eq!(database.applied(), "1");
    Migrator::new(list).down(&mut client, 99).unwrap();
    assert_eq!(database.applied(), "");
    assert!(Migrator::new(list).down(&mut client, 1).unwrap().is_empty());

    Migrator::new(list).up(&mut client).unwrap();
    let events = "SELECT action || ' ' || version FROM public.pgstrata_history_events ORDER BY at";
    assert_eq!(
        database.ask(events),
        "applied 1 applied 2 applied 3 rolled back 3 rolled back 2 rolled back 1 \
         applied 1 applied 2 applied 3"
    );
    let complete = "SELECT bool_and(coalesce(duration > '0', false) AND who = current_user \
                    AND application = 'the shop' AND program <> '') FROM public.pgstrata_history_events";
    assert_eq!(database.ask(complete), "t");
    let now = "SELECT bool_and(applied_by = current_user AND application = 'the shop' AND program <> '' \
               AND applied_at IS NOT NULL) FROM public.pgstrata_history";
    assert_eq!(database.ask(now), "t");
}

#[test]
fn up_to_a_version() {
    let database = fresh_database();
    let mut client = database.connect();
    let list = three();
    Migrator::new(list).up_to(&mut client, 2_u64).unwrap();
    assert_eq!(database.applied(), "1 2");
    // Below what is applied there is nothing to do; an unknown version is a mistake.
    assert!(
        Migrator::new(list)
            .up_to(&mut client, 1_u64)
            .unwrap()
            .is_empty()
    );
    let error = Migrator::new(list).up_to(&mut client, 7_u64).unwrap_err();
    assert!(error.to_string().contains("no version 7"));
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn events_are_told_in_order() {
    let database = fresh_database();
    let mut told = Vec::new();
    let mut observer = |event: &pgstrata::Event<'_>| {
        let text = format!("{event:?}");
        told.push(text.split([' ', '{']).next().unwrap().to_owned());
    };
    let mut client = database.connect();
    Migrator::new(three())
        .per_statement()
        .observe(&mut observer)
        .up_to(&mut client, 2_u64)
        .unwrap();
    let expected = "Planned Started StatementFinished Finished \
                    Started StatementFinished StatementFinished Finished";
    assert_eq!(told.join(" "), expected);
}

#[test]
fn a_comment_at_the_end_swallows_nothing() {
    let database = fresh_database();
    let list = crate::support::migrations([crate::support::source(
        "0001_a",
        "CREATE TABLE a (id int);\n-- the end",
        "DROP TABLE a;\n-- 'the end",
    )]);
    up(&database, list).unwrap();
    assert_eq!(database.applied(), "1");
    Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap();
    assert_eq!(database.applied(), "");
}
