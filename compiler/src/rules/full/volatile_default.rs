//! A new column whose value differs from row to row rewrites the table.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::ChangeKind;
use crate::literal::identifier;
use crate::locks::is_volatile;
use crate::settings::Level;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "volatile-default",
    level: Level::Warn,
    condition: "an up file adds a column to an older table whose value is computed for each row",
    why: "every row is written anew while nobody can use the table; a constant default is free (PostgreSQL manual: ALTER TABLE, Notes)",
    elsewhere: &[
        "squawk adding-field-with-default",
        "squawk adding-serial-primary-key-field",
        "squawk ban-alter-generated-expression",
        "eugene E11",
        "strong_migrations auto-increment column",
        "strong_migrations stored generated column",
        "strong_migrations volatile default",
        "pgfence add-column-non-constant-default",
        "pgfence add-column-stored-generated",
        "pgfence add-column-serial",
        "pgsafe add-column-generated-stored",
        "pgsafe add-column-identity",
        "pgsafe add-column-serial",
        "pgsafe add-column-volatile-default",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("volatile_default/bad.sql"),
        good: include_str!("volatile_default/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let column = match &change.what {
                ChangeKind::AddColumn { column, .. } => {
                    let default = column.default.as_ref();
                    let volatile = default.is_some_and(is_volatile);
                    Some(column.name.clone()).filter(|_| volatile || column.rewrites)
                }
                ChangeKind::Other => expressed(moment.text.within(change.span)),
                _ => None,
            };
            let message = format!("every row is written anew to hold `{}`", column?);
            let help = "add the column without a default, SET DEFAULT for new rows, and fill the \
                        old ones in batches";
            Some(moment.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// The column of `ALTER COLUMN … SET EXPRESSION`.
fn expressed(words: Statement<'_>) -> Option<String> {
    let column = 1 + usize::from(words.is(1, "column"));
    let sets = words.is(0, "alter") && words.are(column + 1, &["set", "expression"]);
    let name = words.tokens.get(column)?;
    sets.then(|| identifier(words.text, *name)).flatten()
}
