//! Every verb of the runtime, run by a superuser, up to what it asks when it waits, is interrupted, or
//! has lost its connection.
//!
//! The file is long because each way of running is a scenario.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use pgstrata::embedded::{Batch, Requirement, StatementOptionKind, Taken};
use pgstrata::{Error, Event, Fault, Goal, Migrations, Migrator, Step, connect};
use postgres::{Client, NoTls, Transaction};

use crate::mallory::Effort;
use crate::proxy::{Moment, Proxy};
use crate::server::{PATHS, Server};
use crate::support::{Source, migrations, source, with_repeatables};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Nothing in these is looked up along a path, so that whatever is caught is ours.
const BY_KEY: &str = "WITH next AS (SELECT a.id FROM public.a WHERE a.id OPERATOR(pg_catalog.>) $1 ORDER BY a.id LIMIT 2)\n\
    UPDATE public.a SET n = 1 FROM next WHERE a.id OPERATOR(pg_catalog.=) next.id RETURNING a.id";
const EMPTIES: &str = "WITH first AS (SELECT d.id FROM public.d LIMIT 2)\n\
    DELETE FROM public.d USING first WHERE d.id OPERATOR(pg_catalog.=) first.id";
const BATCH: Batch<'static> = Batch {
    pause: Duration::ZERO,
    max_batches: None,
    total: None,
    key: None,
};

/// Sent by no scenario here: in the frame and on the path of the others, when a server fails over or
/// says less of itself, a commit hangs, a first statement is refused, a contract step waits, another
/// session keeps the history, another program takes back what a run has seen, a role lacks privileges,
/// something is in the place of new tables, definitions have bytes that are no text, a session has statements by the names of ours, or the server is not PostgreSQL. The tests of those send
/// them.
const SENT_ELSEWHERE: [&str; 16] = [
    "runtime/src/sql/session/backend_only.sql",
    "runtime/src/sql/session/citus_group.sql",
    "runtime/src/sql/session/version.sql",
    "runtime/src/sql/watch/cancel.sql",
    "runtime/src/sql/history/event_triggers.sql",
    "runtime/src/sql/recovery/forget_intent.sql",
    "runtime/src/sql/history/history_holders.sql",
    "runtime/src/sql/history/lacking_privileges.sql",
    "runtime/src/sql/history/overtaken.sql",
    "runtime/src/sql/step/in_use_legible.sql",
    "runtime/src/sql/step/prepared_so.sql",
    "runtime/src/sql/step/put_back.sql",
    "runtime/src/sql/history/read_applied.sql",
    "runtime/src/sql/recovery/record_work.sql",
    "runtime/src/sql/history/set_sequence.sql",
    "runtime/src/sql/step/take_over.sql",
];

/// What is done with the database of this address.
type Scenario = fn(&str);

const SCENARIOS: [(&str, Scenario); 11] = [
    ("all kinds of files", all_kinds),
    ("a statement a message", per_statement),
    ("one transaction", one_transaction),
    ("back and again", back_and_again),
    ("adopted and repaired", adopted),
    ("behind a pooler", behind_a_pooler),
    ("a lock in the way", a_lock_in_the_way),
    ("another run", another_run),
    ("interrupted", interrupted),
    ("an earlier layout", an_earlier_layout),
    ("a view in the way", a_view_in_the_way),
];

#[test]
fn of_the_runtime() {
    let Some(server) = Server::start(Effort::All) else {
        return;
    };
    let mut failed = Vec::new();
    for path in PATHS {
        for (number, (name, scenario)) in SCENARIOS.iter().enumerate() {
            let database = format!("database_{}_{number}", path.len());
            let url = server.database(&database, path);
            if catch_unwind(AssertUnwindSafe(|| scenario(&url))).is_err() {
                failed.push(format!("{name}, with the path {path}"));
            }
        }
    }
    server.assert_nothing_was_captured(&failed.join("; "));
    assert!(failed.is_empty(), "failed: {failed:#?}");
    server.assert_all_was_sent("runtime/", &SENT_ELSEWHERE);
}

fn marked(transaction: &mut Transaction<'_>) -> Result<(), Cause> {
    Ok(transaction.batch_execute("INSERT INTO public.told DEFAULT VALUES")?)
}

/// What users wrote has the path of the session.
fn hook(_: &Step, transaction: &mut Transaction<'_>) -> Result<(), Cause> {
    let row = transaction.query_one("SHOW search_path", &[])?;
    let path: &str = row.try_get(0)?;
    assert!(PATHS.contains(&path), "{path}");
    marked(transaction)
}

/// What each file needs is made before.
fn prepared(url: &str) -> Client {
    let mut client = connect(url).unwrap();
    let sql = "CREATE TABLE public.told (id bigint GENERATED ALWAYS AS IDENTITY); \
        CREATE TABLE public.d (id bigint PRIMARY KEY); INSERT INTO public.d VALUES (1), (2), (3)";
    client.batch_execute(sql).unwrap();
    client
}

fn first() -> Source {
    source(
        "0001_a",
        "CREATE TABLE public.a (id bigint PRIMARY KEY, n integer);\nINSERT INTO public.a VALUES (1, 0), (2, 0), (3, 0);",
        // So the database is asked whether its encoding has it.
        "-- größe\nDROP TABLE public.a;",
    )
    .verify("DO $$ BEGIN PERFORM FROM public.a; END $$;")
    .requires(Requirement::Extension("plpgsql"))
    .requires(Requirement::Table("public.told"))
}

/// More than so few that they are sent without being prepared.
fn kinds() -> &'static Migrations<'static> {
    let table = |label, name: &str| {
        source(
            label,
            &format!("CREATE TABLE public.{name} (id bigint);"),
            &format!("DROP TABLE public.{name};"),
        )
    };
    let by_key = Batch {
        key: Some("id"),
        total: Some("SELECT pg_catalog.count(*) FROM public.a"),
        ..BATCH
    };
    let list = migrations([
        first(),
        table("0002_b", "b"),
        source(
            "0003_optional",
            "CREATE EXTENSION nix;\nCREATE TABLE public.c (id bigint);",
            "DROP TABLE public.c;",
        )
        .special(0, StatementOptionKind::Optional { extension: "nix" }),
        table("0004_e", "e"),
        source("0005_forgets", "DEALLOCATE ALL;", "DEALLOCATE ALL;"),
        table("0006_f", "f"),
        source(
            "0007_index",
            "CREATE INDEX CONCURRENTLY a_n ON public.a (n);\nREINDEX TABLE CONCURRENTLY public.a;",
            "DROP INDEX CONCURRENTLY public.a_n;",
        )
        .no_transaction(),
        source(
            "0008_batch",
            &format!("{BY_KEY};\n{EMPTIES};"),
            "VACUUM public.d;",
        )
        .special(0, StatementOptionKind::Batch(by_key))
        .special(1, StatementOptionKind::Batch(BATCH))
        .no_transaction(),
        source(
            "0009_code",
            "CREATE TABLE public.g (id bigint);",
            "DROP TABLE public.g;",
        )
        .code("crate::marked", Some(marked)),
        table("0010_h", "h"),
    ]);
    with_repeatables(
        list,
        &[(
            "v",
            "CREATE OR REPLACE VIEW public.v AS SELECT d.id FROM public.d",
        )],
    )
}

/// The same without what is not in a transaction.
fn plain() -> &'static Migrations<'static> {
    migrations([first(), second()])
}

fn second() -> Source {
    source(
        "0002_b",
        "CREATE TABLE public.b (id bigint);",
        "DROP TABLE public.b;",
    )
}

/// What it is asked about may have any name.
fn a_view_in_the_way(url: &str) {
    let mut client = prepared(url);
    Migrator::new(kinds()).up(&mut client).unwrap();
    let labels = ["0011_i", "0012_j"];
    let more =
        labels.map(|label| source(label, "ALTER TABLE public.d DROP COLUMN id;", "SELECT 1;"));
    let taken = |version, schema| Taken {
        version,
        statement: 0,
        object: [schema, "d"],
        column: "id",
        since: 0,
        freed: &[["", "it's"], ["odd \\", "\"names\""]],
        views_only: false,
        functions_since: 0,
    };
    let taken = [taken(11, "public"), taken(12, "")];
    let mut list = *with_repeatables(migrations(more), &[]);
    list.taken = &taken;
    let error = Migrator::new(&list)
        .allow_missing()
        .up(&mut client)
        .unwrap_err();
    let found = error.findings();
    let is_in_use = |it: &pgstrata::Finding| matches!(&it.fault, Fault::InUse { used_by, .. } if used_by == "the view public.v (repeatable/v.sql)");
    assert!(
        found.len() <= 2 && found.first().is_some_and(is_in_use),
        "{error}"
    );
}

fn all_kinds(url: &str) {
    let mut client = prepared(url);
    let list = kinds();
    Migrator::new(list).up(&mut client).unwrap();
    // Nothing is pending.
    Migrator::new(list).up(&mut client).unwrap();
    Migrator::new(list).validate(&mut client).unwrap();
    Migrator::new(list).verify(&mut client).unwrap();
    Migrator::new(list).status(&mut client).unwrap();
    let changed = with_repeatables(
        list,
        &[(
            "v",
            "CREATE OR REPLACE VIEW public.v AS SELECT d.id FROM ONLY public.d",
        )],
    );
    Migrator::new(changed).plan(&mut client, Goal::All).unwrap();
    Migrator::new(changed).up(&mut client).unwrap();
    Migrator::new(changed).down_to(&mut client, 0_u64).unwrap();
    let row = client.query_one("SHOW search_path", &[]).unwrap();
    assert!(PATHS.contains(&row.get(0)));
}

fn per_statement(url: &str) {
    let mut client = prepared(url);
    let (mut before, mut after) = (hook, hook);
    let mut migrator = Migrator::new(kinds())
        .per_statement()
        .before_each(&mut before)
        .after_each(&mut after);
    let mut watched = migrator.connect(&url.parse().unwrap(), NoTls).unwrap();
    migrator.up(&mut watched).unwrap();
    let set_role = "SELECT pg_catalog.set_config('role', session_user::pg_catalog.text, false)";
    client.batch_execute(set_role).unwrap();
    migrator.down(&mut client, 4).unwrap();
}

fn one_transaction(url: &str) {
    let mut client = prepared(url);
    Migrator::new(plain())
        .single_transaction()
        .up(&mut client)
        .unwrap();
    // A repeatable that a migration drops is made again within it.
    let view = [(
        "v",
        "CREATE OR REPLACE VIEW public.v AS SELECT d.id FROM public.d",
    )];
    let list = with_repeatables(plain(), &view);
    Migrator::new(list).up(&mut client).unwrap();
    let dropped = source("0003_drops", "DROP VIEW public.v;", "SELECT;");
    let more = migrations([first(), second(), dropped]);
    Migrator::new(with_repeatables(more, &view))
        .single_transaction()
        .up(&mut client)
        .unwrap();
    Migrator::new(more)
        .single_transaction()
        .down(&mut client, 3)
        .unwrap();
}

fn back_and_again(url: &str) {
    let mut client = prepared(url);
    // In a schema that is not there yet, and with a trigger that was dropped again: its flag stays.
    let mut migrator = Migrator::new(plain()).history("own", "history");
    migrator.up_to(&mut client, 1_u64).unwrap();
    let passing = "CREATE TRIGGER passing BEFORE UPDATE ON own.history FOR EACH ROW \
                   EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger(); \
                   DROP TRIGGER passing ON own.history";
    client.batch_execute(passing).unwrap();
    for goal in [
        Goal::Steps(1),
        Goal::Redo(1),
        Goal::RedoFrom(1),
        Goal::Verify,
        Goal::Down(1),
        Goal::Only(2),
        Goal::DownTo(0),
    ] {
        migrator.plan(&mut client, goal).unwrap();
        migrator.run(&mut client, goal, Some("a test")).unwrap();
    }
    let failing = migrations([source("0001_fails", "DROP TABLE public.nope;", "SELECT 1;")]);
    let mut failing = Migrator::new(failing).history("public", "failing");
    failing.up(&mut client).unwrap_err();
}

fn adopted(url: &str) {
    let mut client = prepared(url);
    let reason = Some("a test");
    let run = |client: &mut Client, list, goal| Migrator::new(list).run(client, goal, reason);
    run(&mut client, plain(), Goal::Baseline(2)).unwrap();
    let changed = migrations([
        first(),
        source(
            "0002_b",
            "CREATE TABLE public.b (id integer);",
            "DROP TABLE public.b;",
        ),
    ]);
    run(&mut client, changed, Goal::All).unwrap_err();
    run(&mut client, changed, Goal::Repair(2)).unwrap();
    run(&mut client, changed, Goal::All).unwrap();
}

fn behind_a_pooler(url: &str) {
    let mut client = prepared(url);
    let mut migrator = Migrator::new(plain()).behind_pooler();
    migrator.up(&mut client).unwrap();
    migrator.run(&mut client, Goal::Redo(1), None).unwrap();
    migrator.down(&mut client, 2).unwrap();
}

/// On a borrowed connection and on one that is watched; and a connection that is lost at the start.
fn a_lock_in_the_way(url: &str) {
    let mut client = prepared(url);
    Migrator::new(plain()).up_to(&mut client, 1_u64).unwrap();
    let add = |label, name: &str| {
        let up = format!("ALTER TABLE public.a ADD COLUMN {name} integer;");
        source(label, &up, "SELECT;")
    };
    for (is_watched, steps) in [(false, 1), (true, 2)] {
        let mut holder = connect(url).unwrap();
        holder.batch_execute("BEGIN; LOCK TABLE public.a").unwrap();
        // Longer than the pause between two looks at it.
        let patience = Duration::from_millis(if is_watched { 60_000 } else { 200 });
        let mut give_way = |event: &Event<'_>| {
            if matches!(event, Event::Blocked { .. } | Event::Retried { .. }) {
                holder.batch_execute("ROLLBACK").unwrap();
            }
        };
        let list = migrations([first(), add("0002_x", "x"), add("0003_y", "y")]);
        let mut migrator = Migrator::new(list)
            .lock_timeout(patience)
            .observe(&mut give_way);
        let goal = Goal::To(1 + steps);
        if is_watched {
            let mut watched = migrator.connect(&url.parse().unwrap(), NoTls).unwrap();
            let ended = "DO $$ BEGIN PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()); END $$";
            watched.batch_execute(ended).unwrap_err();
            migrator.run(&mut watched, goal, None).unwrap();
        } else {
            migrator.run(&mut client, goal, None).unwrap();
        }
    }
}

/// Which has the migration lock.
fn another_run(url: &str) {
    let mut client = prepared(url);
    let wait = |_: &Step, _: &mut Transaction<'_>| -> Result<(), Cause> {
        let mut other = connect(url)?;
        let error: Option<Error> = Migrator::new(plain())
            .lock_deadline(Duration::from_millis(100))
            .up(&mut other)
            .err();
        assert!(error.is_some_and(|error| error.is_lock_deadline()));
        let pooled = Migrator::new(plain())
            .behind_pooler()
            .lock_deadline(Duration::from_millis(100))
            .up(&mut other);
        assert!(pooled.is_err());
        Ok(())
    };
    let mut wait = wait;
    Migrator::new(plain())
        .before_each(&mut wait)
        .up_to(&mut client, 1_u64)
        .unwrap();
}

fn interrupted(url: &str) {
    let mut client = prepared(url);
    let statements = [
        "CREATE INDEX CONCURRENTLY there ON public.a (n);",
        "REINDEX TABLE CONCURRENTLY public.a;",
        "DROP INDEX CONCURRENTLY public.there;",
    ];
    let mut list = vec![("0001_a", "")];
    for (label, statement) in ["0002_x", "0003_y", "0004_z"].into_iter().zip(statements) {
        list.push((label, statement));
        let all = list.iter().map(|(label, statement)| match *statement {
            "" => first(),
            _ => source(label, statement, "SELECT;").no_transaction(),
        });
        let all = migrations(all);
        let before = u64::try_from(list.len() - 1).unwrap();
        Migrator::new(all).up_to(&mut client, before).unwrap();
        // The program dies between the statement and its record.
        let is_record =
            |query: &str| !query.starts_with("BEGIN") && query.contains("SET statements_done = ");
        let proxy = Proxy::cutting(url, Moment::Before, is_record);
        let mut dying = proxy.config.connect(NoTls).unwrap();
        let error = Migrator::new(all).up(&mut dying).unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
        Migrator::new(all).plan(&mut client, Goal::All).unwrap();
        Migrator::new(all).up(&mut client).unwrap();
    }
}

fn an_earlier_layout(url: &str) {
    let mut client = prepared(url);
    client
        .batch_execute(&format!(
            "SET search_path = pg_catalog; {}; RESET search_path",
            include_str!("../database/layouts/layout_1.sql")
        ))
        .unwrap();
    Migrator::new(plain()).status(&mut client).unwrap();
    Migrator::new(plain()).check_history(&mut client).unwrap();
    Migrator::new(plain()).up(&mut client).unwrap();
    Migrator::new(plain()).down(&mut client, 2).unwrap();
}
