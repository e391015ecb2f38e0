//! A column in use is refused before the first write, for a program that embeds its migrations.

use std::path::Path;

use pgstrata::{Fault, Goal, Migrations, Migrator, Step};
use pgstrata_compiler::{Depth, compile};
use postgres::{Config, NoTls, Transaction};

use crate::encodings::database_in;
use crate::pooler::pooler;
use crate::support::{Database, assert_says, fresh_database};

const TABLE: &str = "CREATE TABLE customer (id int PRIMARY KEY, name text, n int);";
const ALTER: &str =
    "ALTER TABLE customer ADD COLUMN more int;\nALTER TABLE customer DROP COLUMN name;";

/// Lends a list as the macro makes it of these up files.
fn with_list<T>(ups: &[&str], task: impl FnOnce(&Migrations<'_>) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: String, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    for (up, number) in ups.iter().zip(1..) {
        write(format!("{number:04}_a.up.sql"), up);
        write(format!("{number:04}_a.down.sql"), "SELECT 1;");
    }
    let compiled = compile(Path::new(dir.path()), "migrations", Depth::Certain);
    assert!(!compiled.is_refused(), "{:#?}", compiled.rendered());
    pgstrata_tools::with_migrations(&compiled, task)
}

/// With the first file applied, and views on it.
fn prepared() -> Database {
    let database = fresh_database();
    prepare(&database);
    database
}

fn prepare(database: &Database) {
    with_list(&[TABLE], |list| {
        Migrator::new(list).up(&mut database.connect()).unwrap();
    });
    let views = "CREATE VIEW names AS SELECT name FROM customer; CREATE VIEW \"Over\" AS SELECT * FROM names";
    database.connect().batch_execute(views).unwrap();
}

const SAID: [&str; 5] = [
    "0002_a.up.sql:2: the column name of customer is used by the view public.names: write the first",
    ": write the first of these above the statement, here and in the down file, and the second below it; grants, comments and indexes go with what is dropped; if",
    "; if the script takes it out of the way by itself, say `Migrator::allow_in_use`:\nDROP VIEW public.\"Over\"; DROP VIEW public.names;\n",
    "CREATE VIEW public.names AS SELECT",
    "CREATE VIEW public.\"Over\" AS\n",
];

#[test]
fn it_is_refused_with_the_two_statements_and_nothing_is_written() {
    let database = prepared();
    with_list(&[TABLE, ALTER], |list| {
        let mut client = database.connect();
        for goal in [Goal::All, Goal::To(2), Goal::Steps(1), Goal::Only(2)] {
            let error = Migrator::new(list)
                .run(&mut client, goal, None)
                .unwrap_err();
            assert!(error.is_refused());
            assert_says(&error, &SAID);
            let [found] = error.findings() else {
                panic!("{error}")
            };
            assert!(
                matches!(found.fault, Fault::InUse { line: 2, .. }),
                "{found:?}"
            );
            let error = Migrator::new(list).plan(&mut client, goal).unwrap_err();
            assert_says(&error, &SAID);
        }
        assert_says(
            &Migrator::new(list)
                .single_transaction()
                .up(&mut client)
                .unwrap_err(),
            &SAID,
        );
        assert_eq!(database.applied(), "1");
        let failures = "SELECT count(*) FROM pgstrata_history_failed";
        assert_eq!(database.ask(failures), "0");
        let config: Config = database.url.parse().unwrap();
        let mut migrator = Migrator::new(list);
        let mut watched = migrator.connect(&config, NoTls).unwrap();
        assert_says(&migrator.up(&mut watched).unwrap_err(), &SAID);
        // The server agrees.
        let error = Migrator::new(list)
            .allow_in_use()
            .up(&mut client)
            .unwrap_err();
        assert_eq!(error.code(), Some("2BP01"));
        client.batch_execute("DROP VIEW names CASCADE").unwrap();
        Migrator::new(list).up(&mut client).unwrap();
        assert_eq!(database.applied(), "1 2");
    });
}

/// A trigger may take the view away before the statement that needs it gone.
#[test]
fn what_a_function_may_have_dropped_is_not_refused() {
    const INSERT: &str = "INSERT INTO customer VALUES (1, 'a', 1);";
    const REFRESH: &str = "REFRESH MATERIALIZED VIEW made;";
    const DROPS: &str = "CREATE FUNCTION frees() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN DROP VIEW IF EXISTS names CASCADE; RETURN NEW; END';
        CREATE TRIGGER frees AFTER INSERT ON customer FOR EACH ROW EXECUTE FUNCTION frees()";
    const TOUCHES: &str = "CREATE FUNCTION touches() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.n = 1; RETURN NEW; END';
        CREATE TRIGGER touches BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION touches();
        CREATE MATERIALIZED VIEW made AS SELECT 1 AS one";
    let own = format!("{INSERT}\n{ALTER}");
    let refreshed = format!("{REFRESH}\n{ALTER}");
    for (functions, files, is_refused) in [
        (DROPS, &[TABLE, &own][..], false),
        (DROPS, &[TABLE, INSERT, ALTER], false),
        // No row has changed before it.
        (DROPS, &[TABLE, ALTER, INSERT], true),
        (TOUCHES, &[TABLE, &own], true),
        (TOUCHES, &[TABLE, INSERT, ALTER], true),
        (TOUCHES, &[TABLE, &refreshed], true),
    ] {
        let database = prepared();
        let mut client = database.connect();
        client.batch_execute(functions).unwrap();
        with_list(files, |list| {
            let ran = Migrator::new(list).up(&mut client);
            match ran {
                Ok(_) => assert!(!is_refused, "{functions} {files:?}"),
                Err(error) => assert!(error.is_refused() && is_refused, "{files:?}: {error}"),
            }
            let applied = if is_refused { 1 } else { files.len() };
            assert_eq!(database.applied().split(' ').count(), applied);
        });
    }
}

#[test]
fn it_is_asked_behind_a_pooler() {
    let Some(pooler) = pooler() else { return };
    let mut client = pooler.connect();
    with_list(&[TABLE], |list| {
        Migrator::new(list).behind_pooler().up(&mut client).unwrap();
    });
    let views = "CREATE VIEW names AS SELECT name FROM customer; CREATE VIEW \"Over\" AS SELECT * FROM names";
    client.batch_execute(views).unwrap();
    with_list(&[TABLE, ALTER], |list| {
        let error = Migrator::new(list)
            .behind_pooler()
            .up(&mut client)
            .unwrap_err();
        assert_says(&error, &SAID);
    });
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn frees(_: &Step, transaction: &mut Transaction<'_>) -> Result<(), Cause> {
    Ok(transaction.batch_execute("DROP VIEW IF EXISTS names CASCADE")?)
}

#[test]
fn what_may_free_it_before_is_no_reason_to_refuse() {
    let database = prepared();
    with_list(&[TABLE, ALTER], |list| {
        let mut client = database.connect();
        let mut hook = frees;
        Migrator::new(list)
            .before_each(&mut hook)
            .up(&mut client)
            .unwrap();
    });
    for frees in [
        "DROP VIEW \"Over\", names;",
        "DO $$BEGIN EXECUTE 'DROP VIEW names CASCADE'; END$$;",
        "DROP VIEW names CASCADE;",
        "CREATE OR REPLACE VIEW \"Over\" AS SELECT 'a'::text AS name; CREATE OR REPLACE VIEW names AS SELECT 'a'::text AS name;",
    ] {
        for is_one_file in [true, false] {
            let database = prepared();
            let both = [frees, "\n", ALTER].concat();
            let files = if is_one_file {
                vec![TABLE, &*both]
            } else {
                vec![TABLE, frees, ALTER]
            };
            with_list(&files, |list| {
                Migrator::new(list).up(&mut database.connect()).unwrap();
            });
        }
    }
}

#[test]
fn what_is_not_there_frees_nothing() {
    let database = prepared();
    let drops = ["DROP VIEW IF EXISTS nothing, no_such.either;\n", ALTER].concat();
    with_list(&[TABLE, &drops], |list| {
        let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
        assert_says(
            &error,
            &["the column name of customer is used by the view public.names"],
        );
    });
}

/// What is not asked costs nothing, and what is in the way of the way back is not asked about.
#[test]
fn a_start_and_a_way_back_ask_nothing() {
    let database = fresh_database();
    with_list(&[TABLE, ALTER], |list| {
        let mut client = database.connect();
        Migrator::new(list).up(&mut client).unwrap();
        client
            .batch_execute("CREATE VIEW v AS SELECT more FROM customer")
            .unwrap();
        Migrator::new(list).up(&mut client).unwrap();
        Migrator::new(list).down(&mut client, 1).unwrap();
    });
    assert_eq!(database.applied(), "1");
}

#[test]
fn names_of_any_letters_and_schemas_that_a_role_may_not_use() {
    let odd = "CREATE SCHEMA \"S '\"; CREATE TABLE \"S '\".\"T \"\"\\\" (\"C {x} ü\" text);";
    let alter = "ALTER TABLE \"S '\".\"T \"\"\\\" ALTER \"C {x} ü\" TYPE varchar(9);";
    let database = fresh_database();
    with_list(&[odd], |list| {
        Migrator::new(list).up(&mut database.connect()).unwrap();
    });
    let view = "CREATE VIEW \"S '\".v AS SELECT * FROM \"S '\".\"T \"\"\\\"";
    database.connect().batch_execute(view).unwrap();
    with_list(&[odd, alter], |list| {
        let mut client = database.connect();
        let error = Migrator::new(list).up(&mut client).unwrap_err();
        assert_says(
            &error,
            &[
                "the column C {x} ü of S '.T \"\\ is used by the view \"S '\".v",
                "DROP VIEW \"S '\".v;\nCREATE VIEW \"S '\".v AS\n",
            ],
        );
    });
    // Of a missing schema and a missing table the statement speaks itself.
    with_list(
        &[
            odd,
            "ALTER TABLE no_such.t DROP COLUMN IF EXISTS a;\nALTER TABLE no_such_either DROP COLUMN a;",
        ],
        |list| {
            let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
            assert!(matches!(error.code(), Some("3F000" | "42P01")), "{error}");
        },
    );
}

#[test]
fn a_database_that_is_not_utf_8() {
    let database = database_in("LATIN1");
    prepare(&database);
    with_list(&[TABLE, ALTER], |list| {
        let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
        assert_says(&error, &SAID);
    });
    let lacks = "ALTER TABLE customer DROP COLUMN \"€\";";
    with_list(&[TABLE, lacks], |list| {
        let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
        let [found] = error.findings() else {
            panic!("{error}")
        };
        assert!(matches!(found.fault, Fault::Encoding { .. }), "{error}");
    });
    // Bytes of a definition that are no text.
    let database = database_in("SQL_ASCII");
    prepare(&database);
    let odd = "SET client_encoding = 'SQL_ASCII'; DO $$BEGIN EXECUTE E'CREATE VIEW odd AS SELECT name, ''\\xff''::text AS t FROM customer'; END$$";
    database.connect().batch_execute(odd).unwrap();
    with_list(&[TABLE, ALTER], |list| {
        let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
        assert_says(
            &error,
            &["the view public.names, the view public.odd:", "'?'::text"],
        );
    });
}
