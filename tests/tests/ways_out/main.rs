//! Every way out that a rule's help prints is run, on every kind of table that the statement
//! meets: the server takes it, the schema is the same in the end, its locks are no stronger than
//! the forecast, and no rows are read or written under one that others wait for. Where the help
//! says that there is no other way, none of those that help elsewhere helps there.
//!
//! The rows are made from the list of rules: a rule without a row fails.

mod findings;
mod kinds;
mod rows;
mod server;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use findings::{Found, found, one_for_each_lock};
use kinds::Kind;
use pgstrata_compiler::catalog::Catalog;
use pgstrata_compiler::grammar::read;
use pgstrata_compiler::locks::{LockMode, RowAccess, of};
use pgstrata_compiler::rules::all;
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_tools::cluster::Cluster;
use pgstrata_tools::{History, Schema, View};
use postgres::{Client, NoTls};
use rows::{Case, ROWS, Row, Step, Way};
use server::Seen;

/// The database of each cell, one after the other.
const NAME: &str = "ways";
const EMPTY: &str = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; \
    DROP FOREIGN DATA WRAPPER IF EXISTS nowhere CASCADE";

/// What a help says where no statement helps.
const NO_WAY: &str = "there is no other way";

#[test]
fn each_rule_has_a_row() {
    let rules: BTreeSet<&str> = all().map(|rule| rule.id).collect();
    let rows: Vec<&str> = ROWS.iter().map(|(rule, _)| *rule).collect();
    let known = rows.iter().copied().collect();
    let missing: Vec<_> = rules.symmetric_difference(&known).collect();
    assert!(
        missing.is_empty(),
        "without a row, or no rules: {missing:?}"
    );
    assert_eq!(rows.len(), rules.len(), "a row stands there twice");
    for (rule, row) in ROWS {
        match row {
            Row::Runs(cases) => assert!(!cases.is_empty(), "{rule}"),
            Row::Advises(reason) => assert!(!reason.is_empty(), "{rule}"),
        }
    }
}

#[test]
fn each_way_out_is_one() {
    let version = std::env::var("PGSTRATA_TEST_VERSION").ok();
    let version = version.map(|version| version.parse().expect("a major version"));
    let cluster = Cluster::start(version).expect("a throw-away server");
    let mut matrix = Matrix::new(&cluster);
    for (rule, row) in ROWS {
        let Row::Runs(cases) = row else { continue };
        for case in *cases {
            let kinds = if case.is_of_the_server {
                &[Kind::Plain][..]
            } else {
                &Kind::ALL
            };
            for kind in kinds {
                matrix.cell(rule, case, *kind);
            }
        }
    }
    println!("PostgreSQL {}: {}", matrix.major, matrix.counts());
    assert!(matrix.wrong.is_empty(), "{}", matrix.wrong);
    // Nothing was left out by a mistake in the harness.
    assert!(matrix.run > 60, "{}", matrix.counts());
}

struct Matrix {
    url: String,
    major: u32,
    wrong: String,
    /// Cells by what they came to.
    absent: u32,
    silent: u32,
    none: u32,
    run: u32,
}

impl Matrix {
    fn new(cluster: &Cluster) -> Self {
        let major = cluster.server_version().split('.').next();
        Self {
            url: cluster.create_database(NAME).expect("a database"),
            major: major.and_then(|it| it.parse().ok()).expect("a version"),
            wrong: String::new(),
            absent: 0,
            silent: 0,
            none: 0,
            run: 0,
        }
    }

    fn counts(&self) -> String {
        format!(
            "{} cells: {} ways out run, {} where there is none, {} silent and harmless, {} without such a statement",
            self.run + self.none + self.silent + self.absent,
            self.run,
            self.none,
            self.silent,
            self.absent
        )
    }

    fn cell(&mut self, rule: &str, case: &Case, kind: Kind) {
        if let Err(why) = self.try_cell(rule, case, kind) {
            let _ = write!(
                self.wrong,
                "\n{rule}, {kind:?}: {}\n  {why}\n",
                case.statement
            );
        }
    }

    fn try_cell(&mut self, rule: &str, case: &Case, kind: Kind) -> Result<(), String> {
        let base = format!("{}{}\n", kind.schema(), case.setup);
        let mut original = self.database(&base)?;
        let Some(original) = original.as_mut() else {
            self.absent += 1;
            return Ok(());
        };
        let statement = filled(case.statement);
        if case.is_of_empty {
            let _ = original.client.batch_execute("DELETE FROM t");
        }
        let run = if case.is_alone {
            // In the same session, where temporary tables are.
            let run = original.client.batch_execute(&statement);
            run.map(|()| Seen::new())
        } else {
            server::run(&mut original.client, &statement)
        };
        let Ok(seen) = run else {
            self.absent += 1;
            return Ok(());
        };
        let found = found(&base, case, kind, self.major, &statement);
        one_for_each_lock(&found)?;
        let helps: Vec<&str> = found
            .iter()
            .filter(|finding| finding.rule == rule)
            .map(|finding| finding.help.as_str())
            .collect();
        let help = helps.join("\n");
        if helps.is_empty() {
            self.silent += 1;
            // One lock, one finding.
            if rule == "blocking-statement" && found.iter().any(Found::is_about_a_lock) {
                return Ok(());
            }
            return match (kind, is_in_the_way(&seen, LockMode::Share)) {
                (Kind::Temporary, _) | (_, None) if !case.is_alone => Ok(()),
                (Kind::Temporary | Kind::Foreign, _) => Ok(()),
                (_, Some(table)) => Err(format!("is not found, and works on {table}: {seen:?}")),
                (_, None) => Err("is not found".to_owned()),
            };
        }
        if kind == Kind::Temporary {
            return Err(format!("is found of a temporary table: {help}"));
        }
        let wanted = original.fingerprint()?;
        if help.contains(NO_WAY) {
            self.none += 1;
            for way in case.ways {
                if let Ok(got) = self.follow(way, &base, kind, &help)
                    && got == wanted
                {
                    return Err(format!("there is a way: {:?}\n  {help}", way.says));
                }
            }
            return Ok(());
        }
        let is_said = |way: &&Way| way.says.iter().all(|words| help.contains(words));
        let Some(way) = case.ways.iter().find(is_said) else {
            return Err(format!("no way out is tried for the help: {help}"));
        };
        self.run += 1;
        let got = self
            .follow(way, &base, kind, &help)
            .map_err(|why| format!("{why}\n  {help}"))?;
        match (got == wanted, way.differs) {
            (true, None) | (false, Some(_)) => Ok(()),
            (true, Some(_)) => Err("the schema is the same after all".to_owned()),
            (false, None) => Err(format!("the schema is another one\n  {help}")),
        }
    }

    /// Runs the steps on a fresh database, and says what the schema is then.
    fn follow(&mut self, way: &Way, base: &str, kind: Kind, help: &str) -> Result<String, String> {
        let Some(mut database) = self.database(base)? else {
            return Err("the schema before it is refused".to_owned());
        };
        let mut catalog = catalog(base);
        for step in way.steps {
            let (In(text) | Alone(text)) = step;
            let text = filled(&checked(text, help)?);
            let each: Vec<String> = if text.contains("{p}") {
                let partitions = kind.partitions().iter();
                partitions.map(|it| text.replace("{p}", it)).collect()
            } else {
                vec![text]
            };
            for sql in each {
                let forecast = forecast(&mut catalog, &sql);
                let seen = match step {
                    In(_) => server::run(&mut database.client, &sql),
                    Alone(_) => {
                        let tables: Vec<(String, &str)> = forecast
                            .keys()
                            .map(|table| (table.clone(), database.kind_of(table)))
                            .collect();
                        server::run_alone(&database.url, &sql, &tables)
                    }
                };
                let seen = seen.map_err(|error| format!("{sql}: {error:?}"))?;
                for (table, (mode, work)) in &seen {
                    // What code in it does is not forecast.
                    let said = forecast.get(table);
                    // What a query reads, by an index or not, is not forecast.
                    let queries = [LockMode::RowShare, LockMode::RowExclusive].contains(mode);
                    let is_more = |(said, reads): &(LockMode, RowAccess)| {
                        mode > said || work > reads && !queries
                    };
                    if !sql.starts_with("DO ")
                        && said.is_none_or(is_more)
                        && *mode > LockMode::AccessShare
                    {
                        return Err(format!(
                            "{sql}: {table} is locked {mode}, {work:?}; forecast {said:?}"
                        ));
                    }
                }
                let is_refresh = sql.starts_with("REFRESH");
                let limit = if is_refresh {
                    LockMode::AccessExclusive
                } else {
                    LockMode::Share
                };
                if let Some(table) = is_in_the_way(&seen, limit) {
                    return Err(format!("{sql}: works on {table}: {seen:?}"));
                }
            }
        }
        database.fingerprint()
    }

    /// The schema and nothing else; none where the server refuses it.
    fn database(&mut self, base: &str) -> Result<Option<Database>, String> {
        let url = self.url.clone();
        let mut client = Client::connect(&url, NoTls).map_err(|error| error.to_string())?;
        client
            .batch_execute(EMPTY)
            .map_err(|error| error.to_string())?;
        let is_made = client.batch_execute(base).is_ok();
        Ok(is_made.then_some(Database { url, client }))
    }
}

use Step::{Alone, In};

struct Database {
    url: String,
    client: Client,
}

impl Database {
    fn fingerprint(&mut self) -> Result<String, String> {
        let schema = Schema::read(&mut self.client, &History::default());
        let schema = schema.map_err(|error| error.to_string())?;
        Ok(schema.fingerprint(View::Exact))
    }

    fn kind_of(&mut self, table: &str) -> &'static str {
        let query = "SELECT relkind::text FROM pg_class WHERE oid = $1::text::regclass";
        let kind: String = self
            .client
            .query_one(query, &[&table])
            .expect("a table")
            .get(0);
        match &*kind {
            "m" => "MATERIALIZED VIEW",
            "f" => "FOREIGN TABLE",
            "v" => "VIEW",
            _ => "TABLE",
        }
    }
}

/// The first table whose rows are read or written under a lock that is as strong.
fn is_in_the_way(seen: &Seen, limit: LockMode) -> Option<&str> {
    let mut found = seen
        .iter()
        .filter(|(_, (mode, work))| *mode >= limit && *work != RowAccess::None);
    found.next().map(|(table, _)| table.as_str())
}

/// With the conditions that the help says.
fn checked(text: &str, help: &str) -> Result<String, String> {
    if !text.contains("check}") {
        return Ok(text.to_owned());
    }
    let mut said = help.split("CHECK (").skip(1).filter_map(|rest| {
        let (check, _) = rest.split_once(") NOT VALID")?;
        Some(check)
    });
    let first = said.next().ok_or("the help says no condition")?;
    let second = said.next().unwrap_or_default();
    Ok(text
        .replace("{check}", first)
        .replace("{second check}", second))
}

fn filled(text: &str) -> String {
    text.replace("{db}", NAME)
}

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

/// The locks of a statement, which is then applied.
fn forecast(catalog: &mut Catalog, sql: &str) -> Seen {
    let tokens = split("x.sql", sql).tokens;
    let statement = Statement::new(sql, &tokens);
    let named = statement.named_by(catalog);
    let action = read(named);
    let locks = of(named, &action, catalog);
    let tables = locks.tables.iter();
    let seen = tables
        .map(|lock| (lock.table.shown(), (lock.mode, lock.work)))
        .collect();
    catalog.apply(&action, statement, 2);
    seen
}
