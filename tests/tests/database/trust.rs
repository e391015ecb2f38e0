//! A history that is not exactly as we make it is refused by every verb, before anybody's code in it
//! can run; and what the error prints as the repair is one.
//!
//! Each case spoils one table of one database, tries all verbs, and repairs it as the error says.
//!
//! The file is long because the cases are many, a few lines each.

use pgstrata::{Error, Goal, Migrations, Migrator};
use postgres::Client;

use crate::support::{Database, fresh_database, three};

/// Code that leaves a trace that no rollback takes away, in a function of each kind.
const HOSTILE: &str = "CREATE SEQUENCE public.ran; \
    CREATE FUNCTION public.note() RETURNS bigint LANGUAGE sql VOLATILE AS $$SELECT pg_catalog.nextval('public.ran')$$; \
    CREATE FUNCTION public.evil(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS \
        $$BEGIN PERFORM public.note(); RETURN i; END$$; \
    CREATE FUNCTION public.evil_text(i text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \
        $$BEGIN PERFORM public.note(); RETURN i; END$$; \
    CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS \
        $$BEGIN PERFORM public.note(); RETURN NEW; END$$; \
    CREATE TABLE public.other (id bigint PRIMARY KEY)";

/// How often it ran.
fn runs(database: &Database) -> String {
    database.ask("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.ran")
}

pub(crate) type Verb = fn(&mut Migrator<'_>, &mut Client) -> Result<(), Error>;

/// All that reads or writes the history.
pub(crate) const VERBS: [(&str, Verb); 9] = [
    ("up", |it, client| it.up(client).map(drop)),
    ("down", |it, client| it.down(client, 1).map(drop)),
    ("redo", |it, client| {
        it.run(client, Goal::Redo(1), None).map(drop)
    }),
    ("repair", |it, client| {
        it.run(client, Goal::Repair(1), Some("a test")).map(drop)
    }),
    ("baseline", |it, client| {
        it.run(client, Goal::Baseline(2), Some("a test")).map(drop)
    }),
    ("verify", |it, client| it.verify(client).map(drop)),
    ("status", |it, client| it.status(client).map(drop)),
    ("plan", |it, client| it.plan(client, Goal::All).map(drop)),
    ("validate", |it, client| it.validate(client)),
];

/// What the error prints below each offence.
pub(crate) fn repairs(error: &Error) -> Vec<String> {
    let text = error.to_string();
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(str::to_owned).collect()
}

/// All rows of all three tables, and the tables of the migrations.
fn state(database: &Database, table: &str) -> String {
    database.ask(&format!(
        "SELECT pg_catalog.string_agg(t.x, '; ') FROM (SELECT CAST(h AS text) AS x FROM public.{table} AS h ORDER BY 1) AS t"
    )) + &database.ask("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE relname IN ('a', 'b', 'c')")
}

/// The error of the last verb.
fn all_refuse(client: &mut Client, list: &Migrations<'_>, says: &[&str]) -> Result<Error, String> {
    let mut newest = None;
    for (name, verb) in VERBS {
        let error = match verb(&mut Migrator::new(list), client) {
            Ok(()) => return Err(format!("{name} did not refuse")),
            Err(error) => error,
        };
        let text = error.to_string();
        let missing = says.iter().find(|it| !text.contains(**it));
        if let Some(missing) = missing {
            return Err(format!("{name} does not say {missing:?}: {text}"));
        }
        if !error.is_refused() {
            return Err(format!("{name} failed instead: {text}"));
        }
        newest = Some(error);
    }
    newest.ok_or_else(String::new)
}

/// Each of the statements spoils the table `{t}`; the error says the text, and its repairs, run as
/// they are printed, make every verb work again.
fn check(table: &str, cases: &[(&str, &str)]) {
    let mut failed = Vec::new();
    let mut database = spoilable();
    for (spoil, says) in cases {
        let spoil = spoil.replace("{t}", &format!("public.{table}"));
        if let Err(why) = check_one(&database, table, &spoil, says) {
            failed.push(format!("{spoil}\n  {why}"));
            database = spoilable();
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let mut client = database.connect();
    Migrator::new(three()).up(&mut client).unwrap();
    Migrator::new(three()).down(&mut client, 3).unwrap();
    assert_eq!(database.applied(), "");
}

/// With the first of three migrations.
fn spoilable() -> Database {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(three()).up_to(&mut client, 1_u64).unwrap();
    client.batch_execute(HOSTILE).unwrap();
    database
}

fn check_one(database: &Database, table: &str, spoil: &str, says: &str) -> Result<(), String> {
    let mut client = database.connect();
    client
        .batch_execute(spoil)
        .map_err(|error| format!("{error:?}"))?;
    let before = (state(database, table), runs(database));
    let quoted = format!("\"public\".\"{table}\"");
    let error = all_refuse(&mut client, three(), &[&quoted, says])?;
    // To look at the table may run what is in its indexes.
    let runs = runs(database);
    let after = (state(database, table), runs);
    if before != after {
        return Err(format!("{before:?} became {after:?}"));
    }
    let repairs = repairs(&error);
    for repair in &repairs {
        client
            .batch_execute(repair)
            .map_err(|error| format!("{repair}: {error:?}\nof {repairs:#?}"))?;
    }
    let result = Migrator::new(three()).validate(&mut client);
    result.map_err(|error| format!("{repairs:#?} did not repair it: {error}"))
}

/// What can be done to each of the tables.
const ANY: &[(&str, &str)] = &[
    (
        "CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION public.evil()",
        "has the trigger t",
    ),
    (
        "CREATE TRIGGER \"T 2\" BEFORE INSERT ON {t} FOR EACH STATEMENT EXECUTE FUNCTION public.evil()",
        "has the trigger \"T 2\"",
    ),
    (
        "CREATE TRIGGER t BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION public.evil(); ALTER TABLE {t} DISABLE TRIGGER t",
        "has the trigger t",
    ),
    (
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON {t} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.evil()",
        "has the trigger t",
    ),
    (
        "CREATE RULE r AS ON INSERT TO {t} DO ALSO SELECT public.note()",
        "has the rule r",
    ),
    (
        "CREATE RULE r AS ON UPDATE TO {t} DO INSTEAD NOTHING; ALTER TABLE {t} DISABLE RULE r",
        "has the rule r",
    ),
    (
        "CREATE POLICY p ON {t} USING (public.evil(1) = 1)",
        "has the policy p",
    ),
    (
        "CREATE TABLE public.child () INHERITS ({t})",
        "has the child public.child",
    ),
    (
        "CREATE TABLE public.parent (label text); ALTER TABLE {t} INHERIT public.parent",
        "inherits from public.parent",
    ),
    (
        "ALTER TABLE {t} ADD COLUMN extra text",
        "has the column extra",
    ),
    (
        "ALTER TABLE {t} ADD COLUMN extra integer GENERATED ALWAYS AS (public.evil(1)) STORED",
        "has the column extra",
    ),
    (
        "ALTER TABLE {t} ADD COLUMN extra integer DEFAULT public.evil(1)",
        "has the column extra",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN label SET DEFAULT public.evil_text('')",
        "the column label",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN application SET DEFAULT public.evil_text('')",
        "the column application",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN application DROP DEFAULT",
        "the column application",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN label DROP NOT NULL",
        "the column label",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN label TYPE character varying",
        "the column label",
    ),
    (
        "ALTER TABLE {t} ALTER COLUMN label TYPE text COLLATE \"C\"",
        "the column label",
    ),
    (
        "ALTER TABLE {t} ADD CHECK (public.evil(1) = 1)",
        "has the constraint",
    ),
    (
        "ALTER TABLE {t} ADD CONSTRAINT \"C 1\" CHECK (label <> '') NOT VALID",
        "has the constraint \"C 1\"",
    ),
    (
        "ALTER TABLE {t} ADD UNIQUE (program, label)",
        "program,label",
    ),
    (
        "ALTER TABLE {t} ADD UNIQUE (label) DEFERRABLE INITIALLY DEFERRED",
        "label",
    ),
    ("ALTER TABLE {t} ADD EXCLUDE (label WITH =)", "EXCLUDE"),
    ("CREATE INDEX ON {t} (public.evil(1))", "has an index"),
    (
        "CREATE INDEX ON {t} (label) WHERE public.evil(1) = 1",
        "has an index",
    ),
    (
        "CREATE STATISTICS public.s ON label, program FROM {t}",
        "has the statistics public.s",
    ),
    ("ALTER TABLE {t} SET UNLOGGED", "is not logged"),
];

#[test]
fn a_history_that_was_changed() {
    check("pgstrata_history", ANY);
    check(
        "pgstrata_history",
        &[
            (
                "CREATE TABLE public.refers (v bigint REFERENCES {t} (version))",
                "the foreign key refers_v_fkey of public.refers",
            ),
            (
                "INSERT INTO public.other VALUES (1); ALTER TABLE {t} ADD FOREIGN KEY (version) REFERENCES public.other",
                "has the constraint",
            ),
            (
                "ALTER TABLE {t} ADD FOREIGN KEY (attempt) REFERENCES {t} (attempt)",
                "has the constraint",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_version_key",
                "lacks its index: unique version",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_pkey",
                "lacks its index: primary attempt",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_pkey, DROP CONSTRAINT pgstrata_history_version_key, ADD PRIMARY KEY (version)",
                "lacks its index: primary attempt",
            ),
            (
                "DROP INDEX public.pgstrata_history_label_idx",
                "lacks its index: unique label",
            ),
            (
                "DROP INDEX public.pgstrata_history_label_idx; CREATE UNIQUE INDEX ON {t} (label) WHERE version IS NULL AND public.evil(1) = 1",
                "lacks its index: unique label",
            ),
            (
                "CREATE UNIQUE INDEX second ON {t} (version)",
                "public.second",
            ),
            (
                "CREATE INDEX by_hash ON {t} USING hash (label)",
                "public.by_hash",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_version_check",
                "lacks its constraint: CHECK ((version >= 0))",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_state_check",
                "lacks its constraint",
            ),
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_state_check, ADD CHECK (state IN ('applied', 'applying', 'rolling back', 'x'))",
                "lacks its constraint",
            ),
            (
                "ALTER TABLE {t} ALTER COLUMN applied_at SET DEFAULT pg_catalog.clock_timestamp()",
                "the column applied_at",
            ),
            (
                "ALTER TABLE {t} ALTER COLUMN batches SET DEFAULT 1",
                "the column batches",
            ),
            (
                "ALTER TABLE {t} ALTER COLUMN statements_done TYPE bigint",
                "the column statements_done",
            ),
            (
                "ALTER TABLE {t} ALTER COLUMN intent SET DEFAULT '{}', ALTER COLUMN batch_rows DROP NOT NULL",
                "the column intent",
            ),
            (
                "ALTER TABLE {t} ALTER COLUMN attempt SET GENERATED BY DEFAULT",
                "the column attempt",
            ),
        ],
    );
}

#[test]
fn events_that_were_changed() {
    check("pgstrata_history_events", ANY);
    check(
        "pgstrata_history_events",
        &[
            (
                "ALTER TABLE {t} DROP CONSTRAINT pgstrata_history_events_pkey",
                "lacks its index: primary attempt,action",
            ),
            (
                "CREATE TABLE public.refers (attempt bigint, action text, FOREIGN KEY (attempt, action) REFERENCES {t})",
                "the foreign key",
            ),
        ],
    );
}

#[test]
fn failures_that_were_changed() {
    check("pgstrata_history_failed", ANY);
}

/// Something else has the history's name; renamed as the error says, it is out of the way.
#[test]
fn what_is_no_table() {
    let mut failed = Vec::new();
    for (make, says) in [
        (
            "CREATE VIEW public.pgstrata_history AS SELECT public.note() AS version, 'applied'::text AS state, \
             ''::bytea AS up_checksum, ''::bytea AS down_checksum",
            "is a view",
        ),
        (
            "CREATE MATERIALIZED VIEW public.pgstrata_history AS SELECT 1::bigint AS version, 'applied'::text AS state, \
             ''::bytea AS up_checksum, ''::bytea AS down_checksum; \
             CREATE INDEX ON public.pgstrata_history (public.evil(1)); SELECT pg_catalog.setval('public.ran', 1, false)",
            "is a materialized view",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing; \
             CREATE FOREIGN TABLE public.pgstrata_history (version bigint) SERVER nowhere",
            "is a foreign table",
        ),
        (
            "CREATE TABLE public.pgstrata_history (version bigint, state text, up_checksum bytea, down_checksum bytea) \
             PARTITION BY LIST (version)",
            "is a partitioned table",
        ),
        ("CREATE SEQUENCE public.pgstrata_history", "is a sequence"),
        (
            "CREATE TYPE public.pgstrata_history AS (version bigint)",
            "is a type",
        ),
        (
            "CREATE INDEX pgstrata_history ON public.other (id)",
            "is an index",
        ),
    ] {
        let database = fresh_database();
        let mut client = database.connect();
        client.batch_execute(HOSTILE).expect("functions");
        client.batch_execute(make).expect(make);
        let refused = all_refuse(
            &mut client,
            three(),
            &["\"public\".\"pgstrata_history\"", says],
        );
        let repairs = refused.as_ref().map(repairs).unwrap_or_default();
        let ran = runs(&database);
        let repaired = repairs.iter().try_for_each(|it| client.batch_execute(it));
        let done = Migrator::new(three())
            .up(&mut client)
            .map(|it| it.steps.len());
        if refused.is_err() || ran != "0" || repaired.is_err() || done.as_ref().ok() != Some(&3) {
            let refused = refused.err();
            failed.push(format!(
                "{make}\n  {refused:?}, ran {ran}, {repairs:?} {repaired:?}, {done:?}"
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
