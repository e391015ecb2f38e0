//! A view or function is replaced under its users.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::catalog::Key;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "replace-object",
    level: Level::Off,
    condition: "an up file replaces a view or function that an earlier migration made",
    why: "programs of the version before get the new one, too (PostgreSQL manual: CREATE VIEW, CREATE FUNCTION)",
    elsewhere: &["squawk ban-replace-view-function"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("replace_object/bad.sql"),
        good: include_str!("replace_object/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Create(create) = context.action else {
        return Vec::new();
    };
    let is_kind = matches!(create.kind, ObjectKind::View | ObjectKind::Function);
    let is_old = context.is_old(&Key::whole(create.kind, &create.name));
    if !context.is_up() || !create.replace || !is_kind || !is_old {
        return Vec::new();
    }
    let message = format!("users of `{}` get another one", create.name.shown());
    vec![context.finding(message, "make it under a new name, and switch over")]
}
