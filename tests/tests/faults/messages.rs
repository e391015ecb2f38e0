//! How many messages a run sends, counted between the program and the server.

use pgstrata::embedded::{Phase, Requirement};
use pgstrata::{Error, Event, Migrations, Migrator, Report};
use postgres::{Client, NoTls};

use crate::proxy::Proxy;
use crate::support::{fresh_database, migrations, source, up};

/// What a run reads, locks, creates, prepares and releases.
const CONSTANT: usize = 11;
const SIZES: [usize; 3] = [4, 10, 100];

type Verb = fn(Migrator<'static>, &mut Client) -> Result<Report, Error>;

/// Two statements each.
fn list(count: usize) -> &'static Migrations<'static> {
    migrations((1..=count).map(|number| {
        let up = format!("CREATE TABLE t{number} (n int);\nINSERT INTO t{number} VALUES (1);");
        let down = format!("DELETE FROM t{number};\nDROP TABLE t{number};");
        source(format!("{number:04}_t").leak(), &up, &down)
    }))
}

/// How many messages it takes, one a size, where everything or nothing is applied before.
fn messages(is_applied: bool, verb: Verb) -> [usize; 3] {
    SIZES.map(|count| {
        let (database, list) = (fresh_database(), list(count));
        if is_applied {
            up(&database, list).unwrap();
        }
        let proxy = Proxy::counting(&database.url);
        let report = verb(
            Migrator::new(list),
            &mut proxy.config.connect(NoTls).unwrap(),
        )
        .unwrap();
        assert_eq!(
            report.steps.len(),
            if is_applied && report.is_empty() {
                0
            } else {
                count
            }
        );
        proxy.requests()
    })
}

/// So many for each migration, and not more than the constant.
#[track_caller]
fn check(messages: [usize; 3], each: usize) {
    let constant = messages[0].checked_sub(each * SIZES[0]).unwrap();
    assert!(constant <= CONSTANT, "{messages:?}");
    assert_eq!(messages, SIZES.map(|count| each * count + constant));
}

#[test]
fn none_is_pending() {
    assert_eq!(
        messages(true, |mut migrator, client| migrator.up(client)),
        [1, 1, 1]
    );
}

/// The second one reads which list has applied the expand step.
#[test]
fn two_while_a_contract_step_is_held() {
    let requests = |count: usize| {
        let database = fresh_database();
        let sources = || {
            let first = source("0001_a", "CREATE TABLE a (old int);", "DROP TABLE a;");
            let expand = source("0002_b", "ALTER TABLE a ADD new int;", "SELECT 1;");
            let contract = source("0003_c", "ALTER TABLE a DROP old;", "SELECT 1;");
            let (expand, contract) = (expand.phase(Phase::Expand), contract.phase(Phase::Contract));
            [first, expand, contract].into_iter()
        };
        up(&database, migrations(sources().take(1))).unwrap();
        let list = migrations(sources().take(count));
        up(&database, list).unwrap();
        let proxy = Proxy::counting(&database.url);
        Migrator::new(list)
            .up(&mut proxy.config.connect(NoTls).unwrap())
            .unwrap();
        proxy.requests()
    };
    assert_eq!((requests(2), requests(3)), (1, 2));
}

#[test]
fn one_a_migration_that_is_told_of() {
    fn told(migrator: Migrator<'_>) -> Migrator<'_> {
        migrator.observe(Box::leak(Box::new(|_: &Event<'_>| {})))
    }
    check(messages(false, |it, client| told(it).up(client)), 1);
    check(
        messages(true, |it, client| told(it).down_to(client, 0_u64)),
        1,
    );
}

/// Two statements each, and less than forty a message.
#[test]
fn few_where_nobody_looks_on() {
    let [few, ten, hundred] = messages(false, |mut migrator, client| migrator.up(client));
    assert!(few <= CONSTANT + 1, "{few}");
    assert_eq!([ten, hundred], [few, few + 5]);
    let [few, ten, hundred] =
        messages(true, |mut migrator, client| migrator.down_to(client, 0_u64));
    assert!(few <= CONSTANT + 1, "{few}");
    assert_eq!([ten, hundred], [few, few + 5]);
}

/// To prepare what is sent twice or three times costs more messages than it saves time.
#[test]
fn one_a_migration_where_they_are_few() {
    let sizes = [1, 2, 3].map(|count| {
        let (database, list) = (fresh_database(), list(count));
        let proxy = Proxy::counting(&database.url);
        Migrator::new(list)
            .up(&mut proxy.config.connect(NoTls).unwrap())
            .unwrap();
        proxy.requests()
    });
    assert_eq!(sizes, [0, 1, 2].map(|more| sizes[0] + more));
    // Settled, the lock, the history, its tables, the step, the release: nothing is looked at twice.
    assert_eq!(sizes[0], 6);
}

#[test]
fn one_for_all() {
    let up: Verb = |migrator, client| migrator.single_transaction().up(client);
    check(messages(false, up), 0);
    let down: Verb = |migrator, client| migrator.single_transaction().down_to(client, 0_u64);
    check(messages(true, down), 0);
}

/// The claim, two statements and the record.
#[test]
fn one_a_statement() {
    check(
        messages(false, |migrator, client| {
            migrator.per_statement().up(client)
        }),
        2 + 2,
    );
    check(
        messages(true, |migrator, client| {
            migrator.per_statement().down_to(client, 0_u64)
        }),
        2 + 2,
    );
}

/// What migrations require is one question, however much it is.
#[test]
fn one_for_all_requirements() {
    let messages = |requires: &[Requirement<'static>]| {
        let database = fresh_database();
        let list = (1..=10).map(|number| {
            let source = source(format!("{number:04}_t").leak(), "SELECT 1;", "SELECT 1;");
            requires
                .iter()
                .fold(source, |source, requirement| source.requires(*requirement))
        });
        let proxy = Proxy::counting(&database.url);
        let mut client = proxy.config.connect(NoTls).unwrap();
        Migrator::new(migrations(list)).up(&mut client).unwrap();
        proxy.requests()
    };
    let table = Requirement::Table("pg_catalog.pg_class");
    assert_eq!(
        messages(&[table, Requirement::Extension("plpgsql")]),
        messages(&[]) + 1
    );
}
