//! The way back as it was stored when a migration was applied, so that a program which
//! does not have the migration can undo it.

use std::time::Duration;

use postgres::Client;

use crate::error::{Error, Result};
use crate::history::{History, NOTHING};
use crate::migration::{Mode, Packed, Script, Special, Statement, Target, What};
use crate::own::{Row, Unreadable};
use crate::plan::Step;
use crate::session::Wire;
use crate::sql;

/// A down script as it was stored when its migration was applied.
pub(crate) struct StoredScript {
    pub(crate) sql: String,
    packed: Vec<Packed>,
    /// As [`targets`] makes them.
    targets: Vec<String>,
    /// Its mode and timeouts.
    rest: Script<'static>,
}

/// The targets of a script's statements, four texts each: index of the statement, kind,
/// name, table.
pub(crate) fn targets(script: &Script<'_>) -> Vec<String> {
    let alone = script
        .special
        .iter()
        .filter_map(|special| match special.what {
            What::Alone(Target { kind, name, table }) => {
                Some([&special.statement.to_string(), kind, name, table].map(str::to_owned))
            }
            _ => None,
        });
    alone.flatten().collect()
}

impl StoredScript {
    /// The stored ways back of these applications, newest first.
    pub(crate) fn read(
        history: &History,
        client: &mut Client,
        wire: &mut Wire<'_>,
        back: &[&Step],
    ) -> Result<Vec<Self>> {
        let [first, ..] = back else {
            return Ok(Vec::new());
        };
        let attempts = sql::array(back.iter().map(|step| step.attempt));
        let query = history.fill(
            include_str!("sql/read_down.sql"),
            &[("attempts", &attempts)],
        );
        let sets = wire.ask(client, history, &query)?;
        let all: Result<_, _> = sets.iter().flatten().map(Self::from_row).collect();
        let all: Vec<Self> = history.reading(all)?;
        if all.len() != back.len() {
            return Err(Error::moved(&first.label));
        }
        if let Some((step, _)) = back.iter().zip(&all).find(|(_, stored)| !stored.is_whole()) {
            let values = [("label", &*step.label), ("table", &history.table)];
            return Err(Error::sentence("damaged", &values));
        }
        Ok(all)
    }

    fn from_row(row: &Row) -> Result<Self, Unreadable> {
        let timeout = |column| {
            let milliseconds: Option<i32> = row.get(column)?;
            Ok(milliseconds.map(|ms| Duration::from_millis(u64::from(ms.unsigned_abs()))))
        };
        let numbers: Vec<i64> = row.get("down_statements")?;
        let packed = numbers.chunks_exact(4).map(|numbers| {
            let number = |index: usize| u32::try_from(numbers[index]).unwrap_or(u32::MAX);
            let [start, end, line] = [0, 1, 2].map(number);
            Statement {
                start,
                end,
                line,
                concurrent: numbers[3] != 0,
            }
            .packed()
        });
        let mode = if row.get("down_transactional")? {
            Mode::Transaction
        } else {
            Mode::NoTransaction
        };
        Ok(Self {
            sql: row.get("down_sql")?,
            packed: packed.collect(),
            targets: row.get("down_targets")?,
            rest: Script {
                mode,
                lock_timeout: timeout("down_lock_timeout_ms")?,
                statement_timeout: timeout("down_statement_timeout_ms")?,
                ..NOTHING
            },
        })
    }

    /// What [`script`](Self::script) borrows.
    pub(crate) fn special(&self) -> Vec<Special<'_>> {
        let targets = self.targets.chunks(4).filter_map(|four| {
            let [statement, kind, name, table] = four else {
                return None;
            };
            let target = Target { kind, name, table };
            Some(Special {
                statement: statement.parse().ok()?,
                what: What::Alone(target),
            })
        });
        targets.collect()
    }

    /// Whether each statement lies in the text: nothing is skipped silently.
    fn is_whole(&self) -> bool {
        let in_text = |s: Statement| self.sql.get(s.start as usize..s.end as usize).is_some();
        self.script(&[]).statements().all(in_text)
    }

    pub(crate) fn script<'s>(&'s self, special: &'s [Special<'s>]) -> Script<'s> {
        Script {
            sql: &self.sql,
            packed: &self.packed,
            special,
            ..self.rest
        }
    }
}
