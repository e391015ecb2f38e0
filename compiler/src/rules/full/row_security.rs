//! Other rows are seen, or none.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::form::Form;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "row-security",
    level: Level::Off,
    condition: "an up file makes or changes a policy, or switches row security of an older table",
    why: "without a policy that lets them through, programs see no rows and cannot write any (PostgreSQL manual: Row Security Policies)",
    elsewhere: &[
        "squawk ban-create-policy",
        "squawk ban-alter-policy-condition",
        "squawk ban-alter-policy-roles",
        "squawk ban-alter-row-level-security",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("row_security/bad.sql"),
        good: include_str!("row_security/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let message = "other rows are seen from here on";
    let help = "try every program with the policy first";
    let policy = match context.action {
        Action::Alter(alter) if alter.kind == ObjectKind::Policy => true,
        Action::Create(create) if create.kind == ObjectKind::Policy => !create
            .on
            .as_ref()
            .is_some_and(|table| context.is_new(table)),
        _ => false,
    };
    if policy && context.is_up() {
        return vec![context.finding(message, help)];
    }
    let switched = context
        .changes_of_old_table()
        .filter(|(_, change)| matches!(change.what, ChangeKind::Form(Form::RowSecurity(_))));
    switched
        .map(|(table, change)| context.finding_on(table, change.span, message, help))
        .collect()
}
