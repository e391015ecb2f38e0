//! The plan as people read it: a line a statement, and below it what it locks.

use comfy_table::Table;
use pgstrata_compiler::locks::{Lock, Locks, Work};

use super::{Forecast, Statement};

/// Where there is no terminal that says how wide it is.
const WIDTH: usize = 80;

/// Every step, as wide as the terminal.
pub(super) fn shown(forecasts: &[Forecast<'_>]) -> String {
    let width = Table::new().width().map_or(WIDTH, usize::from);
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

/// The first line of a statement, with `…` where more follows.
pub(crate) fn first_line(sql: &str, width: usize) -> String {
    let line = sql.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let clean: String = words
        .join(" ")
        .chars()
        .filter(|sign| !sign.is_control())
        .collect();
    let (length, more) = (
        clean.chars().count(),
        if line.len() < sql.len() { " …" } else { "" },
    );
    if length + more.chars().count() <= width {
        return clean + more;
    }
    let kept: String = clean.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The tables by what happens to them, the strongest lock first.
pub(crate) fn notes(locks: &Locks) -> Vec<String> {
    let mut groups: Vec<(Lock, Work, Vec<String>)> = Vec::new();
    for lock in &locks.tables {
        let same = groups
            .iter_mut()
            .find(|group| (group.0, group.1) == (lock.mode, lock.work));
        match same {
            Some(group) => group.2.push(lock.table.shown()),
            None => groups.push((lock.mode, lock.work, vec![lock.table.shown()])),
        }
    }
    groups.sort_by_key(|(mode, work, _)| (std::cmp::Reverse(*mode), std::cmp::Reverse(*work)));
    let groups = groups.into_iter().map(|(mode, work, tables)| {
        let work = match work {
            Work::None => "",
            Work::Scan => ", reads every row",
            Work::Rewrite => ", rewrites every row",
        };
        format!("{mode} on {}{work}", tables.join(", "))
    });
    let unknown = "what else it locks only the server knows".to_owned();
    groups
        .chain(locks.is_incomplete.then_some(unknown))
        .collect()
}

/// Cut between words; what is longer than a line stays whole.
pub(crate) fn wrapped(text: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{indent}  {word}")),
            None => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{first_line, notes, wrapped};
    use pgstrata_compiler::cursor::Name;
    use pgstrata_compiler::locks::{Lock, Locks, TableLock, Work};

    #[test]
    fn lines_fit() {
        assert_eq!(first_line("SELECT  1", 9), "SELECT 1");
        assert_eq!(first_line("SELECT 'é', 2", 13), "SELECT 'é', 2");
        assert_eq!(first_line("SELECT 'é', 2", 12), "SELECT 'é',…");
        assert_eq!(first_line("SELECT\n  1", 20), "SELECT …");
        assert_eq!(
            wrapped("one two three", "  ", 9),
            ["  one two", "    three"]
        );
    }

    #[test]
    fn tables_are_named_by_their_lock() {
        let lock = |table, mode, work| TableLock {
            table: Name::unqualified(table),
            mode,
            work,
        };
        let tables = vec![
            lock("c", Lock::RowShare, Work::None),
            lock("a", Lock::AccessExclusive, Work::Rewrite),
            lock("b", Lock::AccessExclusive, Work::Scan),
            lock("d", Lock::RowShare, Work::None),
        ];
        assert_eq!(
            notes(&Locks {
                tables,
                is_incomplete: true
            }),
            [
                "ACCESS EXCLUSIVE on a, rewrites every row",
                "ACCESS EXCLUSIVE on b, reads every row",
                "ROW SHARE on c, d",
                "what else it locks only the server knows",
            ]
        );
    }
}
