//! What the history says of one migration.

use std::time::Duration;

use crate::embedded::{Checksum, Migration, Migrations, Mode, Script};
use crate::row::{Row, Unreadable};
use crate::sql;
use crate::step::Direction;

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
    pub(crate) has_version: bool,
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

impl Recorded {
    pub(crate) fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
        let count = |column| {
            row.get::<i32>(column)
                .map(|n| usize::try_from(n).unwrap_or(0))
        };
        let version: Option<i64> = row.get("version")?;
        // Anyone who may write to the history may have written these, and they are shown.
        let line = |column| row.get::<String>(column).map(|it| sql::visible_line(&it));
        let text = |column| {
            let text: Option<String> = row.get(column)?;
            Ok(text.map(|it| sql::visible(&it)))
        };
        Ok(Self {
            has_version: version.is_some(),
            // The table's CHECK keeps it from being negative.
            version: version.unwrap_or_default().unsigned_abs(),
            label: line("label")?,
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
            next_statement: text("next_statement")?,
            has_begun: row.get::<Option<bool>>("has_begun")?.unwrap_or_default(),
            irreversible: text("irreversible")?,
            down_code: row.get("down_code")?,
            down_mode: if row.get("down_transactional")? {
                Mode::Transaction
            } else {
                Mode::NoTransaction
            },
            down_statements: count("down_statements")?,
            applied_at: row.get("applied_at")?,
            applied_by: line("applied_by")?,
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

/// The row of a version among rows in ascending order.
pub(crate) fn row(recorded: &[Recorded], version: u64) -> Option<&Recorded> {
    let index = recorded
        .binary_search_by_key(&version, |row| row.version)
        .ok()?;
    recorded.get(index)
}
