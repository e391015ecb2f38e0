//! An index has few columns.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::definition::listed;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "wide-index",
    level: Level::Off,
    condition: "an up file builds an index of more than three columns that is not unique",
    why: "columns behind the first ones are rarely used, and every one makes writing slower (PostgreSQL manual: Multicolumn Indexes)",
    elsewhere: &["strong_migrations index with >3 columns"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("wide_index/bad.sql"),
        good: include_str!("wide_index/good.sql"),
    },
};

/// What the manual calls unlikely to be helpful.
const MANY: usize = 4;

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::CreateIndex(index) = context.action else {
        return Vec::new();
    };
    let columns = listed(&index.definition).len();
    if !context.is_up() || index.is_unique || columns < MANY {
        return Vec::new();
    }
    let message = format!("an index of {columns} columns is rarely used to its end");
    vec![context.finding(message, "keep the columns that queries filter by first")]
}
