//! What to do by hand where a script outside a transaction stopped half-way.

use crate::advice;
use crate::history::{History, Recorded};
use crate::migration::Script;
use crate::plan::Direction;

/// What to do about a row that says `applying` or `rolling back`.
pub(crate) fn by_hand(
    row: &Recorded,
    direction: Direction,
    script: Option<&Script<'_>>,
    history: &History,
) -> String {
    let template = match direction {
        Direction::Up => include_str!("by_hand_up.txt"),
        Direction::Down => include_str!("by_hand_down.txt"),
    };
    let next = row.statements_done + 1;
    let statement = script.and_then(|script| {
        let statement = script.statements.get(row.statements_done)?;
        Some(format!(" (line {}: {})", statement.line, script.text(statement).lines().next()?))
    });
    let statement = statement.unwrap_or_default();
    let (next, total) = (next.to_string(), row.statements_total.to_string());
    let values = [("next", &*next), ("statement", &statement), ("total", &total)];
    let rest = if row.statements_done < row.statements_total { "some-left" } else { "none-left" };
    let rest = advice::sentence(rest, &values);
    let (version, attempt) = (row.version.to_string(), row.attempt.to_string());
    let values = [("rest", &*rest), ("version", &version), ("attempt", &attempt)];
    history.fill(template.trim_end(), &values)
}
