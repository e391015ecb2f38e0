//! What a rehearsal finds, and when.

use std::fmt;
use std::time::Duration;

use crate::schema::snapshot::{Class, Difference};

/// Something that is not as it should be.
#[derive(Clone, Debug)]
pub(super) struct RehearsalFinding {
    pub(super) moment: Moment,
    pub(super) what: What,
}

/// After what, or in what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Moment {
    /// The first time up.
    Up,
    /// The way back.
    Down,
    /// Up again, after the way back.
    UpAgain,
    /// Up twice, without a way back between.
    Twice,
    /// A test in SQL: its file.
    Test(String),
    /// All up at once.
    WholeUp,
    /// All the way back.
    WholeDown,
    /// All up again.
    WholeUpAgain,
    /// A repeatable script, run again: its file.
    Repeatable(String),
}

/// What is wrong then.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// It cannot run.
    Fails(String),
    /// It cannot run where the repeatables are there before it.
    IsBlocked(String),
    /// The database is not as it was.
    Differs(Difference),
    /// This Rust function is not run here.
    LeavesOut(String),
    /// It drops a role that other databases of the rehearsal use.
    IsUntried,
    /// It takes longer than the limit, with so many rows in each table.
    IsSlow {
        took: Duration,
        limit: Duration,
        rows: u32,
    },
    /// It takes much longer than the last time.
    IsSlower { took: Duration, was: Duration },
}

impl RehearsalFinding {
    pub(super) fn fails(moment: Moment, text: String) -> Self {
        Self {
            moment,
            what: What::Fails(text),
        }
    }

    pub(super) fn differs(moment: &Moment, differences: Vec<Difference>) -> Vec<Self> {
        let finding = |difference| Self {
            moment: moment.clone(),
            what: What::Differs(difference),
        };
        differences.into_iter().map(finding).collect()
    }

    /// Whether the whole way is the same with it.
    pub(super) fn is_harmless(&self) -> bool {
        self.is_note()
            || matches!(self.moment, Moment::Test(_) | Moment::Twice)
            || matches!(self.what, What::IsBlocked(_))
    }

    /// Worth knowing, and no failure.
    pub(super) fn is_note(&self) -> bool {
        self.class() == Some(Class::ColumnOrder)
            || matches!(
                self.what,
                What::IsSlow { .. } | What::IsSlower { .. } | What::IsUntried | What::LeavesOut(_)
            )
    }

    /// What kind of difference it is, if it is one.
    pub(super) fn class(&self) -> Option<Class> {
        match &self.what {
            What::Differs(difference) => Some(difference.class()),
            _ => None,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("up"),
            Self::Down => f.write_str("down"),
            Self::UpAgain => f.write_str("up again"),
            Self::Twice => f.write_str("up twice"),
            Self::Test(file) | Self::Repeatable(file) => f.write_str(file),
            Self::WholeDown => f.write_str("all down"),
            Self::WholeUp => f.write_str("all up"),
            Self::WholeUpAgain => f.write_str("all up again"),
        }
    }
}

impl fmt::Display for RehearsalFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Fails(text) => write!(f, "{} fails: {text}", self.moment),
            What::IsBlocked(text) => write!(
                f,
                "{} fails on a database that has the repeatables of before: {text}",
                self.moment
            ),
            What::Differs(difference) => write!(f, "after {}: {difference}", self.moment),
            What::LeavesOut(path) => {
                write!(
                    f,
                    "{} without the Rust function {path}, which only a program has",
                    self.moment
                )
            }
            What::IsUntried => write!(
                f,
                "{} is tried with all others only: it drops a role that copies of the database use",
                self.moment
            ),
            What::IsSlow { took, limit, rows } => {
                let moment = &self.moment;
                write!(
                    f,
                    "{moment} takes {took:.1?} with {rows} rows a table, more than {limit:.0?}"
                )
            }
            What::IsSlower { took, was } => {
                // Nobody reads more than one digit of a ratio.
                let ratio = took.as_secs_f64() / was.as_secs_f64().max(f64::MIN_POSITIVE);
                let moment = &self.moment;
                write!(
                    f,
                    "{moment} takes {took:.1?}, {ratio:.1} times the {was:.1?} of the last time"
                )
            }
        }
    }
}
