//! Settings of the session that a run sets for its time, and those with which it does not begin.

use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::messages;
use crate::own::{self, Limits};
use crate::row::{Row, Unreadable};
use crate::server::Server;
use crate::settings::FIXED;
use crate::sql;

/// These have limits of the run's own, which each transaction sets.
const LIMITS: [&str; 2] = ["lock_timeout", "statement_timeout"];

/// By these the server reads a message.
const LITERALS: [&str; 2] = ["backslash_quote", "standard_conforming_strings"];

/// What a session has otherwise than a run needs it.
#[derive(Clone, Default)]
pub(crate) struct Fixed {
    /// Name, the value that the run needs, and the one that was there.
    all: Vec<(&'static str, &'static str, String)>,
    /// What takes away `session_replication_role = replica`, with which a run does not begin.
    reset: Option<String>,
}

impl Fixed {
    /// Names and values, for `session.sql`.
    pub(crate) fn wanted() -> String {
        let wanted = FIXED.iter().filter(|(name, ..)| !LIMITS.contains(name));
        let wanted = wanted.map(|(name, value, _)| format!("('{name}', '{value}')"));
        wanted.collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
        let texts = |column| {
            let texts: Option<Vec<String>> = row.get(column)?;
            Ok(texts.unwrap_or_default())
        };
        let (names, found) = (texts("deviating")?, texts("found")?);
        let known = |name: &str| FIXED.iter().find(|(known, ..)| *known == name);
        let all = names.iter().zip(found);
        let all = all.filter_map(|(name, found)| known(name).map(|it| (it.0, it.1, found)));
        Ok(Self {
            all: all.collect(),
            reset: row.get("reset")?,
        })
    }

    /// Whether a run can begin. Behind a pooler these are set in each transaction, but the server reads the
    /// literals of a message before it executes what sets them.
    pub(crate) fn refuse(&self, can: Capabilities) -> Result<()> {
        if let Some(reset) = &self.reset {
            return Err(Error::said(messages::replica(reset)));
        }
        let mut name = self.all.iter().map(|(name, ..)| *name);
        match name.find(|name| LITERALS.contains(name)) {
            Some(name) if !can.keeps_session => Err(Error::said(messages::literals(name))),
            _ => Ok(()),
        }
    }

    /// Statements that have the server read the next message as it was checked, whatever a script or a hook
    /// has set. `encoding` is the session's.
    pub(crate) fn reading(encoding: &str) -> String {
        let all = FIXED.iter().filter(|(name, ..)| LITERALS.contains(name));
        let all = all.map(|(name, value, _)| (*name, *value));
        let all = all.chain([("client_encoding", encoding)]);
        let all = all.map(|(name, value)| format!("SET {name} = {};", sql::literal(value)));
        all.collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Sets them until they are given back, and fails in another session than this one.
    pub(crate) async fn set_for_session(
        &self,
        server: &mut dyn Server,
        limits: Limits,
        here: &str,
    ) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let message = own::alone(&[here, &self.set("SET")].concat(), limits);
        let sent = own::send(server, &message).await;
        sent.map_err(|cause| Error::database("setting what a run needs", cause))
    }

    /// Statements that set them; `set` is `SET` or `SET LOCAL`.
    pub(crate) fn set(&self, set: &str) -> String {
        let all = self.all.iter();
        let all = all.map(|(name, value, _)| [set, " ", name, " = '", value, "';"].concat());
        all.collect()
    }

    /// More columns of the query that gives a session back.
    pub(crate) fn given_back(&self) -> String {
        let all = self.all.iter().map(|(name, _, found)| {
            let found = sql::literal(found);
            format!(", pg_catalog.set_config('{name}', {found}, false)")
        });
        all.collect()
    }
}
