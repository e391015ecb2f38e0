//! An extension that is optional is left out where the server does not have it, and recorded so.

use pgstrata::What;

use crate::support::{assert_says, fresh_database, migrations, source, up};

#[test]
fn it_is_left_out_and_recorded() {
    let database = fresh_database();
    let sql = "CREATE TABLE a (id int);\nCREATE EXTENSION\n  nix;\nCREATE EXTENSION plpgsql_x;\nSELECT 1;";
    let one =
        source("0001_a", sql, "DROP TABLE a;").special(1, What::Optional { extension: "nix" });
    let list = migrations([one]);
    let error = up(&database, list).unwrap_err();
    assert_says(&error, &["0001_a.up.sql:4:1, statement 3 of 4", "plpgsql_x"]);

    let sql = "CREATE TABLE a (id int);\nCREATE EXTENSION nix;\nSELECT 1;";
    let one =
        source("0001_a", sql, "DROP TABLE a;").special(1, What::Optional { extension: "nix" });
    up(&database, migrations([one])).unwrap();
    assert_eq!(database.applied(), "1");
    let skipped = "SELECT action || ': ' || reason FROM public.pgstrata_history_events WHERE reason IS NOT NULL";
    assert_eq!(
        database.ask(skipped),
        "skipped statement 2: the server does not have the extension nix"
    );
}

#[test]
fn one_that_is_there_is_not_left_out() {
    let database = fresh_database();
    let sql = "COMMENT ON EXTENSION plpgsql IS 'old';\nALTER EXTENSION plpgsql UPDATE;";
    let one = source("0001_a", sql, "SELECT 1;");
    up(&database, migrations([one.special(1, What::Optional { extension: "plpgsql" })])).unwrap();
    let skipped = "SELECT count(*) FROM public.pgstrata_history_events WHERE reason IS NOT NULL";
    assert_eq!(database.ask(skipped), "0");
}

/// As its file has it, and what comes behind it on the same line, too.
#[test]
fn its_place_is_that_of_the_statement_that_was_written() {
    let plpgsql = What::Optional { extension: "plpgsql" };
    let fails = |sql| {
        let one = source("0001_a", sql, "SELECT 1;").special(0, plpgsql);
        up(&fresh_database(), migrations([one])).unwrap_err()
    };
    let error = fails("ALTER EXTENSION plpgsql\n  UPDATE TO 'nix'; SELECT 2;");
    assert_says(&error, &["0001_a.up.sql:1:1, statement 1 of 2\n  | ALTER EXTENSION plpgsql\n"]);
    let error = fails("ALTER EXTENSION plpgsql UPDATE; SELECT nix;");
    assert_says(&error, &["0001_a.up.sql:1:40, statement 2 of 2\n  | SELECT nix\n"]);
}
