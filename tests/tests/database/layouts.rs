//! A history that an earlier release made is brought to today's layout, once.

use pgstrata::embedded::Phase;
use pgstrata::{Goal, Migrator, StoredDown};

use crate::processes;
use crate::support::{Database, ask, assert_says, fresh_database, migrations, source, three, up};

/// Every earlier layout, by its number.
const EARLIER: [(u32, &str); 3] = [
    (1, include_str!("layouts/layout_1.sql")),
    (2, include_str!("layouts/layout_2.sql")),
    (3, include_str!("layouts/layout_3.sql")),
];

/// A database with the first migration of [`three`], as a layout has it.
fn earlier(layout: &str) -> Database {
    let database = fresh_database();
    let mut client = database.connect();
    client.batch_execute(layout).unwrap();
    let first = three().find(1).unwrap();
    client
        .execute(
            "INSERT INTO public.pgstrata_history (version, label, state, checksum_algorithm, \
             up_checksum, down_checksum, down_sql, down_starts, down_ends, down_lines, \
             down_concurrent, down_transactional, statements_done, statements_total, program) \
             VALUES (1, '0001_a', 'applied', 1, $1, $2, 'DROP TABLE a;', '{0}', '{12}', '{1}', \
             '{f}', true, 1, 1, 'pgstrata 0.1.0')",
            &[
                &&first.up.checksum.sha256[..],
                &&first.down.checksum.sha256[..],
            ],
        )
        .unwrap();
    client
        .batch_execute(
            "INSERT INTO public.pgstrata_history_events (attempt, action, version, label, program) \
             SELECT attempt, 'applied', version, label, program FROM public.pgstrata_history; \
             CREATE TABLE a (id int PRIMARY KEY)",
        )
        .unwrap();
    database
}

/// Columns, constraints, indexes and comments of both tables.
fn shape(database: &Database) -> String {
    let tables = "c.oid IN ('public.pgstrata_history'::regclass, 'public.pgstrata_history_events'::regclass)";
    let queries = [
        format!(
            "SELECT attrelid::regclass || ' ' || attname || ' ' || atttypid::regtype || ' ' || attnotnull || ' ' || \
             attidentity::text || coalesce(pg_get_expr(adbin, adrelid), '') || coalesce(obj_description(c.oid), '') || chr(10) \
             FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped \
             LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum WHERE {tables} ORDER BY 1"
        ),
        format!(
            "SELECT pg_get_constraintdef(o.oid) || chr(10) FROM pg_constraint o JOIN pg_class c ON c.oid = conrelid \
             WHERE {tables} AND contype <> 'n' ORDER BY 1"
        ),
        format!(
            "SELECT pg_get_indexdef(indexrelid) || chr(10) FROM pg_index JOIN pg_class c ON c.oid = indrelid \
             WHERE {tables} ORDER BY 1"
        ),
    ];
    let mut client = database.connect();
    queries.map(|query| ask(&mut client, &query)).join("\n")
}

#[test]
fn an_earlier_layout_becomes_the_one_of_a_new_history() {
    for (number, layout) in EARLIER {
        check_becomes_todays(number, layout);
    }
}

fn check_becomes_todays(number: u32, layout: &str) {
    let (old, new) = (earlier(layout), fresh_database());
    let mut client = old.connect();
    // What only reads does so as it is.
    let statuses = Migrator::new(three()).status(&mut client).unwrap();
    assert_eq!(statuses[0].state, pgstrata::State::Applied);
    assert!(
        Migrator::new(three())
            .up_to(&mut client, 1_u64)
            .unwrap()
            .is_empty()
    );
    assert!(shape(&old).contains(&format!("layout {number}")));

    up(&old, three()).unwrap();
    up(&new, three()).unwrap();
    assert_eq!(shape(&old), shape(&new));
    assert_eq!(old.applied(), "1 2 3");
    Migrator::new(three()).down(&mut client, 3).unwrap();
    assert_eq!(
        old.ask("SELECT count(*) FROM public.pgstrata_history_events"),
        "6"
    );
}

#[test]
fn a_rollback_brings_it_there_too() {
    for (_, layout) in EARLIER {
        let database = earlier(layout);
        Migrator::new(three())
            .down(&mut database.connect(), 1)
            .unwrap();
        assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
        assert!(shape(&database).contains("layout 3, extended to 4"));
    }
}

#[test]
fn eight_processes_bring_it_there_once() {
    let database = earlier(EARLIER[0].1);
    database
        .connect()
        .batch_execute("DELETE FROM public.pgstrata_history; DROP TABLE a")
        .unwrap();
    processes::eight_apply(&database);
    assert_eq!(database.applied(), "1 2 3 4");
    assert!(shape(&database).contains("layout 3, extended to 4"));
}

#[test]
fn a_newer_layout_is_refused_by_name() {
    let database = fresh_database();
    let list = three();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let comment = "COMMENT ON TABLE public.pgstrata_history IS 'pgstrata history layout 99'";
    database.connect().batch_execute(comment).unwrap();
    let error = up(&database, list).unwrap_err();
    assert_says(
        &error,
        &["\"public\".\"pgstrata_history\" has layout 99", "up to 4"],
    );
    assert_eq!(database.applied(), "1");
}

/// Its down scripts are read before it is changed.
#[test]
fn an_earlier_layout_has_its_way_back() {
    let database = earlier(EARLIER[0].1);
    let none = migrations([]);
    let mut client = database.connect();
    let plan = Migrator::new(none)
        .plan(&mut client, Goal::Down(1))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "roll back 0001_a (1 statement)\n    DROP TABLE a;\n    SHA-256 of this text from the \
         history: 937ae32e019abfd72940f6b09c76aa98b0a04ffd22f82d38a58c5cc7ba016f48"
    );
    Migrator::new(none)
        .stored_down(StoredDown::Trust)
        .down(&mut client, 1)
        .unwrap();
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
}

/// A copy restored without comments, say.
#[test]
fn a_lost_comment_is_written_again() {
    let database = fresh_database();
    let list = three();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let before = shape(&database);
    database
        .connect()
        .batch_execute("COMMENT ON TABLE public.pgstrata_history IS NULL")
        .unwrap();
    up(&database, list).unwrap();
    assert_eq!(shape(&database), before);
}

#[test]
fn a_contract_step_follows_what_an_earlier_release_expanded() {
    let list = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        )
        .phase(Phase::Expand),
        source("0002_c", "DROP TABLE a;", "SELECT 1;").phase(Phase::Contract),
    ]);
    for (number, layout) in EARLIER {
        let database = earlier(layout);
        let plan = Migrator::new(list)
            .plan(&mut database.connect(), Goal::All)
            .unwrap();
        assert_says(&plan, &["apply 0002_c"]);
        up(&database, list).unwrap();
        assert_eq!(database.applied(), "1 2", "layout {number}");
    }
}

/// Then one digest shows that the tables are as they are made, and no closer look is needed.
#[test]
fn the_shape_of_a_history_is_known() {
    let shape = include_str!("../../../runtime/src/sql/history/shape.sql");
    let table = |suffix| format!("'public.pgstrata_history{suffix}'");
    let shape = shape
        .replace("{history_text}", &table(""))
        .replace("{events_text}", &table("_events"))
        .replace("{failures_text}", &table("_failed"))
        .replace("{writes}", "true");
    let query = format!("SET search_path = pg_catalog, pg_temp; {shape}");
    let known = include_str!("../../../runtime/src/history/inspect.rs");
    let upgraded = earlier(EARLIER[1].1);
    let new = fresh_database();
    for database in [&upgraded, &new] {
        up(database, three()).unwrap();
        let digest = database.ask(&query);
        assert!(known.contains(&format!("\"{digest}\"")), "{digest}");
    }
    database_with_trigger_has_another(&new, &query, known);
}

fn database_with_trigger_has_another(database: &Database, query: &str, known: &str) {
    database
        .connect()
        .batch_execute(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER t BEFORE INSERT ON public.pgstrata_history \
             FOR EACH ROW EXECUTE FUNCTION f()",
        )
        .unwrap();
    assert!(!known.contains(&database.ask(query)));
}
