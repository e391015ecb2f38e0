//! Repeatables follow what they stand on: one whose objects a migration takes away is applied again,
//! and what others had set on them is named.
//!
//! The file is long because each kind of object, of goal and of sending has its case.

use pgstrata::embedded::{Contract, Phase};
use pgstrata::{Event, Goal, Migrations, Migrator, State};
use postgres::NoTls;

use crate::support::{
    Database, Source, assert_says, fresh_database, migrations, source, three, up, with_repeatables,
};

const VIEW: (&str, &str) = ("v", "CREATE OR REPLACE VIEW v AS SELECT id FROM a");
const OVER: (&str, &str) = ("w", "CREATE OR REPLACE VIEW w AS SELECT id FROM v");

fn table() -> Source {
    source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY, n int); CREATE TABLE b (id int);",
        "DROP TABLE b; DROP TABLE a;",
    )
}

fn after(sql: &str) -> Source {
    source("0002_b", sql, "SELECT 1;")
}

fn list(
    sources: impl IntoIterator<Item = Source>,
    repeatables: &[(&'static str, &str)],
) -> &'static Migrations<'static> {
    with_repeatables(migrations(sources), repeatables)
}

/// The first migration and the repeatables are there.
fn prepared(repeatables: &[(&'static str, &str)]) -> Database {
    let database = fresh_database();
    up(&database, list([table()], repeatables)).unwrap();
    database
}

fn labels(report: &pgstrata::Report) -> String {
    let labels: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    labels.join(" ")
}

fn state(database: &Database, list: &Migrations<'_>, label: &str) -> State {
    let statuses = Migrator::new(list).status(&mut database.connect()).unwrap();
    let found = statuses.iter().find(|status| status.label == label);
    found.unwrap().state
}

/// What is dropped, by which statement, and what tells that it is there again.
const DROPPED: [(&str, &str, &str); 10] = [
    (VIEW.1, "DROP VIEW v;", "to_regclass('v') IS NOT NULL"),
    (
        "CREATE OR REPLACE VIEW \"V' {x}\" AS SELECT id FROM a",
        "DROP VIEW \"V' {x}\";",
        "to_regclass('\"V'' {x}\"') IS NOT NULL",
    ),
    (
        "CREATE SCHEMA IF NOT EXISTS s; CREATE OR REPLACE VIEW s.v AS SELECT id FROM a",
        "DROP VIEW s.v;",
        "to_regclass('s.v') IS NOT NULL",
    ),
    (
        "DO $$BEGIN EXECUTE 'CREATE OR REPLACE VIEW v AS SELECT id FROM a'; END$$",
        "DROP TABLE a CASCADE; CREATE TABLE a (id int PRIMARY KEY);",
        "to_regclass('v') IS NOT NULL",
    ),
    // Another one of the name stays.
    (
        "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE OR REPLACE FUNCTION f(x text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION f(text);",
        "to_regprocedure('f(text)') IS NOT NULL",
    ),
    (
        "CREATE OR REPLACE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         DROP TRIGGER IF EXISTS t ON a;
         CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION t()",
        "DROP TABLE a; CREATE TABLE a (id int);",
        "EXISTS (SELECT FROM pg_trigger WHERE tgname = 't')",
    ),
    (
        "DROP POLICY IF EXISTS p ON a; CREATE POLICY p ON a USING (true)",
        "DROP POLICY p ON a;",
        "EXISTS (SELECT FROM pg_policy WHERE polname = 'p')",
    ),
    (
        "CREATE OR REPLACE RULE r AS ON DELETE TO a DO INSTEAD NOTHING",
        "DROP RULE r ON a;",
        "EXISTS (SELECT FROM pg_rewrite WHERE rulename = 'r')",
    ),
    (
        "DROP DOMAIN IF EXISTS d; CREATE DOMAIN d AS int",
        "DROP DOMAIN d;",
        "to_regtype('d') IS NOT NULL",
    ),
    (
        "CREATE OR REPLACE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1'",
        "DROP PROCEDURE p;",
        "to_regprocedure('p(int)') IS NOT NULL",
    ),
];

#[test]
fn what_a_migration_drops_is_made_again_behind_it() {
    for (made, dropped, is_there) in DROPPED {
        for is_told in [false, true] {
            let repeatables = [("it", made)];
            let database = prepared(&repeatables);
            let all = list([table(), after(dropped)], &repeatables);
            let mut client = database.connect();
            let mut migrator = Migrator::new(all);
            if is_told {
                migrator = migrator.observe(Box::leak(Box::new(|_: &Event<'_>| {})));
            }
            let report = migrator.up(&mut client).unwrap();
            assert_eq!(labels(&report), "0002_b it", "{made}");
            assert_eq!(database.ask(&format!("SELECT {is_there}")), "t", "{made}");
            assert_eq!(state(&database, all, "it"), State::Applied);
            assert!(up(&database, all).unwrap().is_empty());
            let events = "SELECT count(*) FROM pgstrata_history_events WHERE action = 'repeated'";
            assert_eq!(database.ask(events), "2");
        }
    }
}

#[test]
fn what_stays_is_not_made_again() {
    for sql in [
        "ALTER TABLE a ADD COLUMN m int;",
        "CREATE OR REPLACE VIEW v AS SELECT id FROM a WHERE id > 0;",
        // The migration makes it again by itself.
        "DROP VIEW v CASCADE; ALTER TABLE a ALTER id TYPE bigint; CREATE VIEW v AS SELECT id FROM a; \
         CREATE VIEW w AS SELECT id FROM v;",
        "DROP TABLE b;",
    ] {
        let database = prepared(&[VIEW, OVER]);
        let all = list([table(), after(sql)], &[VIEW, OVER]);
        assert_eq!(labels(&up(&database, all).unwrap()), "0002_b", "{sql}");
        assert!(up(&database, all).unwrap().is_empty());
    }
}

#[test]
fn they_come_back_in_their_order_with_those_that_have_changed() {
    let database = prepared(&[VIEW, OVER]);
    let changed = (
        "w",
        "CREATE OR REPLACE VIEW w AS SELECT id, 1 AS one FROM v",
    );
    let sql = "DROP VIEW v CASCADE; ALTER TABLE a ALTER id TYPE bigint;";
    let all = list([table(), after(sql)], &[VIEW, changed]);
    assert_eq!(labels(&up(&database, all).unwrap()), "0002_b v w");
    assert_eq!(database.ask("SELECT count(*) FROM w"), "0");
    assert!(up(&database, all).unwrap().is_empty());
    // One that drops others on its way.
    let cascading = (
        "v",
        "DROP VIEW IF EXISTS v CASCADE; CREATE VIEW v AS SELECT id, n FROM a",
    );
    let all = list([table(), after(sql)], &[cascading, changed]);
    assert_eq!(labels(&up(&database, all).unwrap()), "v w");
    assert_eq!(database.ask("SELECT count(*) FROM w"), "0");
    assert!(up(&database, all).unwrap().is_empty());
}

#[test]
fn two_that_drop_each_other_come_to_an_end() {
    let one = (
        "v",
        "DROP VIEW IF EXISTS w; DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1 AS one",
    );
    let other = (
        "w",
        "DROP VIEW IF EXISTS v; DROP VIEW IF EXISTS w; CREATE VIEW w AS SELECT 1 AS one",
    );
    let database = prepared(&[one, other]);
    let all = list([table(), after("DROP VIEW w;")], &[one, other]);
    let report = up(&database, all).unwrap();
    assert!(report.steps.len() <= 5, "{report}");
}

type Configured = fn(Migrator<'static>) -> Migrator<'static>;

#[test]
fn it_holds_however_migrations_are_sent() {
    let drops = || {
        [
            table(),
            source("0002_b", "DROP VIEW v;", "SELECT 1;"),
            source("0003_c", "ALTER TABLE a ALTER id TYPE bigint;", "SELECT 1;"),
            source("0004_d", "SELECT 1;", "SELECT 1;"),
            source("0005_e", "SELECT 1;", "SELECT 1;"),
        ]
    };
    let all = list(drops(), &[VIEW]);
    let kinds: [(&str, Configured); 3] = [
        ("together", |it| it),
        ("a statement each", Migrator::per_statement),
        ("one transaction", Migrator::single_transaction),
    ];
    for (kind, configured) in kinds {
        let database = prepared(&[VIEW]);
        let mut client = database.connect();
        let report = configured(Migrator::new(all)).up(&mut client).unwrap();
        assert!(labels(&report).ends_with("0005_e v"), "{kind}: {report}");
        assert_eq!(database.ask("SELECT to_regclass('v')"), "v", "{kind}");
        assert_eq!(state(&database, all, "v"), State::Applied);
    }
    let database = prepared(&[VIEW]);
    let mut migrator = Migrator::new(all);
    let mut client = migrator
        .connect(&database.url.parse().unwrap(), NoTls)
        .unwrap();
    migrator.up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT to_regclass('v')"), "v", "watched");
    let database = prepared(&[VIEW]);
    let outside = list(
        [table(), after("DROP VIEW v; SELECT 1;").no_transaction()],
        &[VIEW],
    );
    up(&database, outside).unwrap();
    assert_eq!(
        database.ask("SELECT to_regclass('v')"),
        "v",
        "outside a transaction"
    );
}

#[test]
fn it_holds_for_each_goal_that_goes_up() {
    let drops = || {
        [
            table(),
            source("0002_b", "DROP VIEW v;", "SELECT 1;"),
            source("0003_c", "SELECT 1;", "SELECT 1;"),
        ]
    };
    for goal in [Goal::To(2), Goal::Steps(1), Goal::Only(2), Goal::All] {
        let database = prepared(&[VIEW]);
        let all = list(drops(), &[VIEW]);
        let report = Migrator::new(all)
            .run(&mut database.connect(), goal, None)
            .unwrap();
        assert!(labels(&report).ends_with(" v"), "{goal:?}: {report}");
        assert_eq!(database.ask("SELECT to_regclass('v')"), "v", "{goal:?}");
    }
    // Its new text may need the rest.
    let database = prepared(&[VIEW]);
    let newer = list(
        drops(),
        &[("v", "CREATE VIEW v AS SELECT id, 1 AS one FROM a")],
    );
    Migrator::new(newer)
        .up_to(&mut database.connect(), 2_u64)
        .unwrap();
    assert_eq!(state(&database, newer, "v"), State::Pending);
    up(&database, newer).unwrap();
    assert_eq!(database.ask("SELECT count(one) FROM v"), "0");
}

#[test]
fn it_comes_back_though_a_contract_step_is_held() {
    let database = prepared(&[VIEW]);
    let sources = [
        table(),
        after("DROP VIEW v; ALTER TABLE a ADD m int;").phase(Phase::Expand),
        source("0003_c", "ALTER TABLE a DROP n;", "SELECT 1;").phase(Phase::Contract),
    ];
    let mut all = *list(sources, &[VIEW]);
    all.contract = Contract::NextRelease {
        after: std::time::Duration::ZERO,
    };
    let report = up(&database, &all).unwrap();
    assert!(report.held_back.is_some());
    assert_eq!(labels(&report), "0002_b v");
    assert_eq!(database.ask("SELECT to_regclass('v')"), "v");
}

#[test]
fn one_that_no_longer_fits_is_pending_and_says_so() {
    let database = prepared(&[VIEW]);
    let sources = || {
        [
            table(),
            after("DROP VIEW v; ALTER TABLE a RENAME id TO number;"),
        ]
    };
    let all = list(sources(), &[VIEW]);
    let grant = "GRANT SELECT ON v TO pg_monitor";
    database.connect().batch_execute(grant).unwrap();
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Lost { statements } = event {
            told.extend(statements.to_vec());
        }
    };
    let mut client = database.connect();
    let ran = Migrator::new(all).observe(&mut observer).up(&mut client);
    let error = ran.unwrap_err();
    // The next run does not see any more what it had.
    assert!(
        told.contains(&"GRANT SELECT ON public.v TO pg_monitor".to_owned()),
        "{told:?}"
    );
    assert_says(
        &error,
        &[
            "repeating v failed",
            "repeatable/v.sql:1:36",
            "applied 0002_b",
        ],
    );
    assert_eq!(state(&database, all, "v"), State::Pending);
    assert_eq!(database.applied(), "1 2 NULL");
    // The run after that goes on there, and so does the program with the corrected file.
    assert_says(&up(&database, all).unwrap_err(), &["repeating v failed"]);
    let corrected = list(sources(), &[("v", "CREATE VIEW v AS SELECT number FROM a")]);
    assert_eq!(labels(&up(&database, corrected).unwrap()), "v");
}

#[test]
fn a_way_back_that_drops_one_leaves_it_pending() {
    let drops = source("0002_b", "SELECT 1;", "DROP VIEW v;");
    let database = fresh_database();
    let all = list([table(), drops], &[VIEW]);
    up(&database, all).unwrap();
    let mut client = database.connect();
    Migrator::new(all).down(&mut client, 1).unwrap();
    assert_eq!(state(&database, all, "v"), State::Pending);
    assert_eq!(labels(&up(&database, all).unwrap()), "0002_b v");
    let report = Migrator::new(all)
        .run(&mut client, Goal::Redo(1), None)
        .unwrap();
    assert_eq!(labels(&report), "0002_b 0002_b v");
    assert_eq!(database.ask("SELECT to_regclass('v')"), "v");
}

#[test]
fn a_materialized_view_is_named_and_not_built_again() {
    let built = (
        "m",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT id FROM a",
    );
    let database = prepared(&[built, VIEW]);
    let sql = "DROP MATERIALIZED VIEW m; DROP VIEW v; ALTER TABLE a ALTER id TYPE bigint;";
    let all = list([table(), after(sql)], &[built, VIEW]);
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::NotRebuilt { objects } = event {
            told.extend(objects.to_vec());
        }
    };
    let mut client = database.connect();
    let report = Migrator::new(all)
        .observe(&mut observer)
        .up(&mut client)
        .unwrap();
    assert_eq!(labels(&report), "0002_b v");
    assert_eq!(report.not_rebuilt, ["materialized view public.m"]);
    assert_says(
        &report,
        &[
            "materialized view public.m is gone and is not built again, since that may take hours: change its repeatable, and the next run applies it, or make it by hand",
        ],
    );
    assert_eq!(told, report.not_rebuilt);
    assert_eq!(database.ask("SELECT to_regclass('m')"), "NULL");
}

#[test]
fn what_others_have_set_is_named_as_statements() {
    let granted = (
        "v",
        "CREATE OR REPLACE VIEW v AS SELECT id FROM a; GRANT SELECT ON v TO pg_read_all_stats; COMMENT ON VIEW v IS 'ours'",
    );
    let function = (
        "f",
        "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    let database = prepared(&[granted, function]);
    database
        .connect()
        .batch_execute(
            "GRANT SELECT, INSERT ON v TO pg_monitor; GRANT UPDATE (id) ON v TO pg_monitor WITH GRANT OPTION;
             COMMENT ON COLUMN v.id IS 'it''s theirs'; GRANT SELECT ON v TO PUBLIC;
             REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO pg_monitor;",
        )
        .unwrap();
    let all = list(
        [table(), after("DROP VIEW v; DROP FUNCTION f;")],
        &[granted, function],
    );
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Lost { statements } = event {
            told.extend(statements.to_vec());
        }
    };
    let mut client = database.connect();
    let report = Migrator::new(all)
        .observe(&mut observer)
        .up(&mut client)
        .unwrap();
    let expected = [
        "COMMENT ON COLUMN public.v.id IS 'it''s theirs'",
        "GRANT EXECUTE ON ROUTINE public.f(integer) TO pg_monitor",
        "GRANT INSERT ON public.v TO pg_monitor",
        "GRANT SELECT ON public.v TO PUBLIC",
        "GRANT SELECT ON public.v TO pg_monitor",
        "GRANT UPDATE (id) ON public.v TO pg_monitor WITH GRANT OPTION",
        "REVOKE EXECUTE ON ROUTINE public.f(integer) FROM PUBLIC",
    ];
    assert_eq!(report.lost, expected);
    assert_eq!(told, expected);
    assert_says(
        &report,
        &[
            "GRANT INSERT ON public.v TO pg_monitor",
            "what was set by others went with objects that were made again; where it is still wanted, run:",
        ],
    );
    // They are what sets it again.
    for statement in &report.lost {
        database.connect().batch_execute(statement).unwrap();
    }
    let again = list(
        [
            table(),
            after("DROP VIEW v; DROP FUNCTION f;"),
            source("0003_c", "SELECT 1;", "SELECT 1;"),
        ],
        &[granted, function],
    );
    assert_eq!(up(&database, again).unwrap().lost, [""; 0]);
}

/// A script that drops and makes its view loses them as well.
#[test]
fn what_a_changed_script_loses_is_named_too() {
    let database = prepared(&[VIEW]);
    database
        .connect()
        .batch_execute("GRANT SELECT ON v TO pg_monitor")
        .unwrap();
    let changed = (
        "v",
        "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT n FROM a",
    );
    let report = up(&database, list([table()], &[changed])).unwrap();
    assert_eq!(report.lost, ["GRANT SELECT ON public.v TO pg_monitor"]);
}

#[test]
fn names_hold_after_a_dump_and_on_another_path() {
    let database = prepared(&[VIEW]);
    // As a restore gives every object another number.
    database
        .connect()
        .batch_execute("DROP VIEW v; CREATE VIEW v AS SELECT id FROM a")
        .unwrap();
    let sql = "SELECT 1;";
    let all = list([table(), after(sql)], &[VIEW]);
    let mut client = database.connect();
    client
        .batch_execute("SET search_path = pg_catalog")
        .unwrap();
    assert_eq!(
        labels(&Migrator::new(all).up(&mut client).unwrap()),
        "0002_b"
    );
}

#[test]
fn a_list_without_them_is_as_before() {
    let database = prepared(&[VIEW]);
    let without = migrations([table(), after("DROP VIEW v;")]);
    assert_eq!(labels(&up(&database, without).unwrap()), "0002_b");
    assert!(up(&fresh_database(), three()).unwrap().lost.is_empty());
}

/// Code between the statements changes nothing of what is recorded.
#[test]
fn with_hooks_it_is_followed_too() {
    let database = fresh_database();
    let first = || source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    let view = [("v", "CREATE OR REPLACE VIEW v AS SELECT id FROM a")];
    let mut hook = |_: &pgstrata::Step, _: &mut postgres::Transaction<'_>| Ok(());
    let list = with_repeatables(migrations([first()]), &view);
    let mut migrator = Migrator::new(list).before_each(&mut hook);
    migrator.up(&mut database.connect()).unwrap();
    let dropped = source("0002_b", "DROP VIEW v;", "SELECT 1;");
    let list = with_repeatables(migrations([first(), dropped]), &view);
    Migrator::new(list).up(&mut database.connect()).unwrap();
    assert_eq!(database.ask("SELECT to_regclass('v')"), "v");
}

/// ALTER writes what a policy depends on again, and makes nothing of somebody else's.
#[test]
fn a_policy_of_others_that_a_script_alters_is_not_its_own() {
    let table =
        "CREATE TABLE a (id int PRIMARY KEY, n int); CREATE POLICY theirs ON a USING (true);";
    let first = || source("0001_a", table, "DROP TABLE a;");
    let alters = "ALTER POLICY theirs ON a USING (id > 0); DROP POLICY IF EXISTS mine ON a; CREATE POLICY mine ON a USING (true)";
    for (drops, expected) in [
        ("DROP POLICY theirs ON a;", "0002_b"),
        ("DROP POLICY mine ON a;", "0002_b it"),
    ] {
        let database = fresh_database();
        // The second time something is replaced.
        for script in ["SELECT 1", alters] {
            let list = with_repeatables(migrations([first()]), &[("it", script)]);
            up(&database, list).unwrap();
        }
        let list = with_repeatables(migrations([first(), after(drops)]), &[("it", alters)]);
        assert_eq!(labels(&up(&database, list).unwrap()), expected, "{drops}");
    }
}

/// In one transaction with others, what they make is not the repeatable's.
#[test]
fn in_one_transaction_nothing_of_others_is_recorded() {
    let database = fresh_database();
    let make =
        "CREATE TABLE a (id int); CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1';";
    let first = || source("0001_a", make, "DROP TABLE a;");
    let view = [("v", "CREATE OR REPLACE VIEW v AS SELECT id FROM a")];
    let list = with_repeatables(migrations([first()]), &view);
    let mut migrator = Migrator::new(list).single_transaction();
    migrator.up(&mut database.connect()).unwrap();
    let dropped = source("0002_b", "DROP FUNCTION mine();", "SELECT 1;");
    let list = with_repeatables(migrations([first(), dropped]), &view);
    let report = Migrator::new(list).up(&mut database.connect()).unwrap();
    let labels: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    assert_eq!(labels, ["0002_b"]);
}
