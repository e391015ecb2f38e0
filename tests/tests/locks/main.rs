//! The forecast of locks, compared with what servers of several versions show.

mod cases;
mod types;
mod volatile;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pgstrata_compiler::catalog::Catalog;
use pgstrata_compiler::grammar::read;
use pgstrata_compiler::locks::{LockMode, Locks, RowAccess, TableLock, of};
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};

const SCHEMA: &str = include_str!("schema.sql");
const STATEMENTS: &str = include_str!("statements.sql");

/// Forms that differ in what becomes of the rows, and a schema for them.
const ROWS: &str = include_str!("rows.sql");
const FORMS: &str = include_str!("forms.sql");

/// Of each table and view: its file and size, how many rows were read of it as a whole, and the
/// locks that this session holds on it. A table that was dropped still has its locks.
const STATE: &str = include_str!("state.sql");

/// The strongest mode on each table that was there before, and what became of its rows.
type Seen = BTreeMap<String, (LockMode, RowAccess)>;

#[test]
fn postgresql_13_takes_what_is_forecast() {
    compare(13);
}

#[test]
fn postgresql_15_takes_what_is_forecast() {
    compare(15);
}

#[test]
fn postgresql_18_takes_what_is_forecast() {
    compare(18);
}

fn compare(version: u32) {
    let cluster = Cluster::start(Some(version)).expect("a throw-away server");
    let url = cluster.create_database("rows").expect("a database");
    let mut wrong = String::new();
    for (url, schema, statements) in [
        (cluster.url("postgres"), SCHEMA, STATEMENTS),
        (url, ROWS, FORMS),
    ] {
        let mut client = Client::connect(&url, NoTls).expect("a connection");
        client.batch_execute(schema).expect("the schema");
        // It would compile every plan that looks expensive for want of a sequential scan.
        client.batch_execute("SET jit = off").expect("a setting");
        let catalog = catalog(schema);
        for (since, text) in ages(statements) {
            if since <= version {
                compare_each(&mut client, &catalog, text, version, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {version}:{wrong}");
    wait_for_each(&cluster, &catalog(SCHEMA), version);
    let mut client = cluster
        .config("postgres")
        .connect(NoTls)
        .expect("a connection");
    client.batch_execute("SET jit = off").expect("a setting");
    cases::compare(&mut client, version);
}

/// The statements by the version that they are known from: what stands below `-- since 16`.
fn ages(statements: &str) -> Vec<(u32, &str)> {
    let mut parts = statements.split("\n-- since ");
    let first = (0, parts.next().unwrap_or_default());
    let later = parts.map(|part| {
        let (since, text) = part.split_once('\n').expect("statements of a version");
        (since.parse().expect("a version"), text)
    });
    std::iter::once(first).chain(later).collect()
}

fn compare_each(
    client: &mut Client,
    catalog: &Catalog,
    statements: &str,
    version: u32,
    wrong: &mut String,
) {
    let split = split("statements.sql", statements);
    for range in split.statements {
        let tokens = &split.tokens[range];
        let sql = &statements[tokens[0].span.start..tokens[tokens.len() - 1].span.end];
        let (forecast, taken) = (forecast(catalog, sql), taken(client, sql));
        match taken {
            // Since 14 it has the lock that lets it do so concurrently.
            Ok(_) if version < 14 && sql.contains("DETACH PARTITION") => {}
            Ok(taken) if fits(&forecast, &taken) => {}
            other => {
                let forecast = shown(&forecast);
                let _ = write!(
                    wrong,
                    "\n{sql}\n  forecast {forecast:?}\n  taken    {other:?}"
                );
            }
        }
    }
}

/// What cannot run in a transaction is seen while it waits for its table.
fn wait_for_each(cluster: &Cluster, catalog: &Catalog, version: u32) {
    let connect = || {
        cluster
            .config("postgres")
            .connect(NoTls)
            .expect("a connection")
    };
    let (mut holder, mut observer) = (connect(), connect());
    for (sql, table) in [
        ("CREATE INDEX CONCURRENTLY i ON customer (age)", "customer"),
        ("DROP INDEX CONCURRENTLY invoice_amount", "invoice"),
        ("REINDEX TABLE CONCURRENTLY customer", "customer"),
        ("REINDEX INDEX CONCURRENTLY invoice_amount", "invoice"),
        ("VACUUM customer", "customer"),
        ("VACUUM (FULL) customer", "customer"),
        ("VACUUM FULL ANALYZE customer", "customer"),
        ("VACUUM VERBOSE customer, line", "customer"),
        (
            "ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY",
            "event",
        ),
    ] {
        if version < 14 && sql.starts_with("ALTER TABLE event DETACH") {
            continue;
        }
        let forecast = shown(&forecast(catalog, sql));
        let mut waiter = connect();
        let pid: i32 = waiter
            .query_one("SELECT pg_backend_pid()", &[])
            .expect("a pid")
            .get(0);
        let token = waiter.cancel_token();
        holder
            .batch_execute(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE"))
            .expect("a lock");
        let wanted = std::thread::scope(|scope| {
            scope.spawn(move || waiter.batch_execute(sql));
            let waiting = "SELECT mode FROM pg_locks WHERE pid = $1 AND NOT granted AND relation = $2::text::regclass";
            // The server answers when it has something to say, and until then at once.
            let wanted = loop {
                if let Some(row) = observer.query_opt(waiting, &[&pid, &table]).expect("locks") {
                    break mode(row.get(0));
                }
            };
            token.cancel_query(NoTls).expect("a cancel request");
            wanted
        });
        holder.batch_execute("ROLLBACK").expect("a rollback");
        assert_eq!(
            forecast.get(table).map(|(mode, _)| *mode),
            Some(wanted),
            "{sql}"
        );
    }
}

/// The schema, without a server.
fn catalog(schema: &str) -> Catalog {
    let mut catalog = Catalog::default();
    let split = split("schema.sql", schema);
    for range in split.statements {
        let statement = Statement::new(schema, &split.tokens[range]);
        let action = read(statement.named_by(&catalog));
        catalog.apply(&action, statement, 1);
    }
    catalog
}

fn forecast(catalog: &Catalog, sql: &str) -> Locks {
    let tokens = split("x.sql", sql).tokens;
    let statement = Statement::new(sql, &tokens).named_by(catalog);
    of(statement, &read(statement), catalog)
}

fn shown(locks: &Locks) -> Seen {
    let tables = locks.tables.iter();
    tables
        .map(|lock| (lock.table.shown(), (lock.mode, lock.work)))
        .collect()
}

/// What the server shows within the transaction, which is rolled back.
fn taken(client: &mut Client, sql: &str) -> Result<Seen, postgres::Error> {
    let mut transaction = client.transaction()?;
    let before = transaction.simple_query(STATE)?;
    // Few rows are read as a whole sooner than looked up; many are not.
    let message = format!("SET LOCAL enable_seqscan = off; {sql}; SET LOCAL enable_seqscan = on");
    transaction.batch_execute(&message)?;
    let after = transaction.simple_query(STATE)?;
    transaction.rollback()?;
    let after: Vec<&SimpleQueryRow> = rows(&after).collect();
    let mut seen = Seen::new();
    for table in rows(&before).filter(|row| row.get("name").is_some()) {
        // The name may have changed.
        let Some(now) = after.iter().find(|row| row.get("oid") == table.get("oid")) else {
            continue;
        };
        let modes = now.get("modes").unwrap_or_default();
        let Some(mode) = modes
            .split(' ')
            .filter(|mode| !mode.is_empty())
            .map(mode)
            .max()
        else {
            continue;
        };
        let is_filled = now.get("size").is_some_and(|size| size != "0");
        let work = match () {
            () if is_filled && now.get("filenode") != table.get("filenode") => RowAccess::Rewrite,
            // The indexes of a truncated table are built anew, of no rows.
            () if is_filled && now.get("rows_read") != table.get("rows_read") => RowAccess::Scan,
            () => RowAccess::None,
        };
        seen.insert(
            table.get("name").unwrap_or_default().to_owned(),
            (mode, work),
        );
    }
    Ok(seen)
}

fn rows(messages: &[SimpleQueryMessage]) -> impl Iterator<Item = &SimpleQueryRow> {
    messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// Whether the forecast names every lock, and no stronger one. A view that is locked for
/// reading may be read at once or later; of rows that a query looks
/// at, by an index or not, nothing is said.
fn fits(forecast: &Locks, taken: &Seen) -> bool {
    let queried = [
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::Exclusive,
    ];
    let is_taken = |lock: &TableLock| {
        let taken = taken.get(&lock.table.shown());
        lock.mode == LockMode::AccessShare && taken.is_none_or(|(mode, _)| *mode == lock.mode)
            || taken.is_some_and(|(mode, work)| {
                *mode == lock.mode && (*work == lock.work || queried.contains(mode))
            })
    };
    let is_forecast = |name: &String| {
        forecast
            .tables
            .iter()
            .any(|lock| lock.table.shown() == *name)
    };
    forecast.tables.iter().all(is_taken)
        && (forecast.is_incomplete || taken.keys().all(is_forecast))
}

/// `AccessExclusiveLock` to its mode.
fn mode(shown: &str) -> LockMode {
    let found = LockMode::ALL
        .into_iter()
        .find(|mode| format!("{mode:?}Lock") == shown);
    found.unwrap_or_else(|| panic!("{shown} is no mode"))
}
