//! A table becomes logged or unlogged when it is made.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::form::Form;
use crate::locks::RowAccess;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "set-logged",
    level: Level::Warn,
    condition: "an up file sets an older table `LOGGED` or `UNLOGGED`",
    why: "the table and its indexes are rewritten while nobody can use it; an unlogged table is empty after a crash (PostgreSQL manual: ALTER TABLE, SET LOGGED)",
    elsewhere: &["pgfence set-logged-unlogged", "pgsafe set-logged-unlogged"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("set_logged/bad.sql"),
        good: include_str!("set_logged/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let sets = matches!(change.what, ChangeKind::Form(Form::Logged(_)));
            // It may be so already.
            let sets = sets && context.works(table) == RowAccess::Rewrite;
            let message = format!(
                "all of `{}` is rewritten under ACCESS EXCLUSIVE: nobody can read or write it \
                 meanwhile",
                table.shown()
            );
            let help = "make a new table, copy the rows, and switch over";
            sets.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
