//! A materialized view that is in use is refreshed concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-refresh",
    level: Level::Warn,
    condition: "an up file refreshes an older materialized view, not `CONCURRENTLY`",
    why: "nobody can read the view until it is filled (PostgreSQL manual: REFRESH MATERIALIZED VIEW)",
    elsewhere: &[
        "pgfence refresh-matview-blocking",
        "pgsafe refresh-matview-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_refresh/bad.sql"),
        good: include_str!("blocking_refresh/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Refresh {
        concurrently: false,
        view,
    } = context.action
    else {
        return Vec::new();
    };
    if !context.is_up() || context.is_born_here(ObjectKind::MaterializedView, view) {
        return Vec::new();
    }
    let help = "REFRESH MATERIALIZED VIEW CONCURRENTLY …, which needs a unique index on it";
    let message = format!(
        "readers of `{}` wait (ACCESS EXCLUSIVE) until it is filled",
        view.shown()
    );
    vec![context.finding_on(view, context.text.span(), message, help)]
}
