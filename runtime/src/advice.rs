//! What to do about the errors that migrations meet most. Each line of `advice.txt` has a SQLSTATE, the
//! situations in which it is right, and the advice; the first one that fits is given.
//!
//! A code has several situations, and the server tells them apart by the function that reports the error, whose
//! name is the same in every language: `get_namespace_oid` does not find a schema, `RangeVarGetCreationNamespace`
//! finds none to create in. For a cancelled statement only the words of the message differ, which are read where the
//! server speaks English; else what the run knows decides. `*` is right wherever none before it is.
//!
//! Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use crate::database_error::{Cancelled, DatabaseError};

pub(crate) fn on(error: &DatabaseError) -> Option<&'static str> {
    let mut lines = include_str!("advice.txt").lines();
    lines.find_map(|line| {
        let (code, rest) = line.split_once(' ')?;
        let (situations, advice) = rest.split_once(' ')?;
        let is_right = code == error.code() && situations.split(',').any(|it| is(it, error));
        is_right.then_some(advice)
    })
}

fn is(situation: &str, error: &DatabaseError) -> bool {
    match (situation, situation.strip_prefix("says=")) {
        // Statements of ours have limits that no file sets.
        (_, Some(words)) => {
            error.cancelled().is_some() && error.message().contains(&words.replace('_', " "))
        }
        ("knows=deadline", _) => error.cancelled() == Some(Cancelled::Deadline),
        ("knows=limit", _) => error.cancelled() == Some(Cancelled::Limit),
        ("knows=others", _) => error.cancelled() == Some(Cancelled::Others),
        _ => situation == "*" || error.routine() == Some(situation),
    }
}
