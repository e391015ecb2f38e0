//! Programs that leave a column out get another value.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Change, ChangeKind};
use crate::literal::identifier;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "default-change",
    level: Level::Off,
    condition: "an up file changes or drops the default or the generation expression of an older column",
    why: "programs of the version before write rows with the new value, or fail where there is none (PostgreSQL manual: ALTER TABLE, SET/DROP DEFAULT)",
    elsewhere: &[
        "squawk ban-drop-default",
        "squawk ban-set-default",
        "squawk ban-drop-generated-expression",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("default_change/bad.sql"),
        good: include_str!("default_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let column = changed(context, change)?;
            if context.is_new_column(table, &column) {
                return None;
            }
            let message = format!("rows that leave `{column}` out get another value");
            let help = "let every writer name the column first";
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

fn changed(context: &StatementContext<'_>, change: &Change) -> Option<String> {
    if let ChangeKind::Default { column, .. } = &change.what {
        return Some(column.clone());
    }
    let words = context.text.within(change.span);
    let named = 1 + usize::from(words.is(1, "column"));
    let drops = words.is(0, "alter") && words.are(named + 1, &["drop", "expression"]);
    let name = words.tokens.get(named)?;
    drops.then(|| identifier(words.text, *name)).flatten()
}
