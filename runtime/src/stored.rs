//! The way back as it was stored when a migration was applied, so that a program which
//! does not have the migration can undo it.
//!
//! Whoever may write to the history may change what is stored. So a program that has the same
//! script, by checksum, runs its own text; and text that it cannot compare runs only if somebody
//! has seen it and accepted its digest.

use std::iter;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::embedded::{
    Checksum, Mode, Packed, Script, Statement, StatementOption, StatementOptionKind, Target,
    TargetKind,
};
use crate::error::{Error, Result};
use crate::history::History;
use crate::row::{Row, Unreadable};
use crate::server::Server;
use crate::step::Step;
use crate::wire::Wire;
use crate::{ends, sql};

/// Which stored down scripts run that are not the program's own.
///
/// A program compares a stored down script with its own by checksum, and runs its own text if
/// they are equal. It cannot compare the script of a migration that it does not have, or whose
/// down file has changed since: [`Step::sql`](crate::Step::sql) and
/// [`Step::stored_sha256`](crate::Step::stored_sha256) of a plan show such a script.
///
/// ```no_run
/// # fn example(
/// #     migrations: &pgstrata::Migrations<'_>,
/// #     client: &mut postgres::Client,
/// #     is_reviewed: fn(&str) -> bool,
/// # ) -> Result<(), pgstrata::Error> {
/// use pgstrata::{Goal, Migrator, StoredDown};
///
/// let plan = Migrator::new(migrations).plan(client, Goal::Down(1))?;
/// let stored = plan.steps.into_iter().filter(|step| step.sql.as_deref().is_some_and(is_reviewed));
/// let accepted = stored.filter_map(|step| step.stored_sha256).collect();
/// Migrator::new(migrations).stored_down(StoredDown::Accept(accepted)).down(client, 1)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoredDown {
    /// None: the run is refused before the first write.
    #[default]
    Refuse,
    /// Those whose text has one of these SHA-256 digests, in hexadecimal digits.
    Accept(Vec<String>),
    /// All: for a database whose history only developers write to.
    Trust,
}

/// What rolls a migration back.
pub(crate) enum WayBack<'a> {
    /// The program's own script, which has the stored checksum.
    Own(Script<'a>),
    Stored(StoredScript),
}

/// A down script as it was stored when its migration was applied.
pub(crate) struct StoredScript {
    pub(crate) sql: String,
    algorithm: i16,
    checksum: Vec<u8>,
    /// Whether each statement has a start, an end, a line and a kind.
    is_counted: bool,
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
            StatementOptionKind::Alone(Target { kind, name, table }) => {
                let statement = special.statement.to_string();
                Some([&*statement, kind.word(), name, table].map(str::to_owned))
            }
            _ => None,
        });
    alone.flatten().collect()
}

/// What may be sent again whatever became of it.
const REPEATABLE: [&str; 5] = ["vacuum", "cluster", "alter system", "discard", "reindex"];

impl Target<'_> {
    /// Whether a statement has the words and the names of this target: with another one, a statement
    /// that has not run would look as if it had.
    fn is_named_by(&self, statement: &str) -> bool {
        let text = statement.to_lowercase();
        let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
        let has_words = match self.kind {
            TargetKind::CreateIndex => has(&["create", "index"]),
            TargetKind::DropIndex => has(&["drop", "index"]),
            TargetKind::ReindexIndex
            | TargetKind::ReindexTable
            | TargetKind::ReindexSchema
            | TargetKind::ReindexDatabase => has(&["reindex"]),
            TargetKind::DetachPartition => has(&["detach", "partition"]),
            TargetKind::Repeatable => REPEATABLE.iter().any(|words| text.contains(words)),
            TargetKind::Opaque => true,
        };
        // Each part of a name is quoted.
        let mut parts = [self.name, self.table]
            .into_iter()
            .flat_map(|name| name.trim_matches('"').split("\".\""));
        has_words && parts.all(|part| has(&[&part.replace("\"\"", "\"").to_lowercase()]))
    }
}

impl StoredDown {
    pub(crate) fn accepts(&self, sha256: &str) -> bool {
        match self {
            Self::Refuse => false,
            Self::Accept(digests) => digests.iter().any(|it| it.eq_ignore_ascii_case(sha256)),
            Self::Trust => true,
        }
    }
}

impl WayBack<'_> {
    /// What [`script`](Self::script) borrows.
    pub(crate) fn special(&self) -> Vec<StatementOption<'_>> {
        match self {
            Self::Own(_) => Vec::new(),
            Self::Stored(stored) => stored.special(),
        }
    }

    pub(crate) fn script<'s>(&'s self, special: &'s [StatementOption<'s>]) -> Script<'s> {
        match self {
            Self::Own(script) => *script,
            Self::Stored(stored) => stored.script(special),
        }
    }
}

impl StoredScript {
    /// The stored ways back of these applications, newest first.
    pub(crate) async fn read(
        history: &History,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
        back: &[&Step],
    ) -> Result<Vec<Self>> {
        let [first, ..] = back else {
            return Ok(Vec::new());
        };
        let attempts = sql::array(back.iter().map(|step| step.attempt));
        let query = history.fill(
            include_str!("sql/step/read_down.sql"),
            &[("attempts", &attempts)],
        );
        let sets = wire.ask(server, history, &query).await?;
        let all: Result<_, _> = sets.iter().flatten().map(Self::from_row).collect();
        let all: Vec<Self> = history.reading(all)?;
        if all.len() != back.len() {
            return Err(Error::moved(&first.label));
        }
        Ok(all)
    }

    /// Whether it is the script with this checksum.
    pub(crate) fn is_from(&self, checksum: Checksum<'_>) -> bool {
        i32::from(checksum.algorithm) == i32::from(self.algorithm)
            && checksum.sha256[..] == *self.checksum
    }

    /// Whether there is nothing to run.
    pub(crate) fn is_empty(&self) -> bool {
        ends::are_all(&self.sql, iter::empty())
    }

    /// The SHA-256 of its text.
    pub(crate) fn sha256(&self) -> String {
        sql::hex(&Sha256::digest(self.sql.as_bytes()))
    }

    fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
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
            algorithm: row.get("checksum_algorithm")?,
            checksum: row.get("down_checksum")?,
            is_counted: row.get("is_counted")?,
            packed: packed.collect(),
            targets: row.get("down_targets")?,
            rest: Script {
                mode,
                lock_timeout: timeout("down_lock_timeout_ms")?,
                statement_timeout: timeout("down_statement_timeout_ms")?,
                ..Script::EMPTY
            },
        })
    }

    /// What [`script`](Self::script) borrows.
    pub(crate) fn special(&self) -> Vec<StatementOption<'_>> {
        let targets = self.targets.chunks(4).filter_map(|four| {
            let [statement, kind, name, table] = four else {
                return None;
            };
            let kind = TargetKind::of_word(kind)?;
            let target = Target { kind, name, table };
            Some(StatementOption {
                statement: statement.parse().ok()?,
                what: StatementOptionKind::Alone(target),
            })
        });
        targets.collect()
    }

    /// Whether what would run is what the text says, and nothing is skipped silently: its boundaries
    /// are those that the server would find, and a target is named by its statement.
    pub(crate) fn is_whole(&self) -> bool {
        let statements = self.script(&[]).statements();
        let bounds = statements.map(|it| (it.start as usize, it.end as usize));
        let targets = self.special();
        let is_named = |special: &StatementOption<'_>| {
            let index = usize::try_from(special.statement).ok();
            let statement = index.and_then(|index| self.script(&[]).statements().nth(index));
            let StatementOptionKind::Alone(target) = special.what else {
                return true;
            };
            statement.is_some_and(|it| target.is_named_by(self.script(&[]).text(it)))
        };
        self.is_counted
            && targets.len() * 4 == self.targets.len()
            && ends::are_all(&self.sql, bounds)
            && targets.iter().all(is_named)
    }

    pub(crate) fn script<'s>(&'s self, special: &'s [StatementOption<'s>]) -> Script<'s> {
        Script {
            sql: &self.sql,
            packed: &self.packed,
            special,
            ..self.rest
        }
    }
}
