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
    let (table, events) = (&history.table, &history.events);
    let row_filter = format!("WHERE version = {} AND attempt = {}", row.version, row.attempt);
    let next = row.statements_done + 1;
    let (finish, give_up) = match direction {
        Direction::Up => (
            format!(
                "UPDATE {table} SET state = 'applied', statements_done = {} {row_filter};",
                row.statements_total
            ),
            format!("DELETE FROM {table} {row_filter};"),
        ),
        Direction::Down => (
            format!("DELETE FROM {table} {row_filter};"),
            format!(
                "DELETE FROM {events} WHERE attempt = {} AND action = 'rolled back'; \
                 UPDATE {table} SET state = 'applied' {row_filter};",
                row.attempt
            ),
        ),
    };
    let statement = script
        .and_then(|script| Some((script, script.statements.get(row.statements_done)?)))
        .map(|(script, statement)| {
            let first_line = script.text(statement).lines().next().unwrap_or_default();
            format!(" (line {}: {first_line})", statement.line)
        })
        .unwrap_or_default();
    let finish = if next <= row.statements_total {
        format!(
            "statement {next}{statement} may have run, in part or wholly: look at the database, \
             and drop an index that it left invalid (pg_index.indisvalid)\n\
             to finish: run what is left of statements {next} to {}, then\n    {finish}",
            row.statements_total
        )
    } else {
        format!("all statements have run; to finish:\n    {finish}")
    };
    format!("{finish}\nto give up: undo the statements that have run, then\n    {give_up}")
}
