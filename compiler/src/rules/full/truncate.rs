//! `TRUNCATE` removes every row.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Data, DataKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "truncate",
    level: Level::Warn,
    condition: "an up file truncates a table that this migration has not made",
    why: "every row is gone, and the table is locked against readers until the migration commits (PostgreSQL manual: TRUNCATE)",
    elsewhere: &[
        "squawk ban-truncate-cascade",
        "pgfence truncate",
        "pgfence truncate-cascade",
        "pgsafe truncate",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("truncate/bad.sql"),
        good: include_str!("truncate/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Data(Data {
        kind: DataKind::Truncate { cascade },
        tables,
    }) = context.action
    else {
        return Vec::new();
    };
    let lost = tables.iter().find(|table| context.takes(table));
    let Some(table) = lost else {
        return Vec::new();
    };
    let help = "delete the rows that are meant, with a WHERE, in batches".to_owned();
    let others = if *cascade {
        ", and of every table that refers to it,"
    } else {
        ""
    };
    let message = format!("all rows of `{}`{others} will be lost", table.shown());
    vec![context.finding_on(table, context.text.span(), message, help)]
}
