//! Reading the history: nothing of it is used unless the tables are exactly ours.

use postgres::Client;
use postgres::error::{DbError, SqlState};

use super::layout::{Found, LAYOUT};
use super::{EVENTS_SUFFIX, History, MISSING, Past, Recorded};
use crate::error::{Error, Result};
use crate::own::{self, Row};
use crate::session::Wire;
use crate::sql;

/// Raised by `inspect.sql`.
const UNTRUSTED: &str = "PGSHI";

/// What `shape.sql` makes of this layout's tables. Another digest costs time, and nothing else: then
/// `inspect.sql` looks at each part.
const SHAPES: [&str; 2] = [
    "5c57b3f3a377fda2c97d6a21a24ace61",
    // Before PostgreSQL 15, which can tell NULLs apart in an index.
    "5853a39ac0e5aa4d00a78cb42b1f7b9e",
];

/// What the history is read for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Use {
    Read,
    /// Then its owner must be trusted, too.
    Write,
}

impl Use {
    fn writes(self) -> &'static str {
        match self {
            Self::Read => "false",
            Self::Write => "true",
        }
    }
}

impl History {
    /// All rows in one round trip; nothing where there is no table yet. Before it reads, and in the
    /// same transaction, the server refuses tables that are not as we make them, and for what
    /// writes, an owner who is not trusted.
    pub(crate) fn read(
        &mut self,
        client: &mut Client,
        wire: &mut Wire<'_>,
        use_: Use,
    ) -> Result<Past> {
        self.found = None;
        self.is_schema_missing = false;
        let is_unknown = |error: &Error| error.database_error().is_some_and(Self::is_uncounted);
        let asked = match self.ask(client, wire, use_, &self.known_shape(use_)) {
            Err(error) if is_unknown(&error) => {
                self.ask(client, wire, use_, &self.inspection(use_))
            }
            asked => asked,
        };
        let sets = match asked {
            Err(error) if error.code().is_some_and(|code| MISSING.contains(code)) => {
                self.is_schema_missing = error.code() == Some(&SqlState::INVALID_SCHEMA_NAME);
                return Ok(Past::default());
            }
            Err(error) => {
                let error = self.refused(client, use_, error);
                return Err(self.with_repairs(client, use_, error));
            }
            Ok(sets) => sets,
        };
        let [.., layout, rows] = &sets[..] else {
            return Ok(Past::default());
        };
        self.found = self.reading(Found::from_rows(layout))?;
        let all: Result<Vec<Recorded>, _> = rows.iter().map(Recorded::from_row).collect();
        let all = self.reading(all)?;
        let is_twice = |pair: &&[Recorded]| {
            pair[0].has_version && pair[1].has_version && pair[0].version == pair[1].version
        };
        if let Some([one, other]) = all.windows(2).find(is_twice) {
            let labels = [("one", &*one.label), ("other", &other.label)];
            let values = [&labels[..], &[("table", &self.table)]].concat();
            return Err(Error::sentence("twice", &values));
        }
        let (rows, repeated) = all.into_iter().partition(|row| row.has_version);
        Ok(Past { rows, repeated })
    }

    fn ask(
        &self,
        client: &mut Client,
        wire: &mut Wire<'_>,
        use_: Use,
        inspection: &str,
    ) -> Result<Vec<Vec<Row>>> {
        let mut asked = |asks_for_lists| {
            let (locks, query) = self.query(inspection, asks_for_lists);
            wire.ask_after(&locks, client, self, &query)
        };
        match asked(self.asks_for_lists) {
            Err(error) if self.asks_for_lists && self.is_about_events(&error, use_) => asked(false),
            asked => asked,
        }
    }

    /// Whether the events could not be read, though the history may be: their table is gone, which
    /// the server says by its name, or who only reads has no right to it.
    fn is_about_events(&self, error: &Error, use_: Use) -> bool {
        let Some(said) = error.database_error() else {
            return false;
        };
        let events = format!("{}.{}{EVENTS_SUFFIX}", self.schema, self.name);
        let is_missing =
            *said.code() == SqlState::UNDEFINED_TABLE && said.message().contains(&events);
        let is_hidden = *said.code() == SqlState::INSUFFICIENT_PRIVILEGE && use_ == Use::Read;
        is_missing || is_hidden
    }

    /// What is locked is what is inspected. The locks come first, so that a missing table costs no
    /// more than to name it; they do not wait, since no limit is set yet.
    fn query(&self, inspection: &str, asks_for_lists: bool) -> (Vec<String>, String) {
        let applied = if asks_for_lists {
            include_str!("../sql/read_applied.sql")
        } else {
            include_str!("../sql/read_unasked.sql")
        };
        let applied = [("applied", applied.trim_end())];
        let rows = sql::fill(include_str!("../sql/read_history.sql"), &applied);
        let tables = [
            Some(&self.table),
            Some(&self.events).filter(|_| asks_for_lists),
        ];
        let lock = |table| format!("LOCK TABLE ONLY {table} IN ACCESS SHARE MODE NOWAIT");
        let locks = tables.into_iter().flatten().map(lock).collect();
        let [layout, rows] = [include_str!("../sql/layout.sql"), &rows]
            .map(|template| self.fill(template.trim_end(), &[]));
        (locks, [inspection, &layout, &rows].join(";\n"))
    }

    /// Fails unless the tables are known by their digest.
    pub(super) fn known_shape(&self, use_: Use) -> String {
        let values = [("writes", use_.writes())];
        let shape = self.fill(include_str!("../sql/shape.sql").trim_end(), &values);
        let values = [("shape", &*shape), ("shapes", &sql::texts(&SHAPES))];
        sql::fill(include_str!("../sql/known_shape.sql").trim_end(), &values)
    }

    pub(super) fn inspection(&self, use_: Use) -> String {
        // A repair is a line.
        let comments = include_str!("../sql/layout_comments.sql");
        let make = |create: &str, table: &str| {
            let comment = comments.lines().find(|line| line.contains(table));
            let lines = create.lines().filter(|line| !line.starts_with("--"));
            let words = lines.chain(comment).flat_map(str::split_whitespace);
            let if_missing = [("if_missing", "IF NOT EXISTS")];
            sql::literal(&self.fill(&words.collect::<Vec<_>>().join(" "), &if_missing))
        };
        let set_sequence = self.fill(include_str!("../sql/set_sequence.sql").trim_end(), &[]);
        let values = [
            ("layout", &*LAYOUT.to_string()),
            ("columns", include_str!("../sql/columns.sql").trim_end()),
            ("writes", use_.writes()),
            ("owners", &sql::texts(&self.trusted_owners)),
            (
                "make_events",
                &make(include_str!("../sql/create_events.sql"), "{events}"),
            ),
            (
                "make_failures",
                &make(include_str!("../sql/create_failures.sql"), "{failures}"),
            ),
            ("set_sequence", &sql::literal(&(set_sequence + ";"))),
        ];
        self.fill(include_str!("../sql/inspect.sql").trim_end(), &values)
    }

    /// Whether it is what `inspect.sql` raises.
    pub(super) fn is_untrusted(said: &DbError) -> bool {
        said.code().code() == UNTRUSTED
    }

    /// An error that an inspection explains better is replaced by it: a view in the table's place
    /// may fail in any way.
    pub(crate) fn refused(&self, client: &mut Client, use_: Use, error: Error) -> Error {
        let found = |cause: &postgres::Error| {
            let said = cause
                .as_db_error()
                .filter(|said| Self::is_untrusted(said))?;
            Some(Error::untrusted(&self.table, said))
        };
        let inspected = own::ask(client, &self.inspection(use_), own::BRIEF).err();
        inspected.as_ref().and_then(found).unwrap_or(error)
    }

    /// An error about a privilege, with the statements that give this role what it lacks: a copy that was
    /// restored without owners and privileges belongs to whoever restored it.
    pub(crate) fn with_repairs(&self, client: &mut Client, use_: Use, error: Error) -> Error {
        if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return error;
        }
        let values = [("writes", use_.writes())];
        let queries = [
            include_str!("../sql/layout.sql"),
            include_str!("../sql/may_upgrade.sql"),
            include_str!("../sql/lacking_privileges.sql"),
        ];
        let queries = queries.map(|query| self.fill(query.trim_end(), &values));
        let sets = own::ask(client, &queries.join(";\n"), own::BRIEF).unwrap_or_default();
        let [layout, upgrade, grants] = &sets[..] else {
            return error;
        };
        let found = Found::from_rows(layout).ok().flatten();
        let is_earlier = found.is_some_and(|found| found.layout < LAYOUT);
        let repairs = if is_earlier && use_ == Use::Write {
            upgrade
        } else {
            grants
        };
        let repairs = repairs.iter().filter_map(|row| row.get("repair").ok());
        error.with_repairs(&repairs.collect::<Vec<String>>())
    }
}
