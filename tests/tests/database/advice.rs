//! Each advice in each situation in which it is right, and none where none is.

use std::collections::BTreeSet;
use std::time::Duration;

use pgstrata::Migrator;
use postgres::Client;

use crate::support::{Database, LANGUAGE, cluster, fresh_database, migrations, source};

const TABLE: &str = include_str!("../../../runtime/src/advice.txt");

/// The code and the situations of a line, and a script that ends so. In `setup`, statements that were run
/// before by somebody else.
struct Case {
    line: &'static str,
    setup: &'static str,
    script: &'static str,
}

const fn case(line: &'static str, setup: &'static str, script: &'static str) -> Case {
    Case {
        line,
        setup,
        script,
    }
}

const ROWS: &str = "CREATE TABLE r (a int PRIMARY KEY, b int, c int); INSERT INTO r VALUES (1, NULL, 7), (2, 2, 7);
    CREATE TABLE s (a int REFERENCES r); INSERT INTO s VALUES (1); CREATE VIEW v AS SELECT a FROM r;
    CREATE DOMAIN d AS int CHECK (VALUE > 0); CREATE TABLE u (a d); INSERT INTO u VALUES (1);
    CREATE TYPE mood AS ENUM ('so'); CREATE TABLE p (a int) PARTITION BY LIST (a);";

const ANNULLED: &str = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014', MESSAGE = 'annulation de la requête'; END $$;";

const CASES: [Case; 77] = [
    case(
        "0A000 ATExecAlterColumnType",
        ROWS,
        "ALTER TABLE r ALTER a TYPE bigint;",
    ),
    case(
        "23502 ATRewriteTable",
        ROWS,
        "ALTER TABLE r ALTER b SET NOT NULL;",
    ),
    case(
        "23502 ATRewriteTable",
        ROWS,
        "ALTER TABLE r ADD d int NOT NULL;",
    ),
    case(
        "23502 ATRewriteTable",
        "CREATE DOMAIN e AS int; CREATE TABLE f (a e); INSERT INTO f VALUES (NULL)",
        "ALTER DOMAIN e SET NOT NULL;",
    ),
    case(
        "23514 ATRewriteTable",
        "CREATE TABLE q (a int) PARTITION BY LIST (a); CREATE TABLE rest PARTITION OF q DEFAULT; INSERT INTO q VALUES (1)",
        "CREATE TABLE one PARTITION OF q FOR VALUES IN (1);",
    ),
    case("42704 DropRole", "", "DROP ROLE nosuch_role_of_the_advice;"),
    case("23502 *", ROWS, "INSERT INTO r VALUES (NULL);"),
    case("23503 *", ROWS, "INSERT INTO s VALUES (9);"),
    case("23503 *", ROWS, "DELETE FROM r WHERE a = 1;"),
    case(
        "23503 *",
        ROWS,
        "ALTER TABLE r ADD FOREIGN KEY (c) REFERENCES r;",
    ),
    case(
        "23505 comparetup_index_btree",
        ROWS,
        "CREATE UNIQUE INDEX ON r (c);",
    ),
    case(
        "23505 comparetup_index_btree",
        ROWS,
        "ALTER TABLE r ADD UNIQUE (c);",
    ),
    case("23505 _bt_check_unique", ROWS, "INSERT INTO r VALUES (1);"),
    case("23505 _bt_check_unique", ROWS, "UPDATE r SET a = 1;"),
    case(
        "23514 ATRewriteTable",
        ROWS,
        "ALTER TABLE r ADD CHECK (c < 7);",
    ),
    case(
        "23514 ATRewriteTable",
        ROWS,
        "ALTER DOMAIN d ADD CHECK (VALUE > 1);",
    ),
    case("23514 ExecFindPartition", ROWS, "INSERT INTO p VALUES (1);"),
    case("23514 *", ROWS, "SELECT 0::d;"),
    case(
        "23514 *",
        ROWS,
        "ALTER TABLE r ADD CHECK (c < 7) NOT VALID; INSERT INTO r VALUES (3, 3, 8);",
    ),
    case(
        "25001 call_bool",
        "",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
    ),
    case(
        "25001 call_bool",
        "",
        "SAVEPOINT a; SET TRANSACTION READ WRITE; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;",
    ),
    case("25001 *", ROWS, "CREATE INDEX CONCURRENTLY ON r (b);"),
    case("25001 *", ROWS, "VACUUM r;"),
    case(
        "25006 *",
        "SET default_transaction_read_only = on",
        "SELECT 1;",
    ),
    case(
        "2BP01 DropRole",
        "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}",
        "DROP ROLE {role};",
    ),
    case("2BP01 *", ROWS, "DROP TABLE r;"),
    case("2BP01 *", ROWS, "ALTER TABLE r DROP COLUMN a;"),
    case("2D000 *", "", "DO $$ BEGIN COMMIT; END $$;"),
    case(
        "3F000 QualifiedNameGetCreationNamespace",
        "SET search_path = ''",
        "CREATE TABLE x (a int);",
    ),
    case(
        "3F000 QualifiedNameGetCreationNamespace",
        "SET search_path = nowhere",
        "CREATE TYPE x AS ENUM ();",
    ),
    case(
        "3F000 QualifiedNameGetCreationNamespace",
        "SET search_path = nowhere",
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    case("3F000 *", "", "CREATE TABLE nowhere.x (a int);"),
    case("3F000 *", "", "DROP SCHEMA nowhere;"),
    case(
        "40001 *",
        "",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$;",
    ),
    case(
        "40P01 *",
        "",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$;",
    ),
    case(
        "42501 ExecWithCheckOptions",
        "CREATE ROLE {role}; CREATE TABLE w (a int); ALTER TABLE w ENABLE ROW LEVEL SECURITY; GRANT ALL ON w TO {role}",
        "SET LOCAL ROLE {role}; INSERT INTO w VALUES (1);",
    ),
    case(
        "42501 aclcheck_error",
        "CREATE ROLE {role}; CREATE TABLE w (a int)",
        "SET LOCAL ROLE {role}; SELECT * FROM w;",
    ),
    case(
        "42501 aclcheck_error",
        "CREATE ROLE {role}; CREATE TABLE w (a int)",
        "SET LOCAL ROLE {role}; ALTER TABLE w ADD b int;",
    ),
    case(
        "42501 *",
        "CREATE ROLE {role}",
        "SET LOCAL ROLE {role}; CREATE ROLE another;",
    ),
    case(
        "42501 *",
        "CREATE ROLE {role}",
        "SET LOCAL ROLE {role}; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION nope();",
    ),
    case(
        "42501 execute_extension_script",
        "CREATE ROLE {role}",
        "SET LOCAL ROLE {role}; CREATE EXTENSION pg_buffercache;",
    ),
    case("0A000 parse", "", "CREATE EXTENSION nope;"),
    case("25P02 *", "{failed}", "SELECT 1;"),
    case("22021 *", "", "SELECT convert_from('\\xff', 'UTF8');"),
    case(
        "22P05 *",
        "",
        "SELECT convert('\\xe282ac', 'UTF8', 'LATIN1');",
    ),
    // As a server says it that speaks another language: then what the run knows decides.
    case("57014 knows=others", "", ANNULLED),
    case(
        "57014 knows=limit",
        "{limit}",
        "SET LOCAL statement_timeout = 0; DO $$ BEGIN PERFORM pg_sleep(0.3); RAISE EXCEPTION USING ERRCODE = '57014', MESSAGE = 'annulation de la requête'; END $$;",
    ),
    case(
        "57014 knows=deadline",
        "{deadline}",
        "SET LOCAL statement_timeout = 0; DO $$ BEGIN PERFORM pg_sleep(0.6); RAISE EXCEPTION USING ERRCODE = '57014', MESSAGE = 'annulation de la requête'; END $$;",
    ),
    // In any language.
    case("57014 knows=deadline", "{deadline}", "SELECT pg_sleep(9);"),
    case("42701 *", ROWS, "ALTER TABLE r ADD b int;"),
    case("42703 *", ROWS, "SELECT nope FROM r;"),
    case("42703 *", ROWS, "ALTER TABLE r DROP nope;"),
    case("42704 find_option", "", "SET LOCAL nope = 1;"),
    case("42704 DropRole", ROWS, "GRANT SELECT ON r TO nope;"),
    case("42704 typenameType", ROWS, "CREATE TABLE x (a nope);"),
    case("42704 *", ROWS, "DROP INDEX nope;"),
    case("42704 *", ROWS, "ALTER TABLE r DROP CONSTRAINT nope;"),
    case("42710 CreateExtension", "", "CREATE EXTENSION plpgsql;"),
    case(
        "42710 CreateRole",
        "CREATE ROLE {role}",
        "CREATE ROLE {role};",
    ),
    case("42710 *", ROWS, "CREATE TYPE mood AS ENUM ('a');"),
    case(
        "42883 op_error",
        "",
        "SELECT '0a0a0a0a-0000-0000-0000-000000000000'::uuid > 1::bigint;",
    ),
    case("42883 *", "", "SELECT nope(1);"),
    case(
        "42883 *",
        ROWS,
        "CREATE TRIGGER t BEFORE INSERT ON r FOR EACH ROW EXECUTE FUNCTION nope();",
    ),
    case("42P01 *", "", "SELECT * FROM nope;"),
    case("42P01 *", "", "SELECT * FROM nowhere.nope;"),
    case("42P06 *", "", "CREATE SCHEMA public;"),
    case("42P07 *", ROWS, "CREATE TABLE r (a int);"),
    case("42P07 *", ROWS, "CREATE INDEX r_pkey ON r (b);"),
    case("55P03 *", "{lock}", "LOCK TABLE held NOWAIT;"),
    case("55P03 ProcessInterrupts", "{lock}", "LOCK TABLE held;"),
    case(
        "55P04 *",
        ROWS,
        "ALTER TYPE mood ADD VALUE 'new'; SELECT 'new'::mood;",
    ),
    case(
        "57014 says=statement_timeout",
        "",
        "SET LOCAL statement_timeout = 10; SELECT pg_sleep(9);",
    ),
    case(
        "57014 says=user_request",
        "",
        "SELECT pg_cancel_backend(pg_backend_pid()); SELECT pg_sleep(9);",
    ),
    case(
        "58P01 internal_load_library",
        "",
        "CREATE FUNCTION x() RETURNS int LANGUAGE c AS 'nope', 'x';",
    ),
    case("58P01 internal_load_library", "", "LOAD 'nope';"),
    // No advice would be right.
    case("22012", "", "SELECT 1 / 0;"),
    case("42601", "", "SELECT * FRO x;"),
];

/// The whole advice of the line that begins so.
fn advice(begin: &str) -> Option<&'static str> {
    let line = TABLE.lines().find(|line| line.starts_with(begin))?;
    line.splitn(3, ' ').nth(2)
}

fn run(database: &Database, client: &mut Client, case: &Case) -> String {
    let role = format!("advised_{}", database.ask("SELECT current_database()"));
    let fill = |text: &str| text.replace("{role}", &role);
    let mut holder = database.connect();
    match case.setup {
        "{lock}" => {
            holder.batch_execute("CREATE TABLE held ()").unwrap();
            holder.batch_execute("BEGIN; LOCK TABLE held").unwrap();
        }
        "{failed}" => {
            client.batch_execute("BEGIN; SELECT 1 / 0").unwrap_err();
        }
        "{limit}" | "{deadline}" => {}
        setup => client.batch_execute(&fill(setup)).unwrap(),
    }
    let script = fill(case.script);
    let list = migrations([source("0001_case", &script, "SELECT 1;")]);
    let mut migrator = Migrator::new(list)
        .lock_timeout(Duration::from_millis(50))
        .retry_deadline(Duration::from_millis(200));
    migrator = match case.setup {
        "{limit}" => migrator.statement_timeout(Duration::from_millis(200)),
        "{deadline}" => migrator.deadline(Duration::from_millis(500)),
        _ => migrator,
    };
    let said = migrator.up(client).unwrap_err().to_string();
    drop(holder);
    let drop_role = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    let _ = database.connect().batch_execute(&drop_role);
    said
}

#[test]
fn each_is_right_where_it_is_given() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in &CASES {
        let database = fresh_database();
        let said = run(&database, &mut database.connect(), case);
        let found = said
            .lines()
            .find_map(|line| line.strip_prefix("  advice: "));
        let code = &case.line[..5];
        // Before 15 the missing file was the error.
        let is_old = cluster().server_version() < "15" && case.line == "0A000 parse";
        let (code, line) = if is_old {
            ("58P01", "58P01 parse")
        } else {
            (code, case.line)
        };
        // Only English words tell these apart.
        let is_said = std::env::var(LANGUAGE).is_ok() && line.starts_with("57014 says=");
        let wanted = advice(if is_said { "57014 knows=others" } else { line });
        if found != wanted || !said.contains(&format!(" {code}: ")) {
            wrong.push(format!(
                "{}\n{}\nwanted: {wanted:?}\n{said}",
                case.line, case.script
            ));
        }
        seen.extend(advice(line));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let all = TABLE.lines().filter_map(|line| line.splitn(3, ' ').nth(2));
    let unseen: Vec<&str> = all.filter(|line| !seen.contains(line)).collect();
    assert_eq!(unseen, [""; 0]);
}
