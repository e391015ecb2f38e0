//! What was found in a directory, as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, stderr};

use comfy_table::Table;
use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::render::{self, Layout};
use pgstrata_compiler::source::Sources;

use crate::colour::coloured;
use crate::failure::Failure;

/// Findings as text, no wider than the terminal that they are for.
pub(crate) fn rendered<'a>(
    found: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
) -> Vec<String> {
    let width = stderr()
        .is_terminal()
        .then(|| Table::new().use_stderr().width());
    let layout = width
        .flatten()
        .map(|columns| Layout::terminal(columns.into()));
    render::all(found, sources, layout.unwrap_or(Layout::LINES))
}

/// Prints findings, a blank line after each.
pub(crate) fn print<'a>(found: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) {
    print_rendered(&rendered(found, sources));
}

/// The same for what is text already.
pub(crate) fn print_rendered(rendered: &[String]) {
    for text in rendered {
        eprintln_coloured!("{}\n", coloured(text));
    }
}

/// The last lines of a refused directory.
pub(crate) fn refusal(compiled: &Compiled) -> Failure {
    let errors = compiled
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error);
    let (count, directory) = (errors.count(), &compiled.sources.directory);
    let plural = if count == 1 { "problem" } else { "problems" };
    Failure::check(format!(
        "{directory} has {count} {plural}; nothing was changed{}",
        by_rule(&compiled.diagnostics)
    ))
}

/// How often each rule has something to say, a line a rule: errors first, the most frequent first.
pub(crate) fn by_rule(found: &[Diagnostic]) -> String {
    let mut counts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for found in found {
        *counts
            .entry((found.severity == Severity::Warning, found.rule))
            .or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|((is_warning, _), count)| (*is_warning, std::cmp::Reverse(*count)));
    let digits = counts.iter().map(|(_, count)| count.to_string().len());
    let digits = digits.max().unwrap_or_default();
    let mut text = String::new();
    for ((is_warning, rule), count) in counts {
        let severity = if is_warning { "warning" } else { "error" };
        let _ = write!(text, "\n  {count:>digits$} {severity}[{rule}]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::by_rule;
    use pgstrata_compiler::diagnostic::Diagnostic;

    #[test]
    fn counts_by_rule() {
        assert_eq!(by_rule(&[]), "");
        let mut found: Vec<_> = (0..11)
            .map(|_| Diagnostic::warning("lock-timeout", "m"))
            .collect();
        found.push(Diagnostic::warning("gap", "m"));
        found.push(Diagnostic::error("syntax", "m"));
        assert_eq!(
            by_rule(&found),
            "\n   1 error[syntax]\n  11 warning[lock-timeout]\n   1 warning[gap]"
        );
    }
}
