//! The history: a table of what is applied, and a table of what happened.
//!
//! `state` in the first is the present, one row a migration; the second only grows.
//! Every name is quoted and schema-qualified, since a script may move `search_path`.
//!
//! The file is long because all that reads and prepares the tables stands together.

use std::time::Duration;

use postgres::Client;
use postgres::error::{DbError, SqlState};
use sha2::{Digest as _, Sha256};

use crate::error::{Cause, Error, Result};
use crate::migration::{Checksum, Migration, Migrations, Mode, Script};
use crate::own::{self, Row, Unreadable};
use crate::plan::{Action, Direction};
use crate::session::Wire;
use crate::sql;

/// What is written into the column `program`.
const PROGRAM: &str = concat!("pgstrata ", env!("CARGO_PKG_VERSION"));

/// PostgreSQL cuts longer names off without an error.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;
const EVENTS_SUFFIX: &str = "_events";
/// Not longer than the other: no name that was allowed becomes too long.
const FAILURES_SUFFIX: &str = "_failed";

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

/// Raised by `inspect.sql`.
const UNTRUSTED: &str = "PGSHI";

/// What `counted.sql` and `guard.sql` make an invalid number of.
const UNCOUNTED: &str = "pgstrata: ";

/// The layout of the tables that this program writes. Their comments hold it, and the oldest
/// layout that a writer must know.
const LAYOUT: i32 = 4;

/// What `shape.sql` makes of this layout's tables. Another digest costs time, and nothing else: then
/// `inspect.sql` looks at each part.
const SHAPES: [&str; 2] = [
    "5c57b3f3a377fda2c97d6a21a24ace61",
    // Before PostgreSQL 15, which can tell NULLs apart in an index.
    "5853a39ac0e5aa4d00a78cb42b1f7b9e",
];

/// The tables' names, and what is known of them.
#[derive(Clone)]
pub(crate) struct History {
    schema: String,
    name: String,
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
    found: Option<Found>,
    /// Whether not even their schema is there.
    is_schema_missing: bool,
    /// For which actions the session has what [`History::prepared_frame`] prepares.
    pub(crate) prepared: Vec<Action>,
}

/// Version, up and down checksum of what is applied.
type AppliedRow = (Option<u64>, Vec<u8>, Vec<u8>);

/// What an inspection found.
#[derive(Clone)]
struct Found {
    oldest_writer: i32,
    layout: i32,
    history_owner: u32,
    events_owner: Option<u32>,
    /// Whether the catalog says that they may have triggers, rules, children or row security.
    has_flags: bool,
}

/// What one query for the checksums tells.
pub(crate) enum Settled {
    /// The history is the program's list.
    Exactly,
    /// There is no history.
    Missing,
    /// It needs a closer look.
    Otherwise,
}

/// What was done, without the stored SQL.
#[derive(Default)]
pub(crate) struct Past {
    /// By ascending version.
    pub(crate) rows: Vec<Recorded>,
    /// Repeatables, whose version reads as 0.
    pub(crate) repeated: Vec<Recorded>,
}

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
    /// Line and first line of the statement that comes next, from the text that runs; of what is
    /// applied, and in rows of older programs, it does not exist.
    pub(crate) next_statement: Option<String>,
    /// Whether that statement has begun and may have left something.
    pub(crate) has_begun: bool,
    pub(crate) irreversible: Option<String>,
    pub(crate) down_code: Option<String>,
    pub(crate) down_mode: Mode,
    pub(crate) down_statements: usize,
    pub(crate) applied_at: String,
    pub(crate) applied_by: String,
    /// Whether the program's own list applied it, as far as the event says.
    pub(crate) is_by_this_list: bool,
    /// By the server's clock, since it was applied; zero where that was not asked.
    pub(crate) age: Duration,
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
        let longest = longest.to_string();
        Err(Error::sentence(
            "history-name",
            &[("table", &self.table), ("longest", &longest)],
        ))
    }

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
            include_str!("sql/read_applied.sql")
        } else {
            include_str!("sql/read_unasked.sql")
        };
        let applied = [("applied", applied.trim_end())];
        let rows = sql::fill(include_str!("sql/read_history.sql"), &applied);
        let tables = [
            Some(&self.table),
            Some(&self.events).filter(|_| asks_for_lists),
        ];
        let lock = |table| format!("LOCK TABLE ONLY {table} IN ACCESS SHARE MODE NOWAIT");
        let locks = tables.into_iter().flatten().map(lock).collect();
        let [layout, rows] = [include_str!("sql/layout.sql"), &rows]
            .map(|template| self.fill(template.trim_end(), &[]));
        (locks, [inspection, &layout, &rows].join(";\n"))
    }

    /// Fails unless the tables are known by their digest.
    fn known_shape(&self, use_: Use) -> String {
        let values = [("writes", use_.writes())];
        let shape = self.fill(include_str!("sql/shape.sql").trim_end(), &values);
        let values = [("shape", &*shape), ("shapes", &sql::texts(&SHAPES))];
        sql::fill(include_str!("sql/known_shape.sql").trim_end(), &values)
    }

    fn inspection(&self, use_: Use) -> String {
        let values = [
            ("layout", &*LAYOUT.to_string()),
            ("columns", include_str!("sql/columns.sql").trim_end()),
            ("writes", use_.writes()),
            ("owners", &sql::texts(&self.trusted_owners)),
        ];
        self.fill(include_str!("sql/inspect.sql").trim_end(), &values)
    }

    /// An error that an inspection explains better is replaced by it: a view in the table's place
    /// may fail in any way.
    pub(crate) fn refused(&self, client: &mut Client, use_: Use, error: Error) -> Error {
        let found = |cause: &postgres::Error| {
            let said = cause
                .as_db_error()
                .filter(|said| said.code().code() == UNTRUSTED)?;
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
            include_str!("sql/layout.sql"),
            include_str!("sql/may_upgrade.sql"),
            include_str!("sql/lacking_privileges.sql"),
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

    /// Whether the history is this list and nothing else, at the price of a bare query for
    /// the checksums. A digest tells its algorithm, and a repeatable is what it says: one that was
    /// only renamed has nothing to run.
    pub(crate) fn settled(
        &self,
        list: &Migrations<'_>,
        client: &mut Client,
        wire: &mut Wire<'_>,
    ) -> Result<Settled> {
        // In an implicit transaction, which gives the settings back at its end. Nothing in it can run
        // anybody's code: a view or a foreign table in the table's place is refused before it is
        // planned, and so is a table that row security would filter for this role.
        // Plain columns: an operator, a function or an order would cost a fresh connection, which
        // knows nothing of the catalog yet, as much again as a hundred rows.
        let query = wire.limits().fill(include_str!("sql/settled.sql"));
        let rows = match own::rows(client, &self.fill(&query, &[])) {
            Ok(mut sets) => sets.pop().unwrap_or_default(),
            Err(cause) if cause.code().is_some_and(|code| MISSING.contains(code)) => {
                return Ok(Settled::Missing);
            }
            // The next query says what is in the way; none of it is, if the connection is lost.
            Err(cause) if cause.as_db_error().is_some() => return Ok(Settled::Otherwise),
            Err(cause) => return self.reading(Err(cause)),
        };
        // Mostly they come as they were applied.
        let mut wanted = list.digests();
        let is_next = |row| wanted.next().is_some_and(|it| is_applied_as(row, it));
        if rows.iter().all(is_next) && wanted.next().is_none() {
            return Ok(Settled::Exactly);
        }
        let found = rows.iter().map(|row| {
            let version = row.get::<Option<i64>>("version")?.map(i64::unsigned_abs);
            let is_applied = row.get::<String>("state")? == "applied";
            let digests = (row.get("up_checksum")?, row.get("down_checksum")?);
            Ok(is_applied.then_some((version, digests.0, digests.1)))
        });
        let found: Result<Option<Vec<AppliedRow>>, Unreadable> = found.collect();
        let Ok(Some(mut found)) = found else {
            return Ok(Settled::Otherwise);
        };
        let mut wanted: Vec<_> = list.digests().collect();
        wanted.sort_unstable();
        found.sort_unstable();
        Ok(if wanted.into_iter().eq(found.iter().map(as_digests)) {
            Settled::Exactly
        } else {
            Settled::Otherwise
        })
    }

    pub(crate) fn reading<T, E: Into<Cause>>(&self, result: Result<T, E>) -> Result<T> {
        result.map_err(|cause| {
            Error::database(format_args!("reading the history {}", self.table), cause)
        })
    }

    /// Creates what is missing and brings what is there to this program's layout, as it was read
    /// last.
    pub(crate) fn prepare(&mut self, client: &mut Client, wire: &mut Wire<'_>) -> Result<()> {
        match &self.found {
            Some(found) if found.oldest_writer > LAYOUT => {
                let (newer, known) = (found.oldest_writer.to_string(), LAYOUT.to_string());
                let values = [
                    ("table", &*self.table),
                    ("newer", &newer),
                    ("known", &known),
                ];
                return Err(Error::sentence("newer-layout", &values));
            }
            Some(found) if found.layout >= LAYOUT => return Ok(()),
            _ => {}
        }
        let (template, if_missing) = match self.found {
            None => (include_str!("sql/create_history.sql"), ""),
            Some(_) => (include_str!("sql/upgrade_history.sql"), "IF NOT EXISTS"),
        };
        let part = |template: &str| self.fill(template, &[("if_missing", if_missing)]);
        // To create a schema that is there, if only if it is missing, takes a right all the same.
        let create_schema = if self.is_schema_missing {
            part(include_str!("sql/create_schema.sql"))
        } else {
            String::new()
        };
        let parts = [
            ("create_schema", &*create_schema),
            (
                "create_failures",
                &part(include_str!("sql/create_failures.sql")),
            ),
            ("comments", &part(include_str!("sql/layout_comments.sql"))),
        ];
        let message = self.fill(template, &parts) + &self.fill(include_str!("sql/layout.sql"), &[]);
        let table = &self.table;
        let doing = match &self.found {
            None => format!("creating the history {table}"),
            Some(Found { layout, .. }) => {
                format!("upgrading the history {table} from layout {layout} to {LAYOUT}")
            }
        };
        match wire.ask(client, self, &message) {
            Ok(sets) => {
                let layout = sets.last().map_or(&[][..], |rows| rows);
                self.found = self.reading(Found::from_rows(layout))?;
                Ok(())
            }
            // Where another program was faster, and no lock held us apart, the server
            // complains in one of several ways; what counts is that all is there.
            Err(cause) => match self.read(client, wire, Use::Write) {
                Ok(_) if self.found.as_ref().is_some_and(|it| it.layout >= LAYOUT) => Ok(()),
                _ => Err(self.with_repairs(client, Use::Write, cause.while_doing(&doing))),
            },
        }
    }

    /// Refuses where a run would have to bring the tables to this program's layout first, and this
    /// role may not; as they were read last.
    pub(crate) fn check_upgrade(&self, client: &mut Client, wire: &mut Wire<'_>) -> Result<()> {
        let Some(layout) = self.found.as_ref().map(|found| found.layout) else {
            return Ok(());
        };
        if layout >= LAYOUT {
            return Ok(());
        }
        let query = self.fill(include_str!("sql/may_upgrade.sql").trim_end(), &[]);
        let sets = wire.ask(client, self, &query)?;
        let lacks = sets.iter().flatten().map(|row| {
            let (message, repair): (String, String) = (row.get("message")?, row.get("repair")?);
            Ok(format!("\n  - {message}\n    {repair}"))
        });
        let lacks: Result<String, Unreadable> = lacks.collect();
        match self.reading(lacks)? {
            lacks if lacks.is_empty() => Ok(()),
            lacks => Err(Error::not_upgradable(&self.table, [layout, LAYOUT], &lacks)),
        }
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
        self.fill(include_str!("sql/guard.sql"), &[("guarded", &guarded)])
    }

    /// The query that fails unless they are.
    pub(crate) fn guarded(&self) -> String {
        let [history_owner, events_owner] = self.owners();
        // A flag may outlive what it stands for, which takes a look into further tables.
        let has_flags = self.found.as_ref().is_some_and(|found| found.has_flags);
        let no_flags = if has_flags {
            include_str!("sql/idle_flags.sql")
        } else {
            include_str!("sql/no_flags.sql")
        };
        let values = [
            ("history_owner", &*history_owner),
            ("events_owner", &events_owner),
            ("no_flags", no_flags.trim_end()),
        ];
        self.fill(include_str!("sql/guarded.sql").trim_end(), &values)
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
        sql::fill(include_str!("sql/counted.sql"), &values)
    }

    /// Whether a write of ours touched other rows than it meant, or the tables have changed.
    pub(crate) fn is_uncounted(error: &DbError) -> bool {
        *error.code() == SqlState::INVALID_TEXT_REPRESENTATION
            && error.message().contains(UNCOUNTED)
    }

    /// Whether the failure means that another program has what was to be claimed.
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
        let names = self.names.iter().map(|(name, value)| (*name, &**value));
        let list_digest = [("list_digest", &*self.list_digest)];
        let all = names.chain(list_digest).chain(values.iter().copied());
        sql::fill(template, &all.collect::<Vec<_>>())
    }
}

impl Found {
    /// From what `layout.sql` tells of the tables that are there.
    fn from_rows(rows: &[Row]) -> Result<Option<Self>, Unreadable> {
        let mut found = None;
        for row in rows {
            let owner = row.get("owner")?;
            let has_flags = row.get("has_flags")?;
            match (row.get::<i32>("place")?, &mut found) {
                (0, found) => {
                    let comment: Option<String> = row.get("comment")?;
                    let number = |before| number_after(comment.as_deref()?, before);
                    // Earlier layouts have one number in their comment, and the first one none.
                    let oldest_writer = number("layout ").unwrap_or(1);
                    *found = Some(Self {
                        oldest_writer,
                        layout: number("extended to ").unwrap_or(oldest_writer),
                        history_owner: owner,
                        events_owner: None,
                        has_flags,
                    });
                }
                (_, Some(found)) => {
                    found.events_owner = Some(owner);
                    found.has_flags |= has_flags;
                }
                (_, None) => {}
            }
        }
        Ok(found)
    }
}

fn number_after(text: &str, before: &str) -> Option<i32> {
    let (_, after) = text.split_once(before)?;
    let end = after
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(after.len());
    after[..end].parse().ok()
}

impl Recorded {
    fn from_row(row: &Row) -> Result<Self, Unreadable> {
        let count = |column| {
            row.get::<i32>(column)
                .map(|n| usize::try_from(n).unwrap_or(0))
        };
        let version: Option<i64> = row.get("version")?;
        Ok(Self {
            has_version: version.is_some(),
            // The table's CHECK keeps it from being negative.
            version: version.unwrap_or_default().unsigned_abs(),
            label: row.get("label")?,
            state: match &*row.get::<String>("state")? {
                "applied" => RowState::Applied,
                "rolling back" => RowState::RollingBack,
                _ => RowState::Applying,
            },
            attempt: row.get("attempt")?,
            algorithm: row.get("checksum_algorithm")?,
            up_checksum: row.get("up_checksum")?,
            down_checksum: row.get("down_checksum")?,
            statements_done: count("statements_done")?,
            statements_total: count("statements_total")?,
            next_statement: row.get("next_statement")?,
            has_begun: row.get::<Option<bool>>("has_begun")?.unwrap_or_default(),
            irreversible: row.get("irreversible")?,
            down_code: row.get("down_code")?,
            down_mode: if row.get("down_transactional")? {
                Mode::Transaction
            } else {
                Mode::NoTransaction
            },
            down_statements: count("down_statements")?,
            applied_at: row.get("applied_at")?,
            applied_by: row.get("applied_by")?,
            is_by_this_list: row
                .get::<Option<bool>>("is_by_this_list")?
                .unwrap_or_default(),
            age: Duration::from_millis(
                u64::try_from(row.get::<i64>("age_ms")?).unwrap_or_default(),
            ),
        })
    }

    /// A migration by its version, a repeatable by its name.
    pub(crate) fn key(&self) -> (Option<u64>, String) {
        if self.has_version {
            (Some(self.version), String::new())
        } else {
            (None, self.label.clone())
        }
    }

    /// Whether it is not interrupted.
    pub(crate) fn is_applied(&self) -> bool {
        self.state == RowState::Applied
    }

    /// Whether it was claimed for a script of which nothing has run since.
    pub(crate) fn is_untouched(&self) -> bool {
        let is_first = self.statements_done == 0 && self.next_statement.is_some();
        !self.is_applied() && is_first && !self.has_begun
    }

    /// Whether the program died before it ran anything of another file than this.
    pub(crate) fn is_replaced_by(&self, migration: &Migration<'_>) -> bool {
        let is_up = self.state == RowState::Applying;
        is_up && self.is_untouched() && !self.differences(migration).is_empty()
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

    /// The program's own way back, if it is the one that was stored; else `None`. An error is the
    /// reason why it does not exist.
    pub(crate) fn way_back<'a>(
        &self,
        migrations: &Migrations<'a>,
    ) -> Result<Option<Script<'a>>, String> {
        let own = migrations.find(self.version);
        let own = own.filter(|it| self.has(it.down.checksum, &self.down_checksum));
        match own.map(|migration| (migration.irreversible, migration.down)) {
            Some((Some(reason), _)) => Err(reason.to_owned()),
            // Whoever baselined may have stored nothing.
            Some((None, down)) if !down.packed.is_empty() || down.code.is_some() => Ok(Some(down)),
            _ => self.irreversible.clone().map_or(Ok(None), Err),
        }
    }

    fn has(&self, checksum: Checksum<'_>, digest: &[u8]) -> bool {
        i32::from(checksum.algorithm) == i32::from(self.algorithm) && checksum.sha256[..] == *digest
    }
}

/// Whether a row of `settled.sql` is this migration.
fn is_applied_as(row: &Row, (version, up, down): (Option<u64>, &[u8], &[u8])) -> bool {
    let number = row.text(0).map(str::parse);
    let is_hex = |column, digest| {
        row.text(column)
            .is_some_and(|it| sql::is_hex_of(it, digest))
    };
    number == version.map(Ok) && row.text(1) == Some("applied") && is_hex(2, up) && is_hex(3, down)
}

fn as_digests((version, up, down): &AppliedRow) -> (Option<u64>, &[u8], &[u8]) {
    (*version, up, down)
}

/// The row of a version among rows in ascending order.
pub(crate) fn row(recorded: &[Recorded], version: u64) -> Option<&Recorded> {
    let index = recorded
        .binary_search_by_key(&version, |row| row.version)
        .ok()?;
    recorded.get(index)
}

/// The digest of a list: SHA-256 over each version, in eight bytes, and its up checksum. Events keep
/// it, so that a later run can tell which list applied a migration.
pub(crate) fn list_digest(list: &Migrations<'_>) -> String {
    let mut digest = Sha256::new();
    let migrations = list
        .digests()
        .filter_map(|(version, up, _)| Some((version?, up)));
    let mut migrations: Vec<(u64, &[u8])> = migrations.collect();
    migrations.sort_unstable();
    for (version, up) in migrations {
        digest.update(version.to_be_bytes());
        digest.update(up);
    }
    sql::bytes(digest.finalize().as_slice())
}
