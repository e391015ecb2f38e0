//! The history: a table of what is applied, and a table of what happened.
//!
//! `state` in the first is the present, one row a migration; the second only grows.
//! Every name is quoted and schema-qualified, since a script may move `search_path`.

use postgres::error::{DbError, SqlState};
use postgres::{Client, Row};

use crate::error::{Error, Result};
use crate::migration::{Checksum, Migration, Migrations, Mode, Script};
use crate::plan::Direction;
use crate::{sql, stored};

/// What is written into the column `program`.
const PROGRAM: &str = concat!("pgstrata ", env!("CARGO_PKG_VERSION"));

/// PostgreSQL cuts longer names off without an error.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;
const EVENTS_SUFFIX: &str = "_events";

/// A script without statements.
pub(crate) const NOTHING: Script<'_> = Script {
    sql: "",
    packed: &[],
    checksum: Checksum {
        algorithm: 0,
        sha256: &[0; 32],
    },
    mode: Mode::Transaction,
    lock_timeout: None,
    statement_timeout: None,
    special: &[],
    code: None,
};

/// What the server says where the tables are not there yet.
const MISSING: [SqlState; 2] = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];

/// Raised by `record_progress.sql`.
const MOVED: &str = "PGSMV";

/// The layout of the tables that this program writes, as their comments tell it.
const LAYOUT: i32 = 3;

/// The two tables' names, and whether the session knows them.
#[derive(Clone)]
pub(crate) struct History {
    schema: String,
    name: String,
    /// Quoted and qualified.
    pub(crate) table: String,
    /// Quoted and qualified.
    pub(crate) events: String,
    /// Whether the session has what [`History::prepared_frame`] prepares.
    pub(crate) is_prepared: bool,
}

/// What was done, without the stored SQL.
#[derive(Default)]
pub(crate) struct Past {
    /// By ascending version.
    pub(crate) rows: Vec<Recorded>,
    /// Repeatables, whose version reads as 0.
    pub(crate) repeated: Vec<Recorded>,
}

/// One row of the history.
pub(crate) struct Recorded {
    /// A repeatable has none.
    has_version: bool,
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
    pub(crate) down_code: Option<String>,
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
            is_prepared: false,
        }
    }

    /// Whether PostgreSQL can have tables of these names.
    pub(crate) fn check_names(&self) -> Result<()> {
        let longest = LONGEST_NAME - EVENTS_SUFFIX.len();
        let fits =
            |name: &str, longest| (1..=longest).contains(&name.len()) && !name.contains('\0');
        if fits(&self.schema, LONGEST_NAME) && fits(&self.name, longest) {
            return Ok(());
        }
        let longest = longest.to_string();
        Err(Error::sentence(
            "history-name",
            &[("table", &self.table), ("longest", &longest)],
        ))
    }

    /// All rows in one round trip; nothing where there is no table yet.
    pub(crate) fn read(&self, client: &mut Client) -> Result<Past> {
        let rows = client.query_typed(&self.fill(include_str!("sql/read_history.sql"), &[]), &[]);
        let rows = rows.and_then(|rows| rows.iter().map(Recorded::from_row).collect());
        let all: Vec<Recorded> = self.found(rows)?.unwrap_or_default();
        let (rows, repeated) = all.into_iter().partition(|row| row.has_version);
        Ok(Past { rows, repeated })
    }

    /// Whether the history is this list and nothing else, at the price of a bare query for
    /// the checksums; not where there is no table yet. A digest tells its algorithm, and a
    /// repeatable is what it says: one that was only renamed has nothing to run.
    pub(crate) fn is_exactly(&self, list: &Migrations<'_>, client: &mut Client) -> Result<bool> {
        let rows = client.query_typed(&self.fill(include_str!("sql/settled.sql"), &[]), &[]);
        let Some(rows) = self.found(rows)? else {
            return Ok(false);
        };
        let found = rows.iter().map(|row| {
            let version = row.try_get::<_, Option<i64>>(0)?.map(i64::unsigned_abs);
            let is_applied = row.try_get::<_, &str>(1)? == "applied";
            Ok(is_applied.then_some((version, row.try_get(2)?, row.try_get(3)?)))
        });
        let found: Option<Vec<(_, &[u8], &[u8])>> = self.reading(found.collect())?;
        let Some(mut found) = found else {
            return Ok(false);
        };
        // Mostly they come as they were applied.
        Ok(list.digests().eq(found.iter().copied()) || {
            let mut wanted: Vec<_> = list.digests().collect();
            found.sort_unstable();
            wanted.sort_unstable();
            found == wanted
        })
    }

    /// What a query of the history found; `None` when there is no table yet.
    fn found<T>(&self, result: Result<T, postgres::Error>) -> Result<Option<T>> {
        match result {
            Err(cause) if cause.code().is_some_and(|code| MISSING.contains(code)) => Ok(None),
            failed => self.reading(failed).map(Some),
        }
    }

    pub(crate) fn reading<T>(&self, result: Result<T, postgres::Error>) -> Result<T> {
        result.map_err(|cause| {
            Error::database(format_args!("reading the history {}", self.table), cause)
        })
    }

    /// Creates what is missing and brings what is there to this program's layout.
    pub(crate) fn prepare(&self, client: &mut Client) -> Result<()> {
        let found = self.layout(client)?;
        if found > LAYOUT {
            let (newer, known) = (found.to_string(), LAYOUT.to_string());
            let values = [
                ("table", &*self.table),
                ("newer", &newer),
                ("known", &known),
            ];
            return Err(Error::sentence("newer-layout", &values));
        }
        if found == LAYOUT {
            return Ok(());
        }
        let create = concat!(
            include_str!("sql/create_history.sql"),
            include_str!("sql/layout_2.sql"),
            include_str!("sql/layout_3.sql")
        );
        let create = self.fill(create, &[]);
        client
            .batch_execute(&format!("BEGIN;\n{create}\nCOMMIT"))
            .or_else(|cause| {
                // A failure here is secondary: the cause is reported.
                let _ = client.batch_execute("ROLLBACK");
                // Where another program was faster, and no lock held us apart, the server
                // complains in one of several ways; what counts is that all is there.
                match self.layout(client)? {
                    LAYOUT => Ok(()),
                    _ => Err(Error::database(
                        format!("creating the history {}", self.table),
                        cause,
                    )),
                }
            })
    }

    /// Which layout the tables have; 0 where there are none.
    fn layout(&self, client: &mut Client) -> Result<i32> {
        let row = client.query_typed_one(&self.fill(include_str!("sql/layout.sql"), &[]), &[]);
        self.reading(row.and_then(|row| row.try_get(0)))
    }

    /// Whether the failure means that somebody else has what was to be claimed.
    pub(crate) fn is_claim_conflict(&self, error: &DbError) -> bool {
        let is_ours = error
            .table()
            .unwrap_or_default()
            .strip_prefix(self.name.as_str());
        let is_unique = *error.code() == SqlState::UNIQUE_VIOLATION
            && error.schema() == Some(&self.schema)
            && is_ours.is_some_and(|rest| rest.is_empty() || rest == EVENTS_SUFFIX);
        is_unique || error.code().code() == MOVED
    }

    /// `template` with the names of the tables and `values` filled in.
    pub(crate) fn fill(&self, template: &str, values: &[(&str, &str)]) -> String {
        let names = [
            ("history", &*self.table),
            ("events", &self.events),
            ("schema", &sql::identifier(&self.schema)),
            ("schema_text", &sql::literal(&self.schema)),
            ("history_text", &sql::literal(&self.table)),
            ("program", &sql::literal(PROGRAM)),
        ];
        sql::fill(template, &[&names, values].concat())
    }
}

impl Recorded {
    fn from_row(row: &Row) -> Result<Self, postgres::Error> {
        let count = |column| {
            row.try_get::<_, i32>(column)
                .map(|n| usize::try_from(n).unwrap_or(0))
        };
        let version: Option<i64> = row.try_get("version")?;
        Ok(Self {
            has_version: version.is_some(),
            // The table's CHECK keeps it from being negative.
            version: version.unwrap_or_default().unsigned_abs(),
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
            down_code: row.try_get("down_code")?,
            down_mode: stored::mode(row)?,
            down_statements: count("down_statements")?,
            applied_at: row.try_get("applied_at")?,
            applied_by: row.try_get("applied_by")?,
        })
    }

    /// Whether it is not half-way.
    pub(crate) fn is_applied(&self) -> bool {
        self.state == RowState::Applied
    }

    /// Whether this script was applied.
    pub(crate) fn was_applied_from(&self, script: &Script<'_>) -> bool {
        self.has(script.checksum, &self.up_checksum)
    }

    /// The directions in which it is not this migration.
    pub(crate) fn differences(&self, migration: &Migration<'_>) -> Vec<Direction> {
        let up = (!self.was_applied_from(&migration.up)).then_some(Direction::Up);
        let is_same_down = self.has(migration.down.checksum, &self.down_checksum);
        up.into_iter()
            .chain((!is_same_down).then_some(Direction::Down))
            .collect()
    }

    fn has(&self, checksum: Checksum<'_>, digest: &[u8]) -> bool {
        i32::from(checksum.algorithm) == i32::from(self.algorithm) && checksum.sha256[..] == *digest
    }
}

/// The row of a version among rows in ascending order.
pub(crate) fn row(recorded: &[Recorded], version: u64) -> Option<&Recorded> {
    let index = recorded
        .binary_search_by_key(&version, |row| row.version)
        .ok()?;
    recorded.get(index)
}
