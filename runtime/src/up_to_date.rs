//! Whether a start has nothing to do, at the price of one bare query.

use sha2::{Digest as _, Sha256};

use crate::database_error::DatabaseError;
use crate::embedded::Migrations;
use crate::error::{Error, Result};
use crate::history::{History, MISSING};
use crate::messages;
use crate::own;
use crate::row::{Row, Rows};
use crate::server::Server;
use crate::sql;
use crate::sqlstate;
use crate::wire::Wire;

/// What one query for the checksums tells.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum UpToDate {
    /// The history is the program's list.
    Exactly,
    /// There is no history.
    Missing,
    /// It needs a closer look.
    Otherwise,
}

impl History {
    /// Whether there are no tables. The server parses a whole message before it runs its first statement: this
    /// one costs a third of the message that looks at tables. Nobody can capture anything in it, and
    /// it does not wait. What fails otherwise is left to that look, which explains it.
    pub(crate) async fn is_missing(&mut self, server: &mut dyn Server) -> bool {
        let query = self.fill(include_str!("sql/history/made.sql"), &[]);
        let failed = own::rows(server, &query).await.err();
        let is_missing =
            failed.is_some_and(|it| it.code().is_some_and(|code| MISSING.contains(&code)));
        if is_missing {
            self.found = None;
        }
        is_missing
    }

    /// Whether the history is this list and nothing else, at the price of a bare query for
    /// the checksums. A digest tells its algorithm. Repeatables that the list does not have stay.
    pub(crate) async fn is_up_to_date(
        &self,
        list: &Migrations<'_>,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<UpToDate> {
        // In an implicit transaction, which gives the settings back at its end. Nothing in it can run
        // anybody's code: a view or a foreign table in the table's place is refused before it is
        // planned, and so is a table that row security would filter for this role.
        // Plain columns: an operator, a function or an order would cost a fresh connection, which
        // knows nothing of the catalog yet, as much again as a hundred rows.
        let query = wire
            .limits()
            .fill(include_str!("sql/history/up_to_date.sql"));
        let has_names = !list.repeatables.is_empty();
        let label = [("label", if has_names { ", label" } else { "" })];
        let sets = match wire.rows(server, &self.fill(&query, &label)).await {
            Ok(sets) => sets,
            Err(cause) if cause.code().is_some_and(|code| MISSING.contains(&code)) => {
                return Ok(UpToDate::Missing);
            }
            Err(cause) if cause.said.as_ref().is_some_and(is_in_transaction) => {
                return Err(Error::said(messages::in_failed_transaction()));
            }
            // The next query says what is in the way; none of it is, if the connection is lost.
            Err(cause) if cause.is_answer() => return Ok(UpToDate::Otherwise),
            Err(cause) => return Err(self.not_read(cause)),
        };
        Ok(if sets.last().is_some_and(|rows| is_exactly(list, rows)) {
            UpToDate::Exactly
        } else {
            UpToDate::Otherwise
        })
    }
}

/// Whether the message was sent in a transaction of the caller's: in one that has queried, the first statement
/// fails, and in one that has not, the second.
fn is_in_transaction(error: &DatabaseError) -> bool {
    let is_ours = error.code() == sqlstate::INVALID_TEXT_REPRESENTATION
        && error.message().contains("pgstrata: in a transaction");
    is_ours || error.code() == sqlstate::ACTIVE_SQL_TRANSACTION
}

/// Whether the rows of `up_to_date.sql` are this list, each applied, with its digests.
fn is_exactly(list: &Migrations<'_>, rows: &Rows) -> bool {
    // Mostly they come as they were applied.
    let mut wanted = list.digests();
    let is_next = |row| {
        let next = wanted.next();
        next.is_some_and(|it| it.0 == version(row) && it.0.is_some() && is_applied_as(row, it))
    };
    rows.iter().all(is_next) && wanted.next().is_none() || is_exactly_in_any_order(list, rows)
}

fn is_exactly_in_any_order(list: &Migrations<'_>, rows: &Rows) -> bool {
    let wanted: Vec<_> = list.digests().collect();
    let versions = wanted.partition_point(|(version, ..)| version.is_some());
    let mut is_there = vec![false; wanted.len()];
    let mut next = 0;
    for row in rows {
        let version = version(row);
        let found = if version.is_some() {
            // Some of them come one after the other.
            let is_next = wanted.get(next).is_some_and(|it| it.0 == version);
            let search = || wanted[..versions].binary_search_by_key(&version, |it| it.0);
            if is_next { Some(next) } else { search().ok() }
        } else if row.text(0).is_none() {
            let again = wanted[versions..]
                .iter()
                .position(|it| row.text(4) == Some(it.1));
            let Some(index) = again else { continue };
            Some(versions + index)
        } else {
            None
        };
        let Some(index) = found.filter(|index| is_applied_as(row, wanted[*index])) else {
            return false;
        };
        // Not twice, if somebody has dropped the constraint.
        if std::mem::replace(&mut is_there[index], true) {
            return false;
        }
        next = index + 1;
    }
    is_there.into_iter().all(|it| it)
}

/// `None` of a repeatable, and of what is no version.
fn version(row: Row<'_>) -> Option<u64> {
    row.text(0)?.parse().ok()
}

fn is_applied_as(row: Row<'_>, (_, _, up, down): (Option<u64>, &str, &[u8], &[u8])) -> bool {
    let is = |index, column, digest: &[u8]| {
        row.text(index).is_some_and(|it| sql::is_hex_of(it, digest))
            || row
                .get::<Vec<u8>>(column)
                .is_ok_and(|bytes| bytes == digest)
    };
    row.text(1) == Some("applied") && is(2, "up_checksum", up) && is(3, "down_checksum", down)
}

/// The digest of a list: SHA-256 over each version, in eight bytes, and its up checksum. Events keep
/// it, so that a later run can tell which list applied a migration.
pub(crate) fn list_digest(list: &Migrations<'_>) -> String {
    let mut digest = Sha256::new();
    for (version, _, up, _) in list.digests() {
        let Some(version) = version else { break };
        digest.update(version.to_be_bytes());
        digest.update(up);
    }
    sql::bytes(digest.finalize().as_slice())
}
