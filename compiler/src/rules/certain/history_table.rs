//! The history tables belong to the runtime.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "history-table",
    level: Level::Deny,
    condition: "a statement names a history table of the runtime",
    why: "the history says what was applied; a migration that writes there can make it lie about itself",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("history_table/bad.sql"),
        good: include_str!("history_table/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    // The first test is for speed: macros run unoptimised.
    let is_long = |span: Span| span.end - span.start >= "pgstrata_history".len();
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let long = text
                .tokens
                .iter()
                .map(|token| token.span)
                .filter(|span| is_long(*span));
            let span = long.into_iter().find(|span| {
                ["pgstrata_history", "pgstrata_history_events"]
                    .iter()
                    .any(|table| text.within(*span).names(table))
            })?;
            let help = "correct the history with the commands of cargo pgstrata, after a review";
            Some(RuleFinding::new(
                statement,
                span,
                "this touches the history table",
                help,
            ))
        });
    found.collect()
}
