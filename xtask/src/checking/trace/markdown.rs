//! A trace for a pull request: the statements that somebody has to wait for.

use std::fmt::Write as _;

use pgstrata_compiler::locks::Locks;

use super::format::{judgements, summary};
use super::measure::Taken;
use super::{Scale, Traced};
use crate::output::text::cell;
use crate::output::text::first_line;
use crate::pending::locked::notes;

/// How much of a statement is shown.
const WIDTH: usize = 60;

pub(super) fn page(scale: &Scale, all: &[Traced<'_>]) -> String {
    let Scale { server, rows } = scale;
    let mut page = format!("### Locks on PostgreSQL {server}, with {rows} rows a table\n\n");
    let _ = writeln!(page, "{}.", summary(all));
    let lines: Vec<String> = all.iter().flat_map(lines).collect();
    if !lines.is_empty() {
        page.push_str("\n| migration | statement | takes | in the way of others |\n| --- | --- | --- | --- |\n");
        page.extend(lines);
    }
    let told = all.iter().flat_map(|traced| {
        let label = traced.migration.label;
        judgements(traced)
            .into_iter()
            .map(move |(sentence, _)| format!("* `{label}`: {sentence}\n"))
    });
    let told: String = told.collect();
    if !told.is_empty() {
        let _ = write!(page, "\n{told}");
    }
    page
}

/// A row for each statement that keeps readers or writers waiting.
fn lines(traced: &Traced<'_>) -> Vec<String> {
    let lines = traced.statements.iter().filter_map(|statement| {
        let strong = statement
            .measured
            .locks
            .iter()
            .filter(|taken| taken.is_in_the_way);
        let tables = strong.map(|Taken { lock, .. }| lock.clone()).collect();
        let notes = notes(&Locks {
            tables,
            is_incomplete: false,
        });
        if notes.is_empty() {
            return None;
        }
        let sql = first_line(statement.sql, WIDTH).replace('`', "'");
        Some(format!(
            "| `{}` | {}: `{}` | {:.1?} | {} |\n",
            traced.migration.label,
            statement.line,
            cell(&sql),
            statement.measured.duration,
            cell(&notes.join("; "))
        ))
    });
    lines.collect()
}
