//! Whether the tables are exactly ours, and how to repair them.

use super::{Found, History, LAYOUT};
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::error::Error;
use crate::server::Server;
use crate::sqlstate;
use crate::{own, sql};

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
    /// Fails unless the tables are known by their digest.
    pub(crate) fn known_shape(&self, use_: Use) -> String {
        let values = [("writes", use_.writes())];
        let shape = self.fill(include_str!("../sql/history/shape.sql").trim_end(), &values);
        let values = [("shape", &*shape), ("shapes", &sql::texts(&SHAPES))];
        sql::fill(
            include_str!("../sql/history/known_shape.sql").trim_end(),
            &values,
        )
    }

    pub(crate) fn inspection(&self, use_: Use) -> String {
        // A repair is a line.
        let comments = include_str!("../sql/history/layout_comments.sql");
        let make = |create: &str, table: &str| {
            let comment = comments.lines().find(|line| line.contains(table));
            let lines = create.lines().filter(|line| !line.starts_with("--"));
            let words = lines.chain(comment).flat_map(str::split_whitespace);
            let if_missing = [("if_missing", "IF NOT EXISTS")];
            sql::literal(&self.fill(&words.collect::<Vec<_>>().join(" "), &if_missing))
        };
        let set_sequence = self.fill(
            include_str!("../sql/history/set_sequence.sql").trim_end(),
            &[],
        );
        let values = [
            ("layout", &*LAYOUT.to_string()),
            (
                "columns",
                include_str!("../sql/history/columns.sql").trim_end(),
            ),
            ("writes", use_.writes()),
            ("owners", &sql::texts(&self.trusted_owners)),
            (
                "make_events",
                &make(include_str!("../sql/history/create_events.sql"), "{events}"),
            ),
            (
                "make_failures",
                &make(
                    include_str!("../sql/history/create_failures.sql"),
                    "{failures}",
                ),
            ),
            ("set_sequence", &sql::literal(&(set_sequence + ";"))),
        ];
        self.fill(
            include_str!("../sql/history/inspect.sql").trim_end(),
            &values,
        )
    }

    /// Whether it is what `inspect.sql` raises.
    pub(crate) fn is_untrusted(said: &DatabaseError) -> bool {
        said.code() == UNTRUSTED
    }

    /// An error that an inspection explains better is replaced by it: a view in the table's place
    /// may fail in any way.
    pub(crate) async fn refused(&self, server: &mut dyn Server, use_: Use, error: Error) -> Error {
        let found = |cause: &Cause| {
            let said = cause
                .said
                .as_ref()
                .filter(|said| Self::is_untrusted(said))?;
            Some(Error::untrusted(&self.table, said))
        };
        let inspected = own::ask(server, &self.inspection(use_), own::BRIEF).await;
        inspected.err().as_ref().and_then(found).unwrap_or(error)
    }

    /// An error about a privilege, with the statements that give this role what it lacks: a copy that was
    /// restored without owners and privileges belongs to whoever restored it.
    pub(crate) async fn with_repairs(
        &self,
        server: &mut dyn Server,
        use_: Use,
        error: Error,
    ) -> Error {
        if error.code() != Some(sqlstate::INSUFFICIENT_PRIVILEGE) {
            return error;
        }
        let values = [("writes", use_.writes())];
        let queries = [
            include_str!("../sql/history/layout.sql"),
            include_str!("../sql/history/may_upgrade.sql"),
            include_str!("../sql/history/lacking_privileges.sql"),
        ];
        let queries = queries.map(|query| self.fill(query.trim_end(), &values));
        let mut asked = own::ask(server, &queries.join(";\n"), own::BRIEF).await;
        if asked.is_err() {
            // In a schema that is closed to this role no layout can be looked at.
            asked = own::ask(server, &queries[2], own::BRIEF).await;
        }
        let sets = asked.unwrap_or_default();
        let (found, upgrade, grants) = match &sets[..] {
            [layout, upgrade, grants] => (Found::from_rows(layout), upgrade, grants),
            [grants] => (Ok(None), grants, grants),
            _ => return error,
        };
        let is_earlier = found.is_ok_and(|it| it.is_some_and(|it| it.layout < LAYOUT));
        let repairs = if is_earlier && use_ == Use::Write {
            upgrade
        } else {
            grants
        };
        let repairs = repairs.iter().filter_map(|row| row.get("repair").ok());
        error.with_repairs(&repairs.collect::<Vec<String>>())
    }
}
