//! A database that is not in UTF-8: what its encoding lacks is refused before the first write, and
//! what has bytes of another encoding ends in an error that says where, and what to do.

use pgstrata::{Error, Fault, Goal, Migrations, Migrator};

use crate::support::{
    Database, Source, ask, assert_says, cluster, fresh_database, migrations, source, up,
    with_repeatables,
};

/// A database of its own, in this encoding.
pub(crate) fn database_in(encoding: &str) -> Database {
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let mut home = cluster()
        .config("postgres")
        .connect(postgres::NoTls)
        .unwrap();
    for sql in [
        format!("DROP DATABASE {name}"),
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"),
    ] {
        home.batch_execute(&sql).unwrap();
    }
    database
}

fn first() -> Source {
    source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
}

fn followed_by(second: Source) -> &'static Migrations<'static> {
    migrations([first(), second])
}

#[track_caller]
fn refused(database: &Database, list: &'static Migrations<'static>, says: &[&str]) {
    let error = up(database, list).unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert_says(&error, says);
    nothing_is_written(database);
}

#[track_caller]
fn nothing_is_written(database: &Database) {
    let written = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(database.ask(written), "0");
}

const WAY_ON: &str =
    "write it without that character, or migrate a database that was made with ENCODING 'UTF8'";

#[test]
fn a_character_that_the_encoding_lacks_is_refused_wherever_it_stands() {
    let plain = || source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;");
    let cases = [
        (
            followed_by(source(
                "0002_b",
                "CREATE TABLE b (id int);\nCOMMENT ON TABLE b IS '5 €';",
                "DROP TABLE b;",
            )),
            "0002_b.up.sql:2:26: ",
        ),
        (
            followed_by(
                source(
                    "0002_b",
                    "CREATE TABLE b (id int);\nCOMMENT ON TABLE b IS '5 €';",
                    "DROP TABLE b;",
                )
                .no_transaction(),
            ),
            "0002_b.up.sql:2:26: ",
        ),
        (
            followed_by(source(
                "0002_b",
                "CREATE TABLE b -- costs €\n (id int);",
                "DROP TABLE b;",
            )),
            "0002_b.up.sql:1:25: ",
        ),
        // What is stored is the whole file.
        (
            followed_by(source(
                "0002_b",
                "CREATE TABLE b (id int);",
                "-- größer: €\nDROP TABLE b;",
            )),
            "0002_b.down.sql:1:12: ",
        ),
        (
            followed_by(source("0002_b", "CREATE TABLE b (id int);", "").irreversible("costs €")),
            "0002_b.down.sql: ",
        ),
        (
            followed_by(plain().verify("SELECT '€';")),
            "0002_b.verify.sql:1:9: ",
        ),
        (
            with_repeatables(
                followed_by(plain()),
                &[("v", "CREATE OR REPLACE VIEW v AS\nSELECT '€' AS euro")],
            ),
            "repeatable/v.sql:2:9: ",
        ),
    ];
    for (list, place) in cases {
        let database = database_in("LATIN1");
        let what = "the database's encoding LATIN1 lacks the character € (U+20AC)";
        refused(&database, list, &[&[place, what].concat(), WAY_ON]);
    }
}

#[test]
fn each_file_is_named_and_each_encoding_has_its_own() {
    let list = || {
        migrations([
            source("0001_a", "SELECT 'é', 'あ', '€';", "SELECT 'あ';"),
            source("0002_b", "SELECT 'あ';", "SELECT 1;"),
        ])
    };
    for (encoding, lacking) in [
        (
            "LATIN1",
            &[
                "0001_a.up.sql:1:14: ",
                "0001_a.down.sql:1:9: ",
                "0002_b.up.sql:1:9: ",
            ][..],
        ),
        (
            "WIN1252",
            &[
                "0001_a.up.sql:1:14: ",
                "0001_a.down.sql:1:9: ",
                "0002_b.up.sql:1:9: ",
            ],
        ),
        ("EUC_JP", &["0001_a.up.sql:1:19: "]),
        (
            "LATIN9",
            &[
                "0001_a.up.sql:1:14: ",
                "0001_a.down.sql:1:9: ",
                "0002_b.up.sql:1:9: ",
            ],
        ),
    ] {
        let database = database_in(encoding);
        let error = up(&database, list()).unwrap_err();
        let is_lacking = |fault: &Fault| matches!(fault, Fault::Encoding { .. });
        assert!(
            error.findings().iter().all(|it| is_lacking(&it.fault)),
            "{error}"
        );
        assert_eq!(error.findings().len(), lacking.len(), "{encoding}: {error}");
        assert_says(&error, lacking);
        assert_says(&error, &[encoding]);
        nothing_is_written(&database);
    }
}

#[test]
fn what_the_encoding_has_is_applied_stored_and_rolled_back() {
    let list = || {
        let second = source(
            "0002_b",
            // What is between the statements is not sent.
            "-- costs €\nCREATE TABLE größe (id int);\nCOMMENT ON TABLE größe IS 'é';",
            "-- größe\nDROP TABLE größe;",
        );
        followed_by(second)
    };
    for encoding in ["LATIN1", "WIN1252", "LATIN9", "UTF8", "SQL_ASCII", "EUC_JP"] {
        let database = database_in(encoding);
        up(&database, list()).unwrap();
        let bytes = match encoding {
            "UTF8" | "SQL_ASCII" => "\\xc3a9",
            "EUC_JP" => "\\x8fabb1",
            _ => "\\xe9",
        };
        let comment = "SELECT convert_to(obj_description((SELECT oid FROM pg_class \
                       WHERE relname LIKE 'gr%')), getdatabaseencoding()::name)";
        assert_eq!(database.ask(comment), bytes, "{encoding}");
        assert!(up(&database, list()).unwrap().is_empty());
        // A program without the file runs what is stored.
        let mut client = database.connect();
        let down = Migrator::new(migrations([first()]))
            .stored_down(pgstrata::StoredDown::Trust)
            .down(&mut client, 1);
        assert_eq!(down.unwrap().steps.len(), 1, "{encoding}");
        assert_eq!(database.applied(), "1");
        up(&database, list()).unwrap();
    }
}

#[test]
fn a_plan_says_it_too_and_leaves_the_callers_transaction_whole() {
    let database = database_in("LATIN1");
    let list = followed_by(source("0002_b", "SELECT '€';", "SELECT 1;"));
    // What does not run is no obstacle.
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    client.batch_execute("BEGIN; CREATE TABLE mine ()").unwrap();
    let error = Migrator::new(list)
        .plan(&mut client, Goal::All)
        .unwrap_err();
    assert_says(&error, &["0002_b.up.sql:1:9: ", "U+20AC"]);
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(database.ask("SELECT to_regclass('mine')"), "mine");
}

#[test]
fn a_reason_with_such_a_character_is_refused() {
    let database = database_in("LATIN1");
    let error = Migrator::new(followed_by(source("0002_b", "SELECT 1;", "SELECT 1;")))
        .run(
            &mut database.connect(),
            Goal::Baseline(2),
            Some("made by hand for 5 €"),
        )
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert_says(&error, &["the reason: ", "LATIN1", "€ (U+20AC)"]);
    nothing_is_written(&database);
}

/// Text with the byte E9, which is no UTF-8, on a server that takes any byte.
const ODD: &str = "convert_from('\\x61e962', 'SQL_ASCII')";

#[test]
fn odd_bytes_in_what_the_server_says_end_at_their_statement() {
    let raise = |how: &str| format!("DO $$BEGIN RAISE {how} 'odd %', {ODD}; END$$");
    let twice = format!("INSERT INTO b VALUES ({ODD}), ({ODD})");
    for statement in [raise("EXCEPTION"), raise("NOTICE"), twice] {
        let database = database_in("SQL_ASCII");
        let up_sql = format!("CREATE TABLE b (t text PRIMARY KEY);\n{statement};");
        let list = followed_by(source("0002_b", &up_sql, "DROP TABLE b;"));
        let error = up(&database, list).unwrap_err();
        assert_says(
            &error,
            &[
                "0002_b.up.sql:2:1, statement 2 of 2",
                "22021",
                "advice: ",
                "log",
            ],
        );
        assert_eq!(database.applied(), "1");
        assert_eq!(database.ask("SELECT to_regclass('b')"), "NULL");
    }
}

#[test]
fn a_session_in_another_encoding_is_refused_by_name() {
    for (server, client, is_refused) in [
        ("UTF8", "LATIN1", true),
        ("LATIN1", "LATIN1", true),
        ("LATIN1", "SQL_ASCII", true),
        ("UTF8", "WIN1252", true),
        // Nothing is converted.
        ("UTF8", "SQL_ASCII", false),
        ("SQL_ASCII", "SQL_ASCII", false),
        ("SQL_ASCII", "UTF8", false),
    ] {
        let database = database_in(server);
        let mut session = database.connect();
        session
            .batch_execute(&format!("SET client_encoding = '{client}'"))
            .unwrap();
        let list = migrations([source(
            "0001_a",
            "CREATE TABLE größe (id int);",
            "DROP TABLE größe;",
        )]);
        let ran = Migrator::new(list).up(&mut session);
        assert_eq!(
            ran.as_ref().is_err_and(Error::is_refused),
            is_refused,
            "{server} {client}: {ran:?}"
        );
        if let Err(error) = ran {
            assert_says(
                &error,
                &["client_encoding", client, "SET client_encoding = 'UTF8'"],
            );
            nothing_is_written(&database);
            assert_eq!(ask(&mut session, "SHOW client_encoding"), client);
        }
    }
}

#[test]
fn an_encoding_of_role_database_or_options_does_not_reach_the_script() {
    let list = || {
        migrations([source(
            "0001_a",
            "CREATE TABLE größe (id int);",
            "DROP TABLE größe;",
        )])
    };
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET client_encoding = 'LATIN1'"
        ))
        .unwrap();
    up(&database, list()).unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 'größe'";
    assert_eq!(database.ask(tables), "1");
    let database = fresh_database();
    let mut config: postgres::Config = database.url.parse().unwrap();
    config.options("-c client_encoding=LATIN1");
    let mut client = config.connect(postgres::NoTls).unwrap();
    Migrator::new(list()).up(&mut client).unwrap();
    assert_eq!(database.ask(tables), "1");
}
