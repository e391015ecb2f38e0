//! What to do by hand where a script outside a transaction stopped half-way.

use crate::history::{History, Recorded};
use crate::migration::Script;
use crate::plan::Direction;
use crate::recover::Progress;

/// What to do about a statement of which only a person can tell how far it came.
pub(crate) fn decide(progress: &Progress, by_hand: Option<&str>, history: &History) -> String {
    let Progress { version, attempt, done, .. } = progress;
    if let Some(statement) = by_hand {
        return format!("run this, unless it is still wanted, and then again:\n    {statement}");
    }
    let update = |set: &str| {
        let table = &history.table;
        format!("UPDATE {table} SET {set} WHERE version = {version} AND attempt = {attempt};")
    };
    format!(
        "look at the database; if it has done all its work, run this and then again:\n    {}\n\
         if it is to run from its beginning, run this and then again:\n    {}",
        update(&format!("statements_done = {}, intent = NULL", done + 1)),
        update("intent = NULL")
    )
}

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
    let again = match direction {
        Direction::Up => "restore the file as it was begun and run again; or by hand:",
        Direction::Down => "roll back again, which goes on where it stopped; or by hand:",
    };
    format!("{again}\n{finish}\nto give up: undo the statements that have run, then\n    {give_up}")
}
