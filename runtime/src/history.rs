//! The history: a table of what is applied, and a table of what happened.
//!
//! `state` in the first is the present, one row a migration; the second only grows.
//! Every name is quoted and schema-qualified, since a script may move `search_path`.

mod found;
mod inspect;
mod recorded;

use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::error::{Error, Result};
use crate::messages;
use crate::sql;
use crate::sqlstate;
use crate::step::Action;

pub(crate) use found::{Found, LAYOUT};
pub(crate) use inspect::Use;
pub(crate) use recorded::{Past, Recorded, RowState, row};

/// What is written into the column `program`.
const PROGRAM: &str = concat!("pgstrata ", env!("CARGO_PKG_VERSION"));

/// PostgreSQL cuts longer names off without an error.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;
pub(crate) const EVENTS_SUFFIX: &str = "_events";
/// Not longer than the other: no name that was allowed becomes too long.
const FAILURES_SUFFIX: &str = "_failed";

/// What the server says where the tables are not there yet.
pub(crate) const MISSING: [&str; 2] = [sqlstate::UNDEFINED_TABLE, sqlstate::INVALID_SCHEMA_NAME];

/// Raised by `record_progress.sql`.
const MOVED: &str = "PGSMV";

/// What `counted.sql` and `guard.sql` make an invalid number of.
const UNCOUNTED: &str = "pgstrata: ";

/// The tables' names, and what is known of them.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// Quoted and qualified.
    pub(crate) table: String,
    /// Quoted and qualified.
    pub(crate) events: String,
    /// What [`History::fill`] fills in whatever the template: quoted here, once.
    names: [(&'static str, String); 9],
    /// Roles that may own the tables, beside those that are trusted anyway.
    pub(crate) trusted_owners: Vec<String>,
    /// As a literal: see [`list_digest`].
    pub(crate) list_digest: String,
    /// Whether reading asks the events which list applied each migration.
    pub(crate) asks_for_lists: bool,
    /// As they were inspected last; `None` where there are no tables.
    pub(crate) found: Option<Found>,
    /// Whether not even their schema is there.
    pub(crate) is_schema_missing: bool,
    /// The backend whose session has the lock; `None` where each transaction takes it.
    pub(crate) locked_by: Option<i32>,
    /// For which actions the session has what [`History::prepared_frame`] prepares.
    pub(crate) prepared: Vec<Action>,
}

impl History {
    pub(crate) fn new(schema: &str, name: &str) -> Self {
        let qualified =
            |name: &str| format!("{}.{}", sql::identifier(schema), sql::identifier(name));
        let table = qualified(name);
        let [events, failures] =
            [EVENTS_SUFFIX, FAILURES_SUFFIX].map(|suffix| qualified(&format!("{name}{suffix}")));
        Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
            names: [
                ("history", table.clone()),
                ("events", events.clone()),
                ("schema", sql::identifier(schema)),
                ("schema_text", sql::literal(schema)),
                ("history_text", sql::literal(&table)),
                ("events_text", sql::literal(&events)),
                ("failures_text", sql::literal(&failures)),
                ("failures", failures),
                ("program", sql::literal(PROGRAM)),
            ],
            table,
            events,
            trusted_owners: Vec::new(),
            list_digest: "NULL".to_owned(),
            asks_for_lists: false,
            found: None,
            is_schema_missing: false,
            locked_by: None,
            prepared: Vec::new(),
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
        let message = messages::history_name(&self.table, longest);
        Err(Error::said(message))
    }

    pub(crate) fn reading<T, E: Into<Cause>>(&self, result: Result<T, E>) -> Result<T> {
        result.map_err(|cause| self.not_read(cause))
    }

    pub(crate) fn not_read(&self, cause: impl Into<Cause>) -> Error {
        Error::database(format_args!("reading the history {}", self.table), cause)
    }

    /// Whether the tables were there when they were read last.
    pub(crate) fn is_there(&self) -> bool {
        self.found.is_some()
    }

    /// Whether their rows say what a repeatable has made.
    pub(crate) fn keeps_targets(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.layout >= 2)
    }

    /// The closer look at the tables before another program's queries read them.
    pub(crate) fn reading_inspection(&self) -> String {
        self.inspection(Use::Read)
    }

    /// Whether anything is prepared in the session.
    pub(crate) fn is_prepared(&self) -> bool {
        !self.prepared.is_empty()
    }

    /// What a transaction begins with that writes into the history: under a lock that keeps triggers
    /// and rules from being added, the tables are still the ones that were inspected.
    pub(crate) fn guard(&self) -> String {
        let guarded = if self.is_prepared() {
            "EXECUTE pgstrata_guard".to_owned()
        } else {
            self.guarded()
        };
        self.fill(
            include_str!("sql/history/guard.sql"),
            &[("guarded", &guarded)],
        )
    }

    /// The query that fails unless they are.
    pub(crate) fn guarded(&self) -> String {
        self.guarded_by(self.locked_by)
    }

    /// The same in a text that may be sent again on another connection: whatever session has the lock.
    pub(crate) fn guarded_anywhere(&self) -> String {
        self.guarded_by(None)
    }

    fn guarded_by(&self, locked_by: Option<i32>) -> String {
        let [history_owner, events_owner] = self.owners();
        // A flag may outlive what it stands for, which takes a look into further tables.
        let has_flags = self.found.as_ref().is_some_and(|found| found.has_flags);
        let no_flags = if has_flags {
            include_str!("sql/history/idle_flags.sql")
        } else {
            include_str!("sql/history/no_flags.sql")
        };
        let locked_by = locked_by.map(|pid| pid.to_string());
        let values = [
            (
                "locked_by",
                locked_by
                    .as_deref()
                    .unwrap_or("pg_catalog.pg_backend_pid()"),
            ),
            ("history_owner", &*history_owner),
            ("events_owner", &events_owner),
            ("no_flags", no_flags.trim_end()),
        ];
        self.fill(include_str!("sql/history/guarded.sql").trim_end(), &values)
    }

    /// Who owned the tables when they were inspected, as oids.
    pub(crate) fn owners(&self) -> [String; 2] {
        let found = self.found.as_ref();
        let history = found.map_or(0, |found| found.history_owner);
        let events = found.and_then(|found| found.events_owner);
        [history, events.unwrap_or_default()].map(|owner| owner.to_string())
    }

    /// What a write of ours must touch, or the transaction fails.
    pub(crate) fn counted(write: &str, rows: usize) -> String {
        let values = [("write", write), ("rows", &rows.to_string())];
        sql::fill(include_str!("sql/history/counted.sql"), &values)
    }

    /// Whether a write of ours touched other rows than it meant, or the tables have changed.
    pub(crate) fn is_uncounted(error: &DatabaseError) -> bool {
        error.code() == sqlstate::INVALID_TEXT_REPRESENTATION && error.message().contains(UNCOUNTED)
    }

    /// Whether the tables are not those any more that were inspected.
    pub(crate) fn is_altered(error: &DatabaseError) -> bool {
        Self::is_uncounted(error) && error.message().contains(" guarded")
    }

    /// Whether a transaction was another session's than the one that has the lock.
    pub(crate) fn is_without_lock(error: &DatabaseError) -> bool {
        Self::is_uncounted(error) && error.message().contains(" without the lock")
    }

    /// Whether the failure means that another program has what was to be claimed.
    pub(crate) fn is_claim_conflict(&self, error: &DatabaseError) -> bool {
        let is_ours = error
            .table()
            .unwrap_or_default()
            .strip_prefix(self.name.as_str());
        let is_unique = error.code() == sqlstate::UNIQUE_VIOLATION
            && error.schema() == Some(&self.schema)
            && is_ours.is_some_and(|rest| rest.is_empty() || rest == EVENTS_SUFFIX);
        is_unique || error.code() == MOVED
    }

    /// `template` with the names of the tables and `values` filled in.
    pub(crate) fn fill(&self, template: &str, values: &[(&str, &str)]) -> String {
        let names = self.names.iter().map(|(name, value)| (*name, &**value));
        let list_digest = [("list_digest", &*self.list_digest)];
        let all = names.chain(list_digest).chain(values.iter().copied());
        sql::fill(template, &all.collect::<Vec<_>>())
    }
}
