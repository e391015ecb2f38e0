//! A server by script, to drive faults into a run at each of its requests. It knows our own statements by
//! what is in them, and keeps of a database what decides a run: the lock, the history, and how often each
//! script has run. It stands in for no behaviour of PostgreSQL: the tests on real servers show that.
//!
//! The file is long because one state answers all requests.

mod driven;

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::time::Duration;

use crate::backend::Backend;
use crate::cause::Cause;
use crate::database_error::{DatabaseError, Fields};
use crate::embedded::{Migrations, Mode};
use crate::row::{Rows, Table, Unreadable};
use crate::server::{Answer, Look, Server, Sets, Transaction, Wanted, Watching, answer};
use crate::sql;

/// What goes wrong at a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The connection is lost once so many statements of the message were executed.
    Lost(usize),
    /// The server refuses its first statement with this code, and executes none.
    Refused(&'static str),
}

/// A database on one server, and the connection to it.
pub(crate) struct Scripted {
    list: &'static Migrations<'static>,
    state: State,
    /// What a transaction has made of it, if one is open.
    open: Option<State>,
    /// Whether the open transaction has failed.
    is_failed: bool,
    /// The backend that has the lock.
    locked_by: Option<i32>,
    prepared: BTreeSet<String>,
    owed: Vec<String>,
    pid: i32,
    is_lost: bool,
    /// At which request, from 0.
    pub(crate) fault: Option<(usize, Fault)>,
    pub(crate) requests: usize,
    pub(crate) can_reconnect: bool,
}

#[derive(Clone, Default)]
struct State {
    is_made: bool,
    rows: BTreeMap<u64, Line>,
    /// How often each script has run, up without down.
    ran: BTreeMap<u64, i32>,
    attempts: i64,
    /// Whose script is to come.
    claimed: u64,
}

/// What the history says of a version. Each script has one statement.
#[derive(Clone, Copy)]
struct Line {
    attempt: i64,
    state: &'static str,
    done: i32,
}

/// What is in statements that change nothing of what is kept here: settings, looks at the catalog, locks on
/// tables, events, and the records of what a step took.
const WITHOUT_EFFECT: [&str; 18] = [
    "without the lock'",
    "SET ",
    "set_config(",
    "LOCK TABLE ONLY",
    "COMMENT ON TABLE",
    "CREATE UNIQUE INDEX",
    "pg_event_trigger",
    "pg_stat_activity",
    "pg_terminate_backend(",
    "pg_catalog.version()",
    "pg_catalog.pg_locks",
    " guarded'",
    " shape'",
    "RAISE EXCEPTION",
    "EXECUTE pgstrata_",
    "DEALLOCATE pgstrata_",
    "\"pgstrata_history_events\"",
    "\"pgstrata_history_failed\"",
];

/// A row by its columns.
pub(crate) struct Columns(Vec<(&'static str, Option<String>)>);

impl Table for Vec<Columns> {
    fn len(&self) -> usize {
        self.len()
    }

    fn text(&self, row: usize, index: usize) -> Option<&str> {
        self[row].0.get(index)?.1.as_deref()
    }

    fn named(&self, row: usize, column: &str) -> Result<Option<&str>, Unreadable> {
        let found = self[row].0.iter().find(|(name, _)| *name == column);
        found
            .map(|(_, value)| value.as_deref())
            .ok_or_else(|| Unreadable::column(column))
    }
}

fn row<const N: usize>(columns: [(&'static str, &str); N]) -> Columns {
    let value = |text: &str| Some(text.to_owned()).filter(|it| it != "NULL");
    Columns(columns.map(|(name, text)| (name, value(text))).into())
}

fn refused(code: &str, message: &str) -> Cause {
    let said = DatabaseError(Box::new(Fields {
        severity: "ERROR".to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        schema: Some("public".to_owned()),
        table: Some("pgstrata_history".to_owned()),
        ..Fields::default()
    }));
    Cause {
        said: Some(said.clone()),
        ..Cause::new(said)
    }
}

impl State {
    /// A write of ours into the history.
    fn write(&mut self, statement: &str) -> Result<Vec<Columns>, Cause> {
        let has = |text: &str| statement.contains(text);
        let uncounted = || {
            refused(
                "22P02",
                "invalid input syntax for type integer: \"pgstrata: 0 counted\"",
            )
        };
        let by_attempt = |rows: &BTreeMap<u64, Line>| {
            let attempt = number_behind(statement, "attempt = ");
            let found = rows
                .iter()
                .find(|(_, line)| line.attempt.unsigned_abs() == attempt);
            found.map(|(version, _)| *version)
        };
        let claim = ["pgstrata_claim (", "VALUES\n("];
        let claim = claim
            .iter()
            .find_map(|it| Some(statement.split_once(it)?.1));
        if statement.starts_with("CREATE TABLE") {
            self.is_made = true;
        } else if let Some(values) = claim {
            self.claimed = number(values);
            self.attempts += 1;
            let is_begun = values.contains("'applying'");
            let line = Line {
                attempt: self.attempts,
                state: if is_begun { "applying" } else { "applied" },
                done: i32::from(!is_begun),
            };
            if self.rows.insert(self.claimed, line).is_some() {
                return Err(refused(
                    "23505",
                    "duplicate key value violates unique constraint",
                ));
            }
        } else if has("pgstrata_undo (") || has("gone AS (") {
            let before = if has("pgstrata_undo (") {
                "pgstrata_undo ("
            } else {
                "h.version = "
            };
            self.claimed = number_behind(statement, before);
            self.rows.remove(&self.claimed).ok_or_else(uncounted)?;
        } else if has("SET state = 'rolling back'") {
            let line = self
                .rows
                .get_mut(&number_behind(statement, "WHERE version = "));
            let line = line
                .filter(|line| line.state == "applied")
                .ok_or_else(uncounted)?;
            (line.state, line.done) = ("rolling back", 0);
        } else if has("SET state = 'applied', statements_done = statements_total") {
            let line = self.rows.get_mut(&number_behind(statement, "h.version = "));
            line.ok_or_else(uncounted)?.state = "applied";
        } else if has("has changed") {
            self.claimed = by_attempt(&self.rows).ok_or_else(uncounted)?;
            let line = self.rows.get_mut(&self.claimed).ok_or_else(uncounted)?;
            if line.done != 0 {
                return Err(refused(
                    "PGSMV",
                    "the history of this migration has changed",
                ));
            }
            line.done = 1;
        } else if has("touched AS (DELETE FROM") && has("_history\" WHERE version = ") {
            let version = number_behind(statement, "WHERE version = ");
            self.rows.remove(&version).ok_or_else(uncounted)?;
        } else if has("h.state = 'applying'") && has("DELETE FROM") {
            let version = number_behind(statement, "h.version = ");
            let line = self.rows.get(&version).filter(|line| line.done == 0);
            line.filter(|line| line.state == "applying")
                .ok_or_else(uncounted)?;
            self.rows.remove(&version);
        } else if has("h.state = 'rolling back'") {
            let line = self.rows.get_mut(&number_behind(statement, "h.version = "));
            let line = line.filter(|line| (line.state, line.done) == ("rolling back", 0));
            let line = line.ok_or_else(uncounted)?;
            (line.state, line.done) = ("applied", 1);
        } else {
            let is_known = WITHOUT_EFFECT.iter().any(|it| statement.contains(it));
            assert!(is_known, "nobody knows: {statement}");
        }
        Ok(Vec::new())
    }
}

impl Scripted {
    pub(crate) fn new(list: &'static Migrations<'static>) -> Self {
        Self {
            list,
            state: State::default(),
            open: None,
            is_failed: false,
            locked_by: None,
            prepared: BTreeSet::new(),
            owed: Vec::new(),
            pid: 1,
            is_lost: false,
            fault: None,
            requests: 0,
            can_reconnect: false,
        }
    }

    /// The backend of the connection.
    pub(crate) fn backend(&self) -> Backend {
        Backend {
            pid: self.pid,
            start: i64::from(self.pid),
            ..Backend::default()
        }
    }

    /// Another program connects, once this one has ended in whatever way.
    pub(crate) fn next_program(&mut self) {
        for message in take(&mut self.owed) {
            let _ = self.receive(&message);
        }
        self.connect();
        self.fault = None;
    }

    fn connect(&mut self) {
        // What the lost backend had goes with it.
        (self.open, self.locked_by) = (None, None);
        (self.is_lost, self.is_failed) = (false, false);
        self.prepared.clear();
        self.pid += 1;
    }

    /// The versions that are applied, if each script has run as often as the history says.
    pub(crate) fn applied(&self) -> Vec<u64> {
        let rows = &self.state.rows;
        let ran = self.state.ran.iter().filter(|(_, times)| **times != 0);
        let ran: Vec<_> = ran.map(|(version, times)| (*version, *times)).collect();
        let said = rows.iter().map(|(version, line)| {
            let times = match line.state {
                "applied" => 1,
                "applying" => line.done,
                _ => 1 - line.done,
            };
            (*version, times)
        });
        let said: Vec<_> = said.filter(|(_, times)| *times != 0).collect();
        assert_eq!(ran, said, "the history is not what was done");
        let applied = rows.iter().filter(|(_, line)| line.state == "applied");
        applied.map(|(version, _)| *version).collect()
    }

    /// What the session still has of a run.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let lock = self.locked_by.map(|_| "the lock".to_owned());
        let open = self.open.as_ref().map(|_| "a transaction".to_owned());
        let all = self.prepared.iter().cloned().chain(lock).chain(open);
        all.chain(self.owed.iter().cloned()).collect()
    }

    fn receive(&mut self, message: &str) -> Result<Sets, Cause> {
        if self.is_lost {
            return Err(Cause::new("the connection is lost"));
        }
        let fault = self.fault.filter(|(at, _)| *at == self.requests);
        self.requests += 1;
        let statements = statements(message);
        let is_alone = self.open.is_none();
        let (mut sets, before) = (Vec::new(), self.state.clone());
        let (mut done, lost) = (0, fault.map(|(_, fault)| fault));
        let result = statements.iter().try_for_each(|statement| {
            match lost {
                Some(Fault::Lost(after)) if after <= done => {
                    self.is_lost = true;
                    return Err(Cause::new("the connection was lost"));
                }
                Some(Fault::Refused(code)) => return Err(refused(code, "on purpose")),
                _ => {}
            }
            done += 1;
            sets.push(self.execute(statement)?);
            Ok(())
        });
        // Without a transaction of its own, a message is one.
        if is_alone && result.is_err() && self.open.is_none() && !has_own_transactions(&statements)
        {
            self.state = before;
        }
        self.is_failed |= result.is_err() && self.open.is_some();
        if matches!(lost, Some(Fault::Lost(_))) {
            // All of it was executed, and the answer was lost.
            self.is_lost = true;
            return Err(Cause::new("the connection was lost"));
        }
        result.map(|()| sets.into_iter().map(Rows::new).collect())
    }

    fn execute(&mut self, statement: &str) -> Result<Vec<Columns>, Cause> {
        let is = |text: &str| statement.starts_with(text);
        let has = |text: &str| statement.contains(text);
        if is("ROLLBACK") {
            (self.open, self.is_failed) = (None, false);
            return Ok(Vec::new());
        }
        if self.is_failed {
            return Err(refused("25P02", "current transaction is aborted"));
        }
        if is("BEGIN") {
            self.open = Some(self.state.clone());
            return Ok(Vec::new());
        } else if is("COMMIT") {
            self.state = self.open.take().unwrap_or_else(|| self.state.clone());
            return Ok(Vec::new());
        } else if let Some(name) = word_behind(statement, "PREPARE ") {
            self.prepared.insert(name);
            return Ok(Vec::new());
        } else if let Some(name) = word_behind(statement, "DEALLOCATE ") {
            if !self.prepared.remove(&name) {
                return Err(refused("26000", "it does not exist"));
            }
        } else if let Some(name) = word_behind(statement, "EXECUTE ")
            && !self.prepared.contains(&name)
        {
            return Err(refused("26000", "it does not exist"));
        }
        if has("pg_advisory_unlock(") {
            let is_ours = self.locked_by.take() == Some(self.pid);
            return Ok(vec![row([("unlocked", if is_ours { "t" } else { "f" })])]);
        }
        if has("pg_advisory_xact_lock_shared(") {
            // As where deadlock_timeout leaves no room for it.
            let has_waited = if self.locked_by.is_none() { "t" } else { "f" };
            return Ok(vec![row([("has_waited", has_waited)])]);
        }
        if has("pg_try_advisory_lock(") {
            let is_free = self.locked_by.is_none();
            self.locked_by = self.locked_by.or(Some(self.pid));
            let is_locked = if is_free { "t" } else { "f" };
            return Ok(vec![row([
                ("locked", is_locked),
                ("pid", &self.pid.to_string()),
            ])]);
        }
        // Of a caller's transaction.
        if has("'in a transaction'") {
            return Ok(Vec::new());
        }
        if has("AS default_path") {
            return Ok(vec![row([("default_path", "public")])]);
        }
        if has("FROM pg_catalog.pg_settings") {
            let none = ["names", "settings", "defaults"].map(|name| (name, "{}"));
            return Ok(vec![row(none)]);
        }
        if has("AS in_transaction") {
            return Ok(vec![self.session()]);
        }
        if has("quote_ident(current_user)") {
            return Ok(vec![row([("owner", "10")])]);
        }
        self.about_history(statement)
    }

    fn about_history(&mut self, statement: &str) -> Result<Vec<Columns>, Cause> {
        let has = |text: &str| statement.contains(text);
        let list = self.list;
        let state = self.open.as_mut().unwrap_or(&mut self.state);
        let reads = statement.starts_with("LOCK TABLE")
            || has(", state, up_checksum, down_checksum FROM ONLY");
        if reads && !state.is_made {
            return Err(refused(
                "42P01",
                "relation \"pgstrata_history\" does not exist",
            ));
        }
        if has(", state, up_checksum, down_checksum FROM ONLY") {
            let settled = |(version, line): (&u64, &Line)| {
                let [up, down] = digests(list, *version);
                row([
                    ("version", &version.to_string()),
                    ("state", line.state),
                    ("up_checksum", &up),
                    ("down_checksum", &down),
                ])
            };
            return Ok(state.rows.iter().map(settled).collect());
        } else if has("LEFT JOIN pg_catalog.pg_description") {
            let comment = "pgstrata history layout 3, extended to 4";
            let table = |place| {
                row([
                    ("place", place),
                    ("owner", "10"),
                    ("comment", comment),
                    ("has_flags", "f"),
                ])
            };
            return Ok(["0", "1"].map(table).into());
        } else if has("h.statements_done, h.statements_total") {
            let rows = state.rows.iter();
            return Ok(rows
                .map(|(version, line)| recorded(list, *version, *line))
                .collect());
        } else if has("AS down_statements") {
            let wanted = |line: &Line| has(&line.attempt.to_string());
            let rows = state.rows.iter().rev().filter(|(_, line)| wanted(line));
            return Ok(rows.map(|(version, _)| stored(list, *version)).collect());
        } else if has("array_replace(h.intent") {
            let line = state.rows.get(&number_behind(statement, "h.version = "));
            let line = line.filter(|line| has(&format!("'{}'", line.state)));
            return Ok(line.map(progress).into_iter().collect());
        } else if statement == "up" || statement == "down" {
            *state.ran.entry(state.claimed).or_default() += if statement == "up" { 1 } else { -1 };
        } else {
            return state.write(statement);
        }
        Ok(Vec::new())
    }

    fn session(&self) -> Columns {
        let pid = self.pid.to_string();
        row([
            ("key", "7"),
            ("pid", &pid),
            ("in_transaction", "f"),
            ("session_user", "app"),
            ("role", "none"),
            ("search_path", "public"),
            ("lock_timeout", "0"),
            ("statement_timeout", "0"),
            ("check_interval", "0"),
            ("deviating", "{standard_conforming_strings}"),
            ("found", "{off}"),
            ("reset", "NULL"),
            ("version", "PostgreSQL 15.18 on x86_64-pc-linux-gnu"),
            ("is_dsql", "f"),
            ("client_encoding", "UTF8"),
            ("server_encoding", "UTF8"),
            ("has_citus", "f"),
        ])
    }
}

fn digests(list: &Migrations<'_>, version: u64) -> [String; 2] {
    let migration = list
        .find(version)
        .expect("only what the list has is applied");
    [migration.up, migration.down].map(|script| ["\\x", &sql::hex(script.checksum.sha256)].concat())
}

/// A row of `read_history.sql`.
fn recorded(list: &Migrations<'_>, version: u64, line: Line) -> Columns {
    let [up, down] = digests(list, version);
    let migration = list
        .find(version)
        .expect("only what the list has is applied");
    let is_begun = line.state != "applied" && line.done == 0;
    row([
        ("version", &version.to_string()),
        ("label", migration.label),
        ("state", line.state),
        ("attempt", &line.attempt.to_string()),
        ("checksum_algorithm", "1"),
        ("up_checksum", &up),
        ("down_checksum", &down),
        ("statements_done", &line.done.to_string()),
        ("statements_total", "1"),
        (
            "down_transactional",
            if migration.down.mode == Mode::Transaction {
                "t"
            } else {
                "f"
            },
        ),
        ("down_statements", "1"),
        ("down_code", "NULL"),
        ("irreversible", "NULL"),
        (
            "next_statement",
            if is_begun { "line 1: up" } else { "NULL" },
        ),
        (
            "has_begun",
            if line.state == "applied" { "NULL" } else { "f" },
        ),
        ("applied_at", "2026-01-01T00:00:00Z"),
        ("applied_by", "app"),
        ("is_by_this_list", "NULL"),
        ("age_ms", "0"),
    ])
}

/// A row of `read_progress.sql`.
fn progress(line: &Line) -> Columns {
    row([
        ("attempt", &line.attempt.to_string()),
        ("done", &line.done.to_string()),
        ("intent", "NULL"),
        ("batches", "0"),
        ("batch_rows", "0"),
    ])
}

/// A row of `read_down.sql`.
fn stored(list: &Migrations<'_>, version: u64) -> Columns {
    let [_, down] = digests(list, version);
    row([
        ("down_sql", "down"),
        ("checksum_algorithm", "1"),
        ("down_checksum", &down),
        ("down_transactional", "t"),
        ("down_lock_timeout_ms", "NULL"),
        ("down_statement_timeout_ms", "NULL"),
        ("down_statements", "{0,4,1,0}"),
        ("is_counted", "t"),
        ("down_targets", "{}"),
    ])
}

fn number_behind(statement: &str, before: &str) -> u64 {
    statement
        .split_once(before)
        .map_or(0, |(_, rest)| number(rest))
}

fn number(text: &str) -> u64 {
    let end = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().expect("a number")
}

fn word_behind(statement: &str, before: &str) -> Option<String> {
    let rest = statement.strip_prefix(before)?;
    let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

fn has_own_transactions(statements: &[String]) -> bool {
    statements.iter().any(|it| it.starts_with("BEGIN"))
}

/// The length of what is quoted by dollars; of a parameter such as `$1`, of its sign.
fn dollar_quoted(text: &str) -> usize {
    let tag = text[1..].find('$').map(|end| &text[..end + 2]);
    let is_tag = |tag: &&str| {
        let mut inner = tag[1..tag.len() - 1].chars();
        !tag[1..].starts_with(|first: char| first.is_ascii_digit())
            && inner.all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let Some(tag) = tag.filter(is_tag) else {
        return 1;
    };
    let inside = text[tag.len()..].find(tag).expect("its end");
    tag.len() * 2 + inside
}

/// The statements of a message, without comments in front.
fn statements(message: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => 2 + rest[1..].find(first).expect("its end"),
            '$' => dollar_quoted(rest),
            ';' => {
                all.push(String::new());
                rest = &rest[1..];
                continue;
            }
            other => other.len_utf8(),
        };
        if !rest.starts_with("--") {
            all.last_mut()
                .expect("one at least")
                .push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    let all = all.iter().map(|it| it.trim().to_owned());
    all.filter(|it| !it.is_empty()).collect()
}

impl Server for Scripted {
    fn send<'a>(&'a mut self, message: &'a str, _: Wanted) -> Answer<'a, Result<Sets, Cause>> {
        answer(self.receive(message))
    }

    fn beside<'a>(
        &'a mut self,
        message: &'a str,
        _: Wanted,
        _: &'a mut dyn Look,
    ) -> Answer<'a, Option<Result<Sets, Cause>>> {
        answer(Some(self.receive(message)))
    }

    fn begin(&mut self) -> Answer<'_, Result<Box<dyn Transaction + '_>, Cause>> {
        answer(Err(Cause::new("the script has no code")))
    }

    fn reconnect<'a>(
        &'a mut self,
        is_wanted: &'a (dyn Fn(&Backend) -> bool + Sync),
    ) -> Answer<'a, Option<Result<Backend, Cause>>> {
        if !self.can_reconnect {
            return answer(None);
        }
        self.connect();
        self.owed.clear();
        assert!(is_wanted(&self.backend()));
        answer(Some(Ok(self.backend())))
    }

    fn watch_again(&mut self) -> Answer<'_, ()> {
        answer(())
    }

    /// There is no connection that watches.
    fn watching(&mut self) -> Option<&mut dyn Watching> {
        None
    }

    fn owe(&mut self, messages: Vec<String>) {
        self.owed = messages;
    }

    fn is_closed(&self) -> bool {
        self.is_lost
    }

    fn pause(&mut self, _: Duration) -> Answer<'_, ()> {
        answer(())
    }
}
