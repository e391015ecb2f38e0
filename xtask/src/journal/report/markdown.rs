//! A report for a pull request or a ticket.

use std::fmt::Write as _;

use super::{Step, field, held};
use crate::journal::Entry;
use crate::output::picture::time;

pub(super) fn document(entries: &[Entry], steps: &[Step<'_>]) -> String {
    let (first, last) = (entries.first(), entries.last());
    let mut page = format!(
        "### Migrations {} on `{}`: {}\n\n",
        field(first, "direction"),
        field(first, "database"),
        field(last, "outcome")
    );
    if let (Some(first), Some(last)) = (first, last) {
        let took = time(last.elapsed.as_secs_f64());
        let _ = writeln!(
            page,
            "By {}, {:.0}, in {took}.",
            field(Some(first), "user"),
            first.at
        );
    }
    if !steps.is_empty() {
        page.push_str(
            "\n| migration | | time | waited | retries |\n| --- | --- | ---: | ---: | ---: |\n",
        );
    }
    for step in steps {
        let took = step
            .duration
            .map_or_else(|| "failed".to_owned(), |it| time(it.as_secs_f64()));
        let waited = time(step.waited().as_secs_f64());
        let (label, action, retries) = (step.label, step.action, step.retries);
        let _ = writeln!(
            page,
            "| `{label}` | {action} | {took} | {waited} | {retries} |"
        );
    }
    let held = held(entries);
    if !held.is_empty() {
        let _ = writeln!(page, "\nHeld for a later release: `{}`.", held.join("`, `"));
    }
    let message = field(last, "message");
    if !message.is_empty() {
        // A fence that is longer than any in the text.
        let _ = write!(page, "\n`````text\n{message}\n`````\n");
    }
    page
}
