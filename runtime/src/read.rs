//! Reading the history: nothing of it is used unless the tables are exactly ours.

use crate::error::{Error, Result};
use crate::history::{EVENTS_SUFFIX, Found, History, MISSING, Past, Recorded, Use};
use crate::messages;
use crate::server::{Server, Sets};
use crate::sql;
use crate::sqlstate;
use crate::wire::Wire;

impl History {
    /// All rows in one round trip; nothing where there is no table yet. Before it reads, and in the
    /// same transaction, the server refuses tables that are not as we make them, and for what
    /// writes, an owner who is not trusted.
    pub(crate) async fn read(
        &mut self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
        use_: Use,
    ) -> Result<Past> {
        self.found = None;
        self.is_schema_missing = false;
        let is_unknown = |error: &Error| error.database_error().is_some_and(Self::is_uncounted);
        let asked = match self.ask(server, wire, use_, &self.known_shape(use_)).await {
            Err(error) if is_unknown(&error) => {
                let inspection = self.inspection(use_);
                self.ask(server, wire, use_, &inspection).await
            }
            asked => asked,
        };
        let sets = match asked {
            Err(error) if error.code().is_some_and(|code| MISSING.contains(&code)) => {
                self.is_schema_missing = error.code() == Some(sqlstate::INVALID_SCHEMA_NAME);
                return Ok(Past::default());
            }
            Err(error) => {
                let error = self.refused(server, use_, error).await;
                return Err(self.with_repairs(server, use_, error).await);
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
            let message = messages::twice(&self.table, &one.label, &other.label);
            return Err(Error::said(message));
        }
        let (rows, repeated) = all.into_iter().partition(|row| row.has_version);
        Ok(Past { rows, repeated })
    }

    async fn ask(
        &self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
        use_: Use,
        inspection: &str,
    ) -> Result<Sets> {
        let (locks, query) = self.query(inspection, self.asks_for_lists);
        match wire.ask_after(&locks, server, self, &query).await {
            Err(error) if self.asks_for_lists && self.is_about_events(&error, use_) => {
                let (locks, query) = self.query(inspection, false);
                wire.ask_after(&locks, server, self, &query).await
            }
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
            said.code() == sqlstate::UNDEFINED_TABLE && said.message().contains(&events);
        let is_hidden = said.code() == sqlstate::INSUFFICIENT_PRIVILEGE && use_ == Use::Read;
        is_missing || is_hidden
    }

    /// What is locked is what is inspected. The locks come first, so that a missing table costs no
    /// more than to name it; they do not wait, since no limit is set yet.
    fn query(&self, inspection: &str, asks_for_lists: bool) -> (Vec<String>, String) {
        let applied = if asks_for_lists {
            include_str!("sql/history/read_applied.sql")
        } else {
            include_str!("sql/history/read_unasked.sql")
        };
        let applied = [("applied", applied.trim_end())];
        let rows = sql::fill(include_str!("sql/history/read_history.sql"), &applied);
        let tables = [
            Some(&self.table),
            Some(&self.events).filter(|_| asks_for_lists),
        ];
        let lock = |table| format!("LOCK TABLE ONLY {table} IN ACCESS SHARE MODE NOWAIT");
        let locks = tables.into_iter().flatten().map(lock).collect();
        let [layout, rows] = [include_str!("sql/history/layout.sql"), &rows]
            .map(|template| self.fill(template.trim_end(), &[]));
        (locks, [inspection, &layout, &rows].join(";\n"))
    }
}
