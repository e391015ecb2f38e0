//! What a crash left of a statement that refuses transactions: judged by what its target was
//! before, which is written down first, and by what the catalog shows now. `sql/recovery/judge.sql` has
//! the table of decisions.

use crate::blocker::Blocker;
use crate::row::{Row, Unreadable};

/// What to do about a statement.
pub(crate) enum Verdict {
    /// It runs: nothing of it is there.
    Run,
    /// It is recorded: it has done its work.
    Record,
    /// These are executed first.
    Repair(Vec<String>),
    /// A session, if it can be seen, is still at work on it.
    Wait(Option<Box<Blocker>>, Decision),
    /// Only a person can tell.
    Stop(Decision),
}

/// What a person has to decide.
pub(crate) struct Decision {
    pub(crate) why: String,
    /// The statement that settles it, if there is one.
    pub(crate) repair: Option<String>,
}

impl Verdict {
    /// From a row of `judge.sql`.
    pub(super) fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
        let texts: Vec<String> = row.get("texts")?;
        let decision = |texts: Vec<String>| {
            let mut texts = texts.into_iter();
            Decision {
                why: texts.next().unwrap_or_default(),
                repair: texts.next(),
            }
        };
        let verdict: String = row.get("verdict")?;
        Ok(match &*verdict {
            "run" => Self::Run,
            "record" => Self::Record,
            "repair" => Self::Repair(texts),
            "wait" => {
                let pid: Option<i32> = row.get("pid")?;
                let blocker = pid.map(|_| Blocker::from_row(row).map(Box::new));
                let blocker = blocker.transpose()?;
                Self::Wait(blocker, decision(texts))
            }
            "stop" => Self::Stop(decision(texts)),
            _ => return Err(Unreadable::column("verdict")),
        })
    }
}
