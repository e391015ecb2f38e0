//! A database for each test: fresh, apart from others, and gone afterwards.

use std::thread;

use pgstrata_tools::TestDatabase;
use postgres::{Client, NoTls};

mod schema {
    pgstrata::embed_migrations!("../migrations");
}

fn database() -> TestDatabase {
    TestDatabase::new(&schema::MIGRATIONS).expect("a database")
}

fn connect(database: &TestDatabase) -> Client {
    database.config().connect(NoTls).expect("a connection")
}

fn count(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).expect("a count").get(0)
}

const HISTORY: &str = "SELECT count(*) FROM pgstrata_history";

#[test]
fn each_test_has_its_own() {
    let (first, second) = (database(), database());
    assert_ne!(first.url(), second.url());
    let (mut one, mut other) = (connect(&first), connect(&second));
    let all = i64::try_from(schema::MIGRATIONS.list.len()).expect("a number");
    assert_eq!(count(&mut one, HISTORY), all);
    one.batch_execute("CREATE TABLE mine (id bigint)").expect("a table");
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 'mine'";
    assert_eq!((count(&mut one, tables), count(&mut other, tables)), (1, 0));
    Client::connect(first.url(), NoTls).expect("the address is one for any client");
}

#[test]
fn it_is_gone_afterwards_whoever_is_connected() {
    let (gone, stays) = (database(), database());
    let mut client = connect(&gone);
    let name: String =
        client.query_one("SELECT current_database()::text", &[]).expect("a name").get(0);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(count(&mut connect(&stays), &left), 1);
    drop(gone);
    assert_eq!(count(&mut connect(&stays), &left), 0);
    client.simple_query("SELECT 1").expect_err("the connection was closed");
}

#[test]
fn tests_may_run_side_by_side() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(count(&mut connect(&database()), HISTORY) > 0));
        }
    });
}

#[test]
fn it_can_be_made_inside_an_async_runtime() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = runtime.block_on(async { database().url().to_owned() });
    assert!(url.starts_with("postgres"), "{url}");
}

#[test]
fn what_is_there_before_can_be_made_and_may_fail() {
    let made = TestDatabase::after("CREATE TABLE other (id bigint)", &schema::MIGRATIONS);
    assert_eq!(count(&mut connect(&made.expect("a database")), "SELECT count(*) FROM other"), 0);
    let refused = TestDatabase::after("CREATE TABLE other (id nothing)", &schema::MIGRATIONS);
    let refused = refused.expect_err("no such type").to_string();
    assert!(refused.contains("type \"nothing\" does not exist"), "{refused}");
    let taken = "CREATE TABLE workflow_executions (id bigint)";
    let refused = TestDatabase::after(taken, &schema::MIGRATIONS).expect_err("it is there");
    let refused = refused.to_string();
    assert!(refused.contains("0001_create_workflow_executions"), "{refused}");
}
