//! What `newer-postgres` says of a statement, compared with the parsers of servers: what the newest one
//! takes and an older one refuses is found, and nothing else.

use pgstrata_compiler::feature::newer;
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

const STATEMENTS: &str = include_str!("statements.sql");

/// Raises before anything runs: the server has read the whole string by then.
const SENTINEL: &str = include_str!("../../../xtask/src/checking/check/sentinel.sql");

/// What the parser of an older server reads, and the server refuses later, or takes for a number and a name.
const LATER: [&str; 6] = [
    "CREATE UNLOGGED SEQUENCE s",
    "SELECT JSON_OBJECT()",
    "SELECT json_exists(a, '$')",
    "SELECT 1_000",
    "SELECT 0xFF",
    "SELECT 0b11",
];

/// Of a hundred statements that only newer servers take so many are found at least.
const FOUND: usize = 95;

fn reads(client: &mut Client, sql: &str) -> bool {
    let error = client
        .batch_execute(&format!("{SENTINEL}\n{sql}"))
        .expect_err("the sentinel raises");
    match error.code().expect("an error of the server").code() {
        "PGS00" => true,
        // Some forms the grammar reads and refuses in the same breath.
        "42601" | "0A000" => false,
        other => panic!("{other} on {sql}"),
    }
}

fn server(major: u32) -> (Cluster, Client) {
    let cluster = Cluster::start(Some(major)).expect("a throw-away server");
    let client = Client::connect(&cluster.url("postgres"), NoTls).expect("a connection");
    (cluster, client)
}

fn compare(major: u16) {
    let split = split("statements.sql", STATEMENTS);
    let (newest, mut new) = server(18);
    let (oldest, mut old) = server(u32::from(major));
    let (mut all, mut missed, mut wrong) = (0, Vec::new(), Vec::new());
    for range in split.statements {
        let statement = Statement::new(STATEMENTS, &split.tokens[range]);
        let sql = statement.span().of(STATEMENTS);
        assert!(reads(&mut new, sql), "PostgreSQL 18 refuses {sql}");
        let is_newer = !reads(&mut old, sql);
        let is_found = !newer(statement, major).is_empty();
        all += usize::from(is_newer);
        match (is_newer, is_found) {
            (true, false) => missed.push(sql),
            (false, true) if !LATER.contains(&sql) => wrong.push(sql),
            _ => {}
        }
    }
    println!(
        "{major}: {} of {all} found, {} wrong",
        all - missed.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{major} takes: {wrong:#?}");
    let is_enough = (all - missed.len()) * 100 >= all * FOUND;
    assert!(all > 20 && is_enough, "{major} refuses: {missed:#?}");
    oldest.stop().expect("the end of the server");
    newest.stop().expect("the end of the server");
}

#[test]
fn what_postgresql_13_does_not_read_is_found() {
    compare(13);
}

#[test]
fn what_postgresql_15_does_not_read_is_found() {
    compare(15);
}
