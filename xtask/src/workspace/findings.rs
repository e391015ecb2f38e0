//! What was found in a directory, as people read it.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, stderr};

use comfy_table::Table;
use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::render::{self, Layout};
use pgstrata_compiler::source::Sources;

use crate::failure::Failure;
use crate::output::colour::coloured;

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
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(|severity| {
        let found = compiled.diagnostics.iter();
        found
            .filter(|found| found.severity == severity)
            .collect::<Vec<_>>()
    });
    let (count, directory) = (errors.len(), &compiled.sources.directory);
    let plural = if count == 1 { "problem" } else { "problems" };
    let failure = Failure::check(format!(
        "{directory} has {count} {plural}; nothing was changed"
    ));
    let lines = [("errors", errors), ("warnings", warnings)];
    let lines = lines.iter().filter(|(_, found)| !found.is_empty());
    lines.fold(failure, |failure, (what, found)| {
        failure.and(format!("{what}: {}", by_rule(found.iter().copied())))
    })
}

/// How often each rule has something to say, the most frequent first.
pub(crate) fn by_rule<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for found in found {
        *counts.entry(found.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let counts = counts.iter().map(|(rule, count)| format!("{count} {rule}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// The word that all formats have for it.
pub(crate) fn severity(found: &Diagnostic) -> &'static str {
    match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::by_rule;
    use pgstrata_compiler::diagnostic::Diagnostic;

    #[test]
    fn the_most_frequent_comes_first() {
        assert_eq!(by_rule(&[]), "");
        let rules = ["gap", "syntax", "lock-timeout", "syntax"];
        let found = rules.map(|rule| Diagnostic::warning(rule, "m"));
        assert_eq!(by_rule(&found), "2 syntax, 1 gap, 1 lock-timeout");
    }
}
