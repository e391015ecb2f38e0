//! The plan as people read it: a line a statement, and below it what it locks.

use super::{Forecast, Statement};
use crate::output::text::{first_line, width, wrapped};
use crate::pending::locked::notes;

/// Every step, as wide as the terminal.
pub(super) fn shown(forecasts: &[Forecast<'_>]) -> String {
    let width = width();
    forecasts
        .iter()
        .flat_map(|forecast| lines(forecast, width))
        .map(|line| line + "\n")
        .collect()
}

fn lines(Forecast { step, statements }: &Forecast<'_>, width: usize) -> Vec<String> {
    let mut lines = vec![step.to_string()];
    let margin = statements.len().to_string().len();
    for (index, Statement { sql, locks, .. }) in statements.iter().enumerate() {
        lines.push(format!(
            "  {:>margin$}  {}",
            index + 1,
            first_line(sql, width.saturating_sub(margin + 4))
        ));
        let indent = " ".repeat(margin + 6);
        lines.extend(
            notes(locks)
                .iter()
                .flat_map(|note| wrapped(note, &indent, width)),
        );
    }
    lines
}
