//! What programs are asked to do, and how.

use pgstrata::Goal;

/// Every verb of the runtime.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Verb {
    Up,
    UpTo(u64),
    Steps(usize),
    Only(u64),
    Down(usize),
    DownTo(u64),
    Redo(usize),
    RedoFrom(u64),
    Baseline(u64),
    Repair(u64),
    Verify,
    Status,
    Plan,
    Validate,
}

pub(crate) const VERBS: [&str; 14] = [
    "up",
    "up_to",
    "steps",
    "only",
    "down",
    "down_to",
    "redo",
    "redo_from",
    "baseline",
    "repair",
    "verify",
    "status",
    "plan",
    "validate",
];

impl Verb {
    /// The verb of this name, with what it is asked for.
    pub(crate) fn new(name: &str, number: u64) -> Self {
        let steps = usize::try_from(number).unwrap();
        match name {
            "up" => Self::Up,
            "up_to" => Self::UpTo(number),
            "steps" => Self::Steps(steps),
            "only" => Self::Only(number),
            "down" => Self::Down(steps),
            "down_to" => Self::DownTo(number),
            "redo" => Self::Redo(steps),
            "redo_from" => Self::RedoFrom(number),
            "baseline" => Self::Baseline(number),
            "repair" => Self::Repair(number),
            "verify" => Self::Verify,
            "status" => Self::Status,
            "plan" => Self::Plan,
            _ => Self::Validate,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        VERBS[match self {
            Self::Up => 0,
            Self::UpTo(_) => 1,
            Self::Steps(_) => 2,
            Self::Only(_) => 3,
            Self::Down(_) => 4,
            Self::DownTo(_) => 5,
            Self::Redo(_) => 6,
            Self::RedoFrom(_) => 7,
            Self::Baseline(_) => 8,
            Self::Repair(_) => 9,
            Self::Verify => 10,
            Self::Status => 11,
            Self::Plan => 12,
            Self::Validate => 13,
        }]
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::UpTo(it)
            | Self::Only(it)
            | Self::DownTo(it)
            | Self::RedoFrom(it)
            | Self::Baseline(it)
            | Self::Repair(it) => it,
            Self::Steps(it) | Self::Down(it) | Self::Redo(it) => it as u64,
            _ => 0,
        }
    }

    /// The goal; of a verb that only reads, that of the run which it speaks of.
    pub(crate) fn goal(self) -> Goal {
        match self {
            Self::UpTo(it) => Goal::To(it),
            Self::Steps(it) => Goal::Steps(it),
            Self::Only(it) => Goal::Only(it),
            Self::Down(it) => Goal::Down(it),
            Self::DownTo(it) => Goal::DownTo(it),
            Self::Redo(it) => Goal::Redo(it),
            Self::RedoFrom(it) => Goal::RedoFrom(it),
            Self::Baseline(it) => Goal::Baseline(it),
            Self::Repair(it) => Goal::Repair(it),
            Self::Verify => Goal::Verify,
            Self::Up | Self::Status | Self::Plan | Self::Validate => Goal::All,
        }
    }

    pub(crate) fn is_upward(self) -> bool {
        matches!(
            self,
            Self::Up | Self::UpTo(_) | Self::Steps(_) | Self::Only(_) | Self::Plan
        )
    }

    /// Whether it goes down, if only to go up again.
    pub(crate) fn is_backward(self) -> bool {
        self.is_rollback() || self.is_redo()
    }

    pub(crate) fn is_rollback(self) -> bool {
        matches!(self, Self::Down(_) | Self::DownTo(_))
    }

    pub(crate) fn is_redo(self) -> bool {
        matches!(self, Self::Redo(_) | Self::RedoFrom(_))
    }

    pub(crate) fn only_reads(self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Status | Self::Plan | Self::Validate
        )
    }
}

/// How a program runs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Way {
    /// On the caller's connection.
    Borrowed,
    PerStatement,
    /// On a connection that the runtime makes and watches.
    Watched,
    SingleTransaction,
    /// As if a transaction pooler lay between.
    Pooled,
}

pub(crate) const WAYS: [Way; 5] = [
    Way::Borrowed,
    Way::PerStatement,
    Way::Watched,
    Way::SingleTransaction,
    Way::Pooled,
];
