//! A table moves to another access method or tablespace when it is made.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::form::Form;
use crate::locks::RowAccess;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "access-method",
    level: Level::Warn,
    condition: "an up file gives an older table another access method or tablespace",
    why: "all of it is copied while nobody can use it (PostgreSQL manual: ALTER TABLE, SET ACCESS METHOD, SET TABLESPACE)",
    elsewhere: &["pgsafe set-access-method"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("access_method/bad.sql"),
        good: include_str!("access_method/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let moves = matches!(
                change.what,
                ChangeKind::Form(Form::AccessMethod(_) | Form::Tablespace)
            );
            // It may be there already.
            let moves = moves && context.works(table) == RowAccess::Rewrite;
            let message = format!(
                "all of `{}` is copied under ACCESS EXCLUSIVE: nobody can read or write it meanwhile",
                table.shown()
            );
            let help = "make a new table there, copy the rows, and switch over";
            moves.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
