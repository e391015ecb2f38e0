//! What the lock rules say that a statement does to tables, and whether it did.

use std::fmt;

use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::locks::{LockMode, RowAccess, TableLock};

use super::Traced;
use super::measure::Taken;

/// What a finding says.
#[derive(Clone, Copy, Debug)]
enum Claim {
    /// Takes such a lock at least, and at least so much work is done under it.
    Does(LockMode, RowAccess),
    /// Locks a table against everybody, when another one is.
    SecondLock,
    /// Changes rows, when a table is locked against everybody.
    ChangesRows,
    /// Reads or writes all rows of a table, when one is locked against everybody.
    WorksUnderLock,
}

use Claim::{ChangesRows, Does, SecondLock, WorksUnderLock};

/// Of each rule about locks, what it says. Other rules are about something that a trace does not
/// show, such as lost data.
const CLAIMS: [(&str, Claim); 25] = [
    (
        "access-method",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
    (
        "attach-partition",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    (
        "blocking-detach",
        Does(LockMode::AccessExclusive, RowAccess::None),
    ),
    ("blocking-index", Does(LockMode::Share, RowAccess::Scan)),
    (
        "blocking-index-drop",
        Does(LockMode::AccessExclusive, RowAccess::None),
    ),
    (
        "blocking-refresh",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
    ("blocking-reindex", Does(LockMode::Share, RowAccess::None)),
    ("blocking-statement", Does(LockMode::Share, RowAccess::Scan)),
    (
        "blocking-unique",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    (
        "column-type",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
    ("domain-constraint", Does(LockMode::Share, RowAccess::Scan)),
    (
        "exclusion-constraint",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    ("long-lock", WorksUnderLock),
    ("mixed-changes", ChangesRows),
    (
        "nullable-key",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    ("rename", Does(LockMode::AccessExclusive, RowAccess::None)),
    (
        "set-logged",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
    (
        "set-not-null",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    ("several-tables-locked", SecondLock),
    (
        "table-rewrite",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
    (
        "trigger-on-table",
        Does(LockMode::ShareRowExclusive, RowAccess::None),
    ),
    (
        "unvalidated-check",
        Does(LockMode::AccessExclusive, RowAccess::Scan),
    ),
    (
        "unvalidated-foreign-key",
        Does(LockMode::ShareRowExclusive, RowAccess::Scan),
    ),
    (
        "validate-at-once",
        Does(LockMode::ShareUpdateExclusive, RowAccess::Scan),
    ),
    (
        "volatile-default",
        Does(LockMode::AccessExclusive, RowAccess::Rewrite),
    ),
];

/// A finding about a statement, and what the server showed.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) rule: &'static str,
    pub(super) line: u32,
    pub(super) verdict: Verdict,
}

/// What the server showed of it.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The lock and the work were there, on this table.
    Right(TableLock),
    /// They were not.
    NotSeen,
    /// The tables have no rows, so that there was no work to see.
    NoRows(TableLock),
}

/// What holds up others for long, on a table with rows.
#[derive(Debug)]
pub(super) struct Hazard {
    pub(super) line: u32,
    pub(super) lock: TableLock,
    pub(super) why: Why,
    pub(super) seen: Seen,
}

/// Why it takes long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    /// The statement reads or writes all rows of the locked table.
    RowAccess,
    /// The table was locked before, and the statement works on another one.
    Waits,
}

impl Why {
    /// Whether a finding of the rule about the statement `place` says it of the statement `index`.
    fn is_of(self, rule: &str, place: usize, index: usize) -> bool {
        match (self, claim(rule)) {
            // They are reported where it happens first.
            (Self::Waits, Some(WorksUnderLock | ChangesRows | SecondLock)) => place <= index,
            // The lock may be an earlier statement's.
            (Self::RowAccess, Some(Does(..) | WorksUnderLock | ChangesRows)) => place == index,
            _ => false,
        }
    }
}

/// Who says so beforehand.
#[derive(Debug)]
pub(super) enum Seen {
    /// A rule.
    By(&'static str),
    /// A rule, which is silenced there.
    Allowed(String),
    /// Nobody.
    ByNone,
}

impl Seen {
    /// The rule.
    pub(super) fn rule(&self) -> Option<&str> {
        match self {
            Self::By(rule) => Some(rule),
            Self::Allowed(rule) => Some(rule),
            Self::ByNone => None,
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TableLock { table, mode, work } = &self.lock;
        let table = table.shown();
        match (self.why, work) {
            (Why::Waits, _) => write!(f, "{table} stays locked {mode} meanwhile"),
            (Why::RowAccess, RowAccess::Rewrite) => {
                write!(f, "every row of {table} is rewritten under {mode}")
            }
            (Why::RowAccess, _) => write!(f, "every row of {table} is read under {mode}"),
        }
    }
}

/// The findings about the statements of a migration, by the number of the statement.
pub(super) struct Findings<'c>(Vec<(usize, &'c Diagnostic)>);

impl<'c> Findings<'c> {
    /// Those that a trace can judge.
    pub(super) fn of(compiled: &'c Compiled, version: u64) -> Self {
        let migration = compiled
            .migrations
            .iter()
            .find(|migration| migration.version == version);
        let found = migration.into_iter().flat_map(|migration| {
            let up = &migration.up;
            compiled.diagnostics.iter().filter_map(move |found| {
                let label = found.labels.first().filter(|label| label.file == up.file)?;
                let start = label.span.filter(|_| claim(found.rule).is_some())?.start;
                let mut spans = up.boundaries().map(|(span, ..)| span);
                Some((
                    spans.position(|span| span.start <= start && start < span.end)?,
                    found,
                ))
            })
        });
        Self(found.collect())
    }

    /// Each finding, judged.
    pub(super) fn judged(&self, traced: &Traced<'_>) -> Vec<Judged> {
        let judge = |(index, found): &(usize, &Diagnostic)| {
            let statement = traced.statements.get(*index)?;
            let verdict = verdict(claim(found.rule)?, *index, traced);
            Some(Judged {
                rule: found.rule,
                line: statement.line,
                verdict,
            })
        };
        let mut judged: Vec<Judged> = self.0.iter().filter_map(judge).collect();
        judged.sort_by_key(|judged| judged.line);
        judged
    }

    /// What takes long, and whether a rule has said so.
    pub(super) fn hazards(&self, compiled: &Compiled, traced: &Traced<'_>) -> Vec<Hazard> {
        let mut hazards: Vec<Hazard> = Vec::new();
        for (index, statement) in traced.statements.iter().enumerate() {
            let seen = |why: Why| {
                let mut found = self
                    .0
                    .iter()
                    .filter(|(place, found)| why.is_of(found.rule, *place, index));
                match (
                    found.next(),
                    allowed(compiled, traced.migration.version, why, index),
                ) {
                    (Some((_, found)), _) => Seen::By(found.rule),
                    (None, Some(rule)) => Seen::Allowed(rule),
                    (None, None) => Seen::ByNone,
                }
            };
            let works = |taken: &&Taken| taken.lock.work != RowAccess::None && taken.bytes > 0;
            let mut taken = statement.measured.locks.iter().filter(works).peekable();
            if taken.peek().is_none() {
                continue;
            }
            let line = statement.line;
            let working: Vec<&Taken> = taken.collect();
            let is_other = |held: &&Taken| {
                working
                    .iter()
                    .all(|taken| taken.lock.table != held.lock.table)
            };
            let own = working.iter().filter(|taken| taken.is_in_the_way);
            let own = own.map(|taken| (Why::RowAccess, *taken));
            let mut waits: Vec<(Why, &Taken)> = Vec::new();
            for taken in held(traced, index).filter(is_other) {
                if waits
                    .iter()
                    .all(|(_, known)| known.lock.table != taken.lock.table)
                {
                    waits.push((Why::Waits, taken));
                }
            }
            hazards.extend(own.chain(waits).map(|(why, taken)| {
                let lock = taken.lock.clone();
                Hazard {
                    line,
                    lock,
                    why,
                    seen: seen(why),
                }
            }));
        }
        hazards
    }
}

fn claim(rule: &str) -> Option<Claim> {
    CLAIMS
        .iter()
        .find(|(id, _)| *id == rule)
        .map(|(_, claim)| *claim)
}

/// Tables with rows that earlier statements of the transaction have locked against everybody.
fn held<'t>(traced: &'t Traced<'_>, index: usize) -> impl Iterator<Item = &'t Taken> {
    let before = traced.statements[..index]
        .iter()
        .flat_map(|statement| &statement.measured.locks);
    before.filter(|taken| {
        taken.is_held && taken.bytes > 0 && taken.lock.mode == LockMode::AccessExclusive
    })
}

fn verdict(claim: Claim, index: usize, traced: &Traced<'_>) -> Verdict {
    let locks = &traced.statements[index].measured.locks;
    let before = || held(traced, index).map(|taken| &taken.lock.table);
    let fits = |taken: &&Taken| match claim {
        Does(mode, work) => taken.lock.mode >= mode && taken.lock.work >= work,
        SecondLock => {
            taken.lock.mode == LockMode::AccessExclusive
                && before().any(|table| *table != taken.lock.table)
        }
        ChangesRows => taken.lock.mode >= LockMode::RowExclusive && before().next().is_some(),
        WorksUnderLock => taken.lock.work > RowAccess::None && before().next().is_some(),
    };
    if let Some(right) = locks.iter().find(fits) {
        return Verdict::Right(right.lock.clone());
    }
    let is_empty = |taken: &&Taken| match claim {
        Does(mode, _) => taken.lock.mode >= mode && taken.bytes == 0,
        _ => taken.bytes == 0,
    };
    match locks.iter().find(is_empty) {
        Some(empty) => Verdict::NoRows(empty.lock.clone()),
        None => Verdict::NotSeen,
    }
}

/// The rule that would say it, and is silenced for the statement.
fn allowed(compiled: &Compiled, version: u64, why: Why, index: usize) -> Option<String> {
    let migration = compiled
        .migrations
        .iter()
        .find(|migration| migration.version == version)?;
    let mut allows = migration.up.allows.iter();
    let found =
        allows.find(|allow| why.is_of(&allow.rule, allow.statement.unwrap_or(index), index));
    found.map(|allow| allow.rule.clone())
}
