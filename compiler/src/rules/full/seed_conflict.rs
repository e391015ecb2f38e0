//! Seed rows are inserted with `ON CONFLICT`.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Data, DataKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "seed-conflict",
    level: Level::Warn,
    condition: "an up file inserts constants into an older table without `ON CONFLICT`",
    why: "it fails where the row is there already, for example in a database that was seeded by hand (PostgreSQL manual: INSERT, ON CONFLICT)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("seed_conflict/bad.sql"),
        good: include_str!("seed_conflict/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Data(Data {
        kind: DataKind::InsertConstants,
        tables,
    }) = context.action
    else {
        return Vec::new();
    };
    let old = tables.iter().find(|table| !context.is_new(table));
    let (true, Some(table)) = (context.is_up(), old) else {
        return Vec::new();
    };
    let message = format!("`{}` may have these rows already", table.shown());
    vec![context.finding(
        message,
        "end it with ON CONFLICT DO NOTHING, or DO UPDATE".to_owned(),
    )]
}
