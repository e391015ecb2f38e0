//! A database for each test: fresh, apart from others, and gone afterwards.

use std::process::{Command, Stdio};
use std::thread;

use pgstrata_testing::TestDatabase;
use pgstrata_testing::cluster::Cluster;
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
    let all = i64::try_from(schema::MIGRATIONS.iter().count()).expect("a number");
    assert_eq!(count(&mut one, HISTORY), all);
    one.batch_execute("CREATE TABLE mine (id bigint)")
        .expect("a table");
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 'mine'";
    assert_eq!((count(&mut one, tables), count(&mut other, tables)), (1, 0));
    Client::connect(first.url(), NoTls).expect("the address is one for any client");
}

#[test]
fn it_is_gone_afterwards_whoever_is_connected() {
    let (gone, stays) = (database(), database());
    let mut client = connect(&gone);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .expect("a name")
        .get(0);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(count(&mut connect(&stays), &left), 1);
    drop(gone);
    assert_eq!(count(&mut connect(&stays), &left), 0);
    client
        .simple_query("SELECT 1")
        .expect_err("the connection was closed");
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
    assert_eq!(
        count(
            &mut connect(&made.expect("a database")),
            "SELECT count(*) FROM other"
        ),
        0
    );
    let refused = TestDatabase::after("CREATE TABLE other (id nothing)", &schema::MIGRATIONS);
    let refused = refused.expect_err("no such type").to_string();
    assert!(
        refused.contains("type \"nothing\" does not exist"),
        "{refused}"
    );
    let taken = "CREATE TABLE workflow_executions (id bigint)";
    let refused = TestDatabase::after(taken, &schema::MIGRATIONS).expect_err("it is there");
    let refused = refused.to_string();
    assert!(
        refused.contains("0001_create_workflow_executions"),
        "{refused}"
    );
}

/// As nextest runs them: a process a test, each with a server of its own, or all on one, where the
/// first makes the template.
#[test]
fn processes_may_run_side_by_side() {
    let this = std::env::current_exe().expect("this program");
    let shared = Cluster::start(None).expect("a server");
    for address in [String::new(), shared.url("postgres")] {
        let start = |_| {
            let mut command = Command::new(&this);
            command.args(["--exact", "each_test_has_its_own"]);
            command
                .env("PGSTRATA_TEST_URL", &address)
                .stdout(Stdio::piped());
            command.stderr(Stdio::piped()).spawn().expect("a process")
        };
        let all: Vec<_> = (0..4).map(start).collect();
        for child in all {
            let output = child.wait_with_output().expect("it ends");
            let printed = String::from_utf8_lossy(&output.stdout);
            assert!(printed.contains("test result: ok. 1 passed;"), "{output:?}");
        }
    }
    let mut client = shared
        .config("postgres")
        .connect(NoTls)
        .expect("a connection");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE ";
    assert_eq!(count(&mut client, &format!("{left}'test%'")), 0);
    assert_eq!(
        count(&mut client, &format!("{left}'pgstrata_template%'")),
        1
    );
}

/// The address serves clients of any kind, also those of an async runtime.
#[test]
fn async_clients_connect_to_it() {
    let database = database();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rows = runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.query(HISTORY, &[]).await
    });
    assert_eq!(rows.expect("rows").len(), 1);
}
