//! An extension that is optional is left out where the server does not have it, and recorded so.

use pgstrata::embedded::StatementOptionKind;
use pgstrata::{Event, Goal, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, up};

#[test]
fn it_is_left_out_and_recorded() {
    let database = fresh_database();
    let sql = "CREATE TABLE a (id int);\nCREATE EXTENSION\n  nix;\nCREATE EXTENSION plpgsql_x;\nSELECT 1;";
    let one = source("0001_a", sql, "DROP TABLE a;")
        .special(1, StatementOptionKind::Optional { extension: "nix" });
    let list = migrations([one]);
    let error = up(&database, list).unwrap_err();
    assert_says(
        &error,
        &["0001_a.up.sql:4:1, statement 3 of 4", "plpgsql_x"],
    );

    let sql = "CREATE TABLE a (id int);\nCREATE EXTENSION nix;\nSELECT 1;";
    let one = source("0001_a", sql, "DROP TABLE a;")
        .special(1, StatementOptionKind::Optional { extension: "nix" });
    up(&database, migrations([one])).unwrap();
    assert_eq!(database.applied(), "1");
    let skipped = "SELECT action || ': ' || reason FROM public.pgstrata_history_events WHERE reason IS NOT NULL";
    assert_eq!(
        database.ask(skipped),
        "skipped statement 2: the server does not have the extension nix"
    );
}

/// The same on a borrowed connection and on one of our own.
#[test]
fn it_is_planned_told_and_reported() {
    let sql = "CREATE EXTENSION plpgsql_x;\nCREATE EXTENSION nix;\nSELECT 1;";
    for is_ours in [false, true] {
        let database = fresh_database();
        let one = source("0001_a", sql, "SELECT 1;");
        let one = one.special(
            0,
            StatementOptionKind::Optional {
                extension: "plpgsql_x",
            },
        );
        let list = migrations([one.special(1, StatementOptionKind::Optional { extension: "nix" })]);
        let mut told = Vec::new();
        let mut observer = |event: &Event<'_>| match event {
            Event::Skipped {
                step,
                statement,
                extension,
            } => {
                told.push(format!("{} {statement} {extension}", step.label));
            }
            Event::Notice { notice, .. } => panic!("{notice:?}"),
            _ => {}
        };
        let mut migrator = Migrator::new(list).observe(&mut observer);
        let mut client = if is_ours {
            migrator
                .connect(&database.url.parse().unwrap(), postgres::NoTls)
                .unwrap()
        } else {
            database.connect()
        };
        let plan = migrator.plan(&mut client, Goal::All).unwrap().to_string();
        let left_out = "without statement 2: the server does not have the extension nix";
        assert!(plan.starts_with("apply 0001_a (3 statements)\n"), "{plan}");
        assert!(plan.ends_with(left_out), "{plan}");
        let report = migrator.up(&mut client).unwrap();
        assert!(report.to_string().contains(left_out), "{report}");
        let skipped: Vec<_> = report
            .steps
            .iter()
            .flat_map(|step| step.skipped.clone())
            .collect();
        assert_eq!(
            skipped,
            [(1, "plpgsql_x".to_owned()), (2, "nix".to_owned())]
        );
        drop(migrator);
        assert_eq!(told, ["0001_a 1 plpgsql_x", "0001_a 2 nix"]);
    }
}

#[test]
fn one_that_is_there_is_not_left_out() {
    let database = fresh_database();
    let sql = "COMMENT ON EXTENSION plpgsql IS 'old';\nALTER EXTENSION plpgsql UPDATE;";
    let one = source("0001_a", sql, "SELECT 1;");
    up(
        &database,
        migrations([one.special(
            1,
            StatementOptionKind::Optional {
                extension: "plpgsql",
            },
        )]),
    )
    .unwrap();
    let skipped = "SELECT count(*) FROM public.pgstrata_history_events WHERE reason IS NOT NULL";
    assert_eq!(database.ask(skipped), "0");
}

/// As its file has it, and what comes behind it on the same line, too.
#[test]
fn its_place_is_that_of_the_statement_that_was_written() {
    let plpgsql = StatementOptionKind::Optional {
        extension: "plpgsql",
    };
    let fails = |sql| {
        let one = source("0001_a", sql, "SELECT 1;").special(0, plpgsql);
        up(&fresh_database(), migrations([one])).unwrap_err()
    };
    let error = fails("ALTER EXTENSION plpgsql\n  UPDATE TO 'nix'; SELECT 2;");
    assert_says(
        &error,
        &["0001_a.up.sql:1:1, statement 1 of 2\n  | ALTER EXTENSION plpgsql\n"],
    );
    let error = fails("ALTER EXTENSION plpgsql UPDATE; SELECT nix;");
    assert_says(
        &error,
        &["0001_a.up.sql:1:40, statement 2 of 2\n  | SELECT nix\n"],
    );
}
