//! What to do by hand where a script outside a transaction stopped half-way.

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
    let statement = script
        .and_then(|script| Some((script, script.statements.get(row.statements_done)?)))
        .map(|(script, statement)| {
            let first_line = script.text(statement).lines().next().unwrap_or_default();
            format!(" (line {}: {first_line})", statement.line)
        })
        .unwrap_or_default();
    let rest = if next <= row.statements_total {
        format!(
            "statement {next}{statement} may have run, in part or wholly: look at the database, and drop an index that it left invalid (pg_index.indisvalid)\nto finish: run what is left of statements {next} to {}, then",
            row.statements_total
        )
    } else {
        "all statements have run; to finish:".to_owned()
    };
    let (version, attempt) = (row.version.to_string(), row.attempt.to_string());
    let values = [("rest", &*rest), ("version", &version), ("attempt", &attempt)];
    history.fill(template.trim_end(), &values)
}
