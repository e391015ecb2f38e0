//! Whether a start has nothing to do, at the price of one bare query.

use postgres::Client;
use sha2::{Digest as _, Sha256};

use crate::embedded::Migrations;
use crate::error::Result;
use crate::history::{History, MISSING};
use crate::own::{self, Row, Unreadable};
use crate::sql;
use crate::wire::Wire;

/// Version, or name of a repeatable, up and down checksum of what is applied.
type AppliedRow = (Option<u64>, String, Vec<u8>, Vec<u8>);

/// What one query for the checksums tells.
pub(crate) enum Settled {
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
    pub(crate) fn is_missing(&mut self, client: &mut Client) -> bool {
        let query = self.fill(include_str!("sql/made.sql"), &[]);
        let failed = own::rows(client, &query).err();
        let is_missing =
            failed.is_some_and(|it| it.code().is_some_and(|code| MISSING.contains(&code)));
        if is_missing {
            self.found = None;
        }
        is_missing
    }

    /// Whether the history is this list and nothing else, at the price of a bare query for
    /// the checksums. A digest tells its algorithm. Repeatables that the list does not have stay.
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
        let has_names = !list.repeatables.is_empty();
        let label = [("label", if has_names { ", label" } else { "" })];
        let rows = match own::rows(client, &self.fill(&query, &label)) {
            Ok(mut sets) => sets.pop().unwrap_or_default(),
            Err(cause) if cause.code().is_some_and(|code| MISSING.contains(&code)) => {
                return Ok(Settled::Missing);
            }
            // The next query says what is in the way; none of it is, if the connection is lost.
            Err(cause) if cause.is_answer() => return Ok(Settled::Otherwise),
            Err(cause) => return self.reading(Err(cause)),
        };
        // Mostly they come as they were applied.
        let mut wanted = list.digests();
        let is_next = |row| wanted.next().is_some_and(|it| is_applied_as(row, it));
        if rows.iter().all(is_next) && wanted.next().is_none() {
            return Ok(Settled::Exactly);
        }
        let is_known = |name: &str| list.repeatables.iter().any(|it| it.name == name);
        let is_of_list = |row: &&Row| row.text(0).is_some() || row.text(4).is_some_and(is_known);
        let found = rows.iter().filter(is_of_list).map(|row| {
            let version = row.get::<Option<i64>>("version")?.map(i64::unsigned_abs);
            let name = row.text(4).filter(|_| version.is_none());
            let is_applied = row.get::<String>("state")? == "applied";
            let (up, down) = (row.get("up_checksum")?, row.get("down_checksum")?);
            Ok(is_applied.then_some((version, name.unwrap_or_default().to_owned(), up, down)))
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
}

/// Whether a row of `settled.sql` is this migration.
fn is_applied_as(row: &Row, (version, name, up, down): (Option<u64>, &str, &[u8], &[u8])) -> bool {
    let number = row.text(0).map(str::parse);
    let is_hex = |column, digest| {
        row.text(column)
            .is_some_and(|it| sql::is_hex_of(it, digest))
    };
    let is_named = version.is_some() || row.text(4) == Some(name);
    let is_it = number == version.map(Ok) && is_named && row.text(1) == Some("applied");
    is_it && is_hex(2, up) && is_hex(3, down)
}

fn as_digests((version, name, up, down): &AppliedRow) -> (Option<u64>, &str, &[u8], &[u8]) {
    (*version, name, up, down)
}

/// The digest of a list: SHA-256 over each version, in eight bytes, and its up checksum. Events keep
/// it, so that a later run can tell which list applied a migration.
pub(crate) fn list_digest(list: &Migrations<'_>) -> String {
    let mut digest = Sha256::new();
    let migrations = list
        .digests()
        .filter_map(|(version, _, up, _)| Some((version?, up)));
    let mut migrations: Vec<(u64, &[u8])> = migrations.collect();
    migrations.sort_unstable();
    for (version, up) in migrations {
        digest.update(version.to_be_bytes());
        digest.update(up);
    }
    sql::bytes(digest.finalize().as_slice())
}
