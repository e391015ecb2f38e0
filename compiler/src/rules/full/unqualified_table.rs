//! A table names its schema.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unqualified-table",
    level: Level::Off,
    condition: "an up file makes a table whose name has no schema",
    why: "where it goes depends on the search_path of whoever runs the migration (PostgreSQL manual: Schemas, The Schema Search Path)",
    elsewhere: &["squawk require-table-schema"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unqualified_table/bad.sql"),
        good: include_str!("unqualified_table/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::CreateTable(create) = context.action else {
        return Vec::new();
    };
    let Some(name) = create.bare_name.filter(|_| !create.temporary) else {
        return Vec::new();
    };
    if !context.is_up() {
        return Vec::new();
    }
    let message = format!("`{}` has no schema", create.table.name);
    let help = format!("CREATE TABLE public.{}", create.table.name);
    vec![context.finding_at(name, message, help)]
}
