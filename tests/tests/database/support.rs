//! One server for all tests, a fresh database for each, and lists made from SQL.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pgstrata::embedded::{
    Checksum, Code, Function, Migration, Mode, Packed, Phase, Repeatable, Requirement, Script,
    Statement, StatementOption, StatementOptionKind,
};
use pgstrata::{Error, Migrations, Migrator, Report};
use pgstrata_compiler::checksum::sha256;
use pgstrata_compiler::span::position;
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement;
use pgstrata_compiler::statement_kind::StatementKind;
use pgstrata_compiler::target;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Cluster::start(version()).expect("a throw-away server");
        // `languages.rs` runs tests again so.
        if let Ok(locale) = std::env::var(LANGUAGE) {
            let mut client = cluster.config("postgres").connect(NoTls).unwrap();
            let set = format!("ALTER ROLE ALL SET lc_messages = '{locale}'");
            client.batch_execute(&set).unwrap();
        }
        cluster
    })
}

/// The locale of the server's messages, where it is not the server's own.
pub(crate) const LANGUAGE: &str = "PGSTRATA_TEST_LANGUAGE";

/// The major version that the tests are run on, where it is not the newest one installed.
pub(crate) fn version() -> Option<u32> {
    let version = std::env::var("PGSTRATA_TEST_VERSION").ok()?;
    Some(
        version
            .parse()
            .expect("PGSTRATA_TEST_VERSION is a major version such as 13"),
    )
}

/// A database of its own for one test.
pub(crate) struct Database {
    pub(crate) url: String,
}

pub(crate) fn fresh_database() -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let url = cluster().create_database(&name).expect("a fresh database");
    Database { url }
}

impl Database {
    pub(crate) fn connect(&self) -> Client {
        Client::connect(&self.url, NoTls).expect("a connection")
    }

    /// The first column of all rows as text, in one string.
    pub(crate) fn ask(&self, query: &str) -> String {
        ask(&mut self.connect(), query)
    }

    /// Versions that the history says are applied.
    pub(crate) fn applied(&self) -> String {
        self.ask("SELECT version FROM public.pgstrata_history WHERE state = 'applied' ORDER BY 1")
    }

    /// Waits until the query answers `t`.
    pub(crate) fn wait_until(&self, query: &str) {
        let mut client = self.connect();
        let began = Instant::now();
        while ask(&mut client, query) != "t" {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "never true: {query}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a session other than the asking one runs a query that contains `text`.
    pub(crate) fn wait_for_query(&self, text: &str) {
        self.wait_until(&format!(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%{text}%'"
        ));
    }
}

pub(crate) fn ask(client: &mut Client, query: &str) -> String {
    let messages = client.simple_query(query).expect(query);
    let rows = messages.iter().filter_map(|message| match message {
        postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    rows.collect::<Vec<_>>().join(" ")
}

/// One migration for [`migrations`].
pub(crate) struct Source {
    label: &'static str,
    up: String,
    down: String,
    mode: Mode,
    irreversible: Option<&'static str>,
    verify: Option<&'static str>,
    phase: Option<Phase>,
    requires: Vec<Requirement<'static>>,
    special: Vec<StatementOption<'static>>,
    code: Option<Code<'static>>,
    down_code: Option<Code<'static>>,
}

pub(crate) fn source(label: &'static str, up: &str, down: &str) -> Source {
    Source {
        label,
        up: up.to_owned(),
        down: down.to_owned(),
        mode: Mode::Transaction,
        irreversible: None,
        verify: None,
        phase: None,
        requires: Vec::new(),
        special: Vec::new(),
        code: None,
        down_code: None,
    }
}

impl Source {
    pub(crate) fn no_transaction(mut self) -> Self {
        self.mode = Mode::NoTransaction;
        self
    }

    pub(crate) fn irreversible(mut self, reason: &'static str) -> Self {
        self.irreversible = Some(reason);
        self
    }

    pub(crate) fn verify(mut self, sql: &'static str) -> Self {
        self.verify = Some(sql);
        self
    }

    pub(crate) fn phase(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    pub(crate) fn special(mut self, statement: u32, what: StatementOptionKind<'static>) -> Self {
        self.special.push(StatementOption { statement, what });
        self
    }

    pub(crate) fn code(mut self, path: &'static str, function: Option<Function>) -> Self {
        self.code = Some(Code { path, function });
        self
    }

    pub(crate) fn down_code(mut self, path: &'static str, function: Option<Function>) -> Self {
        self.down_code = Some(Code { path, function });
        self
    }

    pub(crate) fn requires(mut self, requirement: Requirement<'static>) -> Self {
        self.requires.push(requirement);
        self
    }
}

/// A list as the compiler would make it, but for the checksums. Leaks, which a test may.
pub(crate) fn migrations(
    sources: impl IntoIterator<Item = Source>,
) -> &'static Migrations<'static> {
    let list: Vec<Migration<'static>> = sources
        .into_iter()
        .map(|source| Migration {
            version: source.label.split('_').next().unwrap().parse().unwrap(),
            label: source.label,
            up: {
                let up = script(source.up, source.mode);
                let mut special = [up.special, &*source.special].concat();
                special.sort_by_key(|special| special.statement);
                Script {
                    special: special.leak(),
                    code: source.code,
                    ..up
                }
            },
            down: Script {
                code: source.down_code,
                ..script(source.down, source.mode)
            },
            irreversible: source.irreversible,
            verify: source
                .verify
                .map(|sql| &*Box::leak(Box::new(script(sql.into(), source.mode)))),
            phase: source.phase,
            requires: source.requires.leak(),
        })
        .collect();
    Box::leak(Box::new(Migrations::new("migrations", list.leak(), &[])))
}

/// The same list with repeatables, by name and SQL.
pub(crate) fn with_repeatables(
    list: &Migrations<'static>,
    repeatables: &[(&'static str, &str)],
) -> &'static Migrations<'static> {
    let repeatable = |(name, sql): &(&'static str, &str)| Repeatable {
        name,
        script: script((*sql).to_owned(), Mode::Transaction),
    };
    let repeatables: Vec<Repeatable<'static>> = repeatables.iter().map(repeatable).collect();
    let mut list = *list;
    list.repeatables = repeatables.leak();
    Box::leak(Box::new(list))
}

fn script(sql: String, mode: Mode) -> Script<'static> {
    let sql: &'static str = sql.leak();
    let split = split(sql, sql);
    assert!(
        split.diagnostics.is_empty(),
        "{sql}: {:?}",
        split.diagnostics
    );
    let number = |number: usize| u32::try_from(number).unwrap();
    let all: Vec<_> = split
        .statements
        .iter()
        .map(|range| statement::Statement::new(sql, &split.tokens[range.clone()]))
        .collect();
    let targets = all
        .iter()
        .enumerate()
        .filter(|_| mode == Mode::NoTransaction);
    let special: Vec<StatementOption<'static>> = targets
        .filter_map(|(index, statement)| {
            let found: &'static _ = Box::leak(Box::new(target::Target::of(*statement)?));
            let what = StatementOptionKind::Alone(pgstrata_tools::target(found));
            Some(StatementOption {
                statement: number(index),
                what,
            })
        })
        .collect();
    let packed: Vec<Packed> = all
        .iter()
        .map(|statement| {
            let is_concurrent =
                matches!(statement.kind(), StatementKind::NotInTransaction(why) if why.concurrent);
            let statement = Statement {
                start: number(statement.span().start),
                end: number(statement.span().end),
                line: number(position(sql, statement.span().start).line),
                concurrent: is_concurrent,
            };
            statement.packed()
        })
        .collect();
    Script {
        sql,
        packed: packed.leak(),
        checksum: Checksum {
            algorithm: 1,
            sha256: Box::leak(Box::new(sha256(sql.as_bytes()))),
        },
        mode,
        lock_timeout: None,
        statement_timeout: None,
        special: special.leak(),
        code: None,
    }
}

/// Three tables, one a migration.
pub(crate) fn three() -> &'static Migrations<'static> {
    migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source(
            "0002_b",
            "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);",
            "DROP TABLE b;",
        ),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ])
}

pub(crate) fn up(database: &Database, migrations: &Migrations<'_>) -> Result<Report, Error> {
    Migrator::new(migrations).up(&mut database.connect())
}

/// Fails the test unless every text is in the message.
#[track_caller]
pub(crate) fn assert_says(message: &impl ToString, texts: &[&str]) {
    let message = message.to_string();
    for text in texts {
        assert!(message.contains(text), "{text:?} is not in:\n{message}");
    }
}
