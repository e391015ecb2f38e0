//! The history tables belong to the runtime.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "history-table",
    level: Level::Deny,
    condition: "a statement names a history table of the runtime",
    why: "the history says what was applied; a migration that writes there can make it lie about itself",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("history_table/bad.sql"),
        good: include_str!("history_table/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    // The first test is for speed: macros run unoptimised.
    let is_long = |span: Span| span.end - span.start >= "pgstrata_history".len();
    let touches = moment.text.tokens.iter().filter(|token| is_long(token.span)).find(|token| {
        let name = token.span.of(moment.text.text).trim_matches('"');
        name.eq_ignore_ascii_case("pgstrata_history")
            || name.eq_ignore_ascii_case("pgstrata_history_events")
    });
    let Some(token) = touches else { return Vec::new() };
    let help = "correct the history with the commands of cargo pgstrata, after a review".to_owned();
    vec![moment.finding_at(token.span, "this touches the history table".to_owned(), help)]
}
