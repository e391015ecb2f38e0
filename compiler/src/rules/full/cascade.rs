//! `CASCADE` drops what nobody named.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, Drop, Kind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "cascade",
    level: Level::Warn,
    condition: "an up file drops with `CASCADE` what others may depend on",
    why: "what depends on it goes along, whatever that is by then (PostgreSQL manual: Dependency Tracking)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("cascade/bad.sql"),
        good: include_str!("cascade/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let (
        Action::Drop(Drop {
            cascade: true,
            kind,
            names,
            ..
        }),
        true,
    ) = (moment.action, moment.is_up())
    else {
        return Vec::new();
    };
    // Nothing depends on these.
    let is_leaf = matches!(
        kind,
        Kind::Trigger | Kind::Policy | Kind::Rule | Kind::Index
    );
    if is_leaf || names.iter().all(|name| moment.is_new(name)) {
        return Vec::new();
    }
    let help = "drop the dependent objects by name, so that the reader sees them".to_owned();
    vec![moment.finding("CASCADE also drops what is not named here".to_owned(), help)]
}
