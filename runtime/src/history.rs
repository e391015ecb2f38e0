//! The history: a table of what is applied, and a table of what happened.
//!
//! `state` in the first is the present, one row a migration; the second only grows.
//! Every name is quoted and schema-qualified, since a script may move `search_path`.

use postgres::error::SqlState;
use postgres::{Client, Row};

use crate::error::{Doing, Error};
use crate::migration::{Migration, Migrations, Mode, Statement};
use crate::{sql, stored};

/// What is written into the column `program`.
const PROGRAM: &str = concat!("pgstrata ", env!("CARGO_PKG_VERSION"));

/// PostgreSQL cuts longer names off without an error.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;
const EVENTS_SUFFIX: &str = "_events";

/// The layout of the tables that this program writes, as their comments tell it.
const LAYOUT: i32 = 2;

/// What is there of the history's tables.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Layout {
    NoSchema,
    NoTable,
    Known(i32),
}

/// The two tables' names.
pub(crate) struct History {
    schema: String,
    name: String,
    /// Quoted and qualified.
    pub(crate) table: String,
    /// Quoted and qualified.
    pub(crate) events: String,
}

/// One row of the history, without the stored SQL.
pub(crate) struct Recorded {
    pub(crate) version: u64,
    pub(crate) label: String,
    pub(crate) state: RowState,
    pub(crate) attempt: i64,
    pub(crate) algorithm: i16,
    pub(crate) up_checksum: Vec<u8>,
    pub(crate) down_checksum: Vec<u8>,
    pub(crate) statements_done: usize,
    pub(crate) statements_total: usize,
    pub(crate) irreversible: Option<String>,
    pub(crate) down_mode: Mode,
    pub(crate) down_statements: usize,
    pub(crate) applied_at: String,
    pub(crate) applied_by: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RowState {
    Applied,
    /// A script outside a transaction has begun and not ended.
    Applying,
    /// The same on the way down.
    RollingBack,
}

impl History {
    pub(crate) fn new(schema: &str, name: &str) -> Self {
        let qualified =
            |name: &str| format!("{}.{}", sql::identifier(schema), sql::identifier(name));
        Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
            table: qualified(name),
            events: qualified(&format!("{name}{EVENTS_SUFFIX}")),
        }
    }

    /// Whether PostgreSQL can have tables of these names.
    pub(crate) fn check_names(&self) -> Result<(), Error> {
        let longest = LONGEST_NAME - EVENTS_SUFFIX.len();
        let fits =
            |name: &str, longest| (1..=longest).contains(&name.len()) && !name.contains('\0');
        if fits(&self.schema, LONGEST_NAME) && fits(&self.name, longest) {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "the history table cannot be called {}: give it a name of 1 to {longest} bytes in a \
             schema of 1 to {LONGEST_NAME} bytes",
            self.table
        )))
    }

    /// All rows by ascending version in one round trip; `None` when there is no table yet.
    pub(crate) fn read(&self, client: &mut Client) -> Result<Option<Vec<Recorded>>, Error> {
        let rows = client.query_typed(&self.fill(include_str!("sql/read_history.sql"), &[]), &[]);
        self.found(rows.and_then(|rows| rows.iter().map(Recorded::from_row).collect()))
    }

    /// Whether the history is this list and nothing else, at the price of a bare query for
    /// the checksums; `None` when there is no table yet.
    pub(crate) fn is_exactly(
        &self,
        migrations: &Migrations<'_>,
        client: &mut Client,
    ) -> Result<Option<bool>, Error> {
        let algorithm = migrations.list.last().map_or(0, |last| last.up.checksum.algorithm);
        let values = [("algorithm", &*algorithm.to_string())];
        let query = self.fill(include_str!("sql/settled.sql"), &values);
        let row = client.query_typed_one(&query, &[]);
        self.found(row.and_then(|row| Self::holds_exactly(migrations, algorithm, &row)))
    }

    fn holds_exactly(
        migrations: &Migrations<'_>,
        algorithm: u16,
        row: &Row,
    ) -> Result<bool, postgres::Error> {
        let labels = row.try_get::<_, Option<&str>>(0)?.unwrap_or_default().split('\n');
        let up = row.try_get::<_, Option<&[u8]>>(1)?.unwrap_or_default();
        let down = row.try_get::<_, Option<&[u8]>>(2)?.unwrap_or_default();
        let mut found: Vec<_> = labels.zip(up.chunks(32).zip(down.chunks(32))).collect();
        let mut wanted: Vec<_> = migrations
            .list
            .iter()
            .filter(|migration| migration.up.checksum.algorithm == algorithm)
            .map(|Migration { label, up, down, .. }| {
                (*label, (&up.checksum.sha256[..], &down.checksum.sha256[..]))
            })
            .collect();
        found.sort_unstable();
        wanted.sort_unstable();
        let settled = usize::try_from(row.try_get::<_, i64>(3)?).ok();
        Ok(settled == Some(migrations.list.len()) && found == wanted)
    }

    /// What a query of the history found; `None` when there is no table yet.
    fn found<T>(&self, result: Result<T, postgres::Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(cause) if is_missing(&cause) => Ok(None),
            Err(cause) => Err(Error::database(Doing::ReadingHistory(self.table.clone()), cause)),
        }
    }

    /// Creates what is missing and brings what is there to this program's layout.
    pub(crate) fn prepare(&self, client: &mut Client) -> Result<(), Error> {
        let before = self.layout(client)?;
        if before == Layout::Known(LAYOUT) {
            return Ok(());
        }
        // CREATE SCHEMA IF NOT EXISTS asks for the privilege even where the schema exists.
        let create_schema = match before {
            Layout::NoSchema => format!("CREATE SCHEMA {};", sql::identifier(&self.schema)),
            _ => String::new(),
        };
        let create = self.fill(include_str!("sql/create_history.sql"), &[]);
        let upgrade = self.fill(include_str!("sql/layout_2.sql"), &[]);
        let message = format!("BEGIN;\n{create_schema}\n{create}\n{upgrade}\nCOMMIT");
        client.batch_execute(&message).or_else(|cause| {
            // A failure here is secondary: the cause is reported.
            let _ = client.batch_execute("ROLLBACK");
            // Where another program was faster, and no lock held us apart, the server
            // complains in one of several ways; what counts is that all is there.
            match self.layout(client)? {
                Layout::Known(LAYOUT) => Ok(()),
                _ => Err(Error::database(Doing::CreatingHistory(self.table.clone()), cause)),
            }
        })
    }

    /// Refuses one that is newer than this program.
    fn layout(&self, client: &mut Client) -> Result<Layout, Error> {
        let query = self.fill(include_str!("sql/layout.sql"), &[]);
        let layout = client.query_typed_one(&query, &[]).and_then(|row| {
            Ok(match (row.try_get(0)?, row.try_get(1)?, row.try_get::<_, Option<i32>>(2)?) {
                (_, true, layout) => Layout::Known(layout.unwrap_or(1)),
                (true, ..) => Layout::NoTable,
                _ => Layout::NoSchema,
            })
        });
        match layout {
            Ok(Layout::Known(layout)) if layout > LAYOUT => Err(Error::configuration(format!(
                "the history {} has layout {layout}, and this program knows layouts up to \
                 {LAYOUT}: a newer program made it; deploy that one",
                self.table
            ))),
            Ok(layout) => Ok(layout),
            Err(cause) => Err(Error::database(Doing::ReadingHistory(self.table.clone()), cause)),
        }
    }

    /// Claims a version: raises where anybody has it already.
    pub(crate) fn claim_apply(&self, migration: &Migration<'_>) -> String {
        let Migration { version, label, up, down, irreversible, .. } = migration;
        let timeout = |timeout: Option<_>| {
            timeout.map_or("NULL".to_owned(), |timeout| sql::milliseconds(timeout).to_string())
        };
        let numbers =
            |number: fn(&Statement) -> u32| sql::array(down.statements.iter().map(number));
        let transactional = down.mode == Mode::Transaction;
        // Inside a transaction nobody sees the claim before all of it is true.
        let (state, done) = match up.mode {
            Mode::Transaction => ("'applied'", up.statements.len()),
            Mode::NoTransaction => ("'applying'", 0),
        };
        self.fill(
            include_str!("sql/claim_apply.sql"),
            &[
                ("version", &version.to_string()),
                ("label", &sql::literal(label)),
                ("state", state),
                ("done", &done.to_string()),
                ("algorithm", &up.checksum.algorithm.to_string()),
                ("up_checksum", &sql::bytes(&up.checksum.sha256)),
                ("down_checksum", &sql::bytes(&down.checksum.sha256)),
                ("down_sql", &sql::literal(down.sql)),
                ("down_starts", &numbers(|statement| statement.start)),
                ("down_ends", &numbers(|statement| statement.end)),
                ("down_lines", &numbers(|statement| statement.line)),
                ("down_concurrent", &sql::array(down.statements.iter().map(|s| s.concurrent))),
                ("down_transactional", &transactional.to_string()),
                ("down_lock_timeout", &timeout(down.lock_timeout)),
                ("down_statement_timeout", &timeout(down.statement_timeout)),
                ("down_targets", &sql::texts(&stored::targets(down))),
                ("irreversible", &sql::nullable(*irreversible)),
                ("statements", &up.statements.len().to_string()),
                ("program", &sql::literal(PROGRAM)),
            ],
        )
    }

    /// Makes a claimed version an applied one.
    pub(crate) fn record_apply(&self, version: u64, mode: Mode) -> String {
        let finish = match mode {
            Mode::Transaction => "",
            Mode::NoTransaction => include_str!("sql/finish_apply.sql"),
        };
        let record = finish.to_owned() + include_str!("sql/record_apply.sql");
        self.fill(&record, &[("version", &version.to_string())])
    }

    /// Claims the rollback of one application: raises where anybody has done it already.
    pub(crate) fn claim_roll_back(
        &self,
        version: u64,
        attempt: i64,
        label: &str,
        statements: usize,
    ) -> String {
        self.fill(
            include_str!("sql/claim_roll_back.sql"),
            &[
                ("version", &version.to_string()),
                ("attempt", &attempt.to_string()),
                ("label", &sql::literal(label)),
                ("statements", &statements.to_string()),
                ("program", &sql::literal(PROGRAM)),
            ],
        )
    }

    /// Takes a version that was rolled back out of the present.
    pub(crate) fn record_roll_back(&self, version: u64, attempt: i64) -> String {
        self.fill(
            include_str!("sql/record_roll_back.sql"),
            &[("version", &version.to_string()), ("attempt", &attempt.to_string())],
        )
    }

    /// Notes that the statement behind the first `done` is finished.
    pub(crate) fn record_progress(&self, attempt: i64, done: usize) -> String {
        self.fill(
            include_str!("sql/record_progress.sql"),
            &[("attempt", &attempt.to_string()), ("done", &done.to_string())],
        )
    }

    /// Whether the failure means that somebody else has what was to be claimed.
    pub(crate) fn is_claim_conflict(&self, cause: &postgres::Error) -> bool {
        cause.as_db_error().is_some_and(|error| {
            let table = error.table().unwrap_or_default();
            let is_ours = table.strip_prefix(self.name.as_str());
            *error.code() == SqlState::UNIQUE_VIOLATION
                && error.schema() == Some(&self.schema)
                && is_ours.is_some_and(|rest| rest.is_empty() || rest == EVENTS_SUFFIX)
        })
    }

    /// `template` with the names of the tables and `values` filled in.
    pub(crate) fn fill(&self, template: &str, values: &[(&str, &str)]) -> String {
        let (schema_text, history_text) = (sql::literal(&self.schema), sql::literal(&self.table));
        let mut all = vec![
            ("history", self.table.as_str()),
            ("events", &self.events),
            ("schema_text", &schema_text),
            ("history_text", &history_text),
        ];
        all.extend_from_slice(values);
        sql::fill(template, &all)
    }
}

impl Recorded {
    fn from_row(row: &Row) -> Result<Self, postgres::Error> {
        let count = |column| row.try_get::<_, i32>(column).map(|n| usize::try_from(n).unwrap_or(0));
        Ok(Self {
            // The table's CHECK keeps it from being negative.
            version: row.try_get::<_, i64>("version")?.unsigned_abs(),
            label: row.try_get("label")?,
            state: match row.try_get("state")? {
                "applied" => RowState::Applied,
                "rolling back" => RowState::RollingBack,
                _ => RowState::Applying,
            },
            attempt: row.try_get("attempt")?,
            algorithm: row.try_get("checksum_algorithm")?,
            up_checksum: row.try_get("up_checksum")?,
            down_checksum: row.try_get("down_checksum")?,
            statements_done: count("statements_done")?,
            statements_total: count("statements_total")?,
            irreversible: row.try_get("irreversible")?,
            down_mode: stored::mode(row)?,
            down_statements: count("down_statements")?,
            applied_at: row.try_get("applied_at")?,
            applied_by: row.try_get("applied_by")?,
        })
    }
}

/// The row of a version among rows in ascending order.
pub(crate) fn row(recorded: &[Recorded], version: u64) -> Option<&Recorded> {
    let index = recorded.binary_search_by_key(&version, |row| row.version).ok()?;
    recorded.get(index)
}

fn is_missing(cause: &postgres::Error) -> bool {
    cause.code().is_some_and(|code| {
        *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME
    })
}
