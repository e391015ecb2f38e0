//! A batch that is run once.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::portion::portion;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "single-batch",
    level: Level::Warn,
    condition: "an up file changes only as many rows of an older table as a subquery with a LIMIT finds, and nothing repeats it",
    why: "a migration runs once: where more rows are to be done, the others stay as they are (PostgreSQL manual: SELECT, LIMIT Clause)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("single_batch/bad.sql"),
        good: include_str!("single_batch/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() || context.script.is_batch(context.statement) {
        return Vec::new();
    }
    let Some(portion) = portion(context.text).filter(|it| !context.is_new(&it.table)) else {
        return Vec::new();
    };
    let message = format!(
        "{} rows of `{}` are changed at most, and the others stay as they are",
        portion.rows,
        portion.table.shown()
    );
    let help = "`-- pgstrata: batch` above the statement repeats it until no row is left, in a file that \
                begins with `-- pgstrata: no-transaction`; to change all rows at once leave out the LIMIT";
    vec![context.finding_on(&portion.table, portion.limit, message, help)]
}
