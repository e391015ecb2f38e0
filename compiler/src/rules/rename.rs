//! A rename breaks programs that still use the old name.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, ChangeKind, Kind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "rename",
    level: Level::Warn,
    condition: "an up file takes away the name under which an older object is used",
    why: "programs of the version before still use the old name, also while the new version is rolled out",
    elsewhere: &[
        "squawk renaming-column",
        "squawk renaming-table",
        "squawk renaming-object",
        "squawk ban-set-schema",
        "strong_migrations rename column",
        "strong_migrations rename table",
        "strong_migrations rename schema",
        "strong_migrations rename enum value",
        "Atlas BC101",
        "Atlas BC102",
        "pgfence rename-table",
        "pgfence rename-column",
        "pgfence rename-schema",
        "pgsafe rename",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("rename/bad.sql"),
        good: include_str!("rename/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    if !moment.is_up() {
        return Vec::new();
    }
    let help = || {
        "add the new name beside the old one (a view, or a second column kept in step), switch \
         over, and drop the old one in a later release"
            .to_owned()
    };
    if let Action::Rename { kind: Kind::Table | Kind::View, from, .. } = moment.action {
        if moment.is_new(from) || moment.is_born_here(Kind::View, from) {
            return Vec::new();
        }
        let message = format!("`{}` is not found under its old name any more", from.shown());
        return vec![moment.finding(message, help())];
    }
    moment
        .changes_of_old_table()
        .filter_map(|(table, change)| match &change.what {
            ChangeKind::RenameColumn { from, .. } if !moment.is_new_column(table, from) => {
                let message = format!("`{from}` is not found under its old name any more");
                Some(moment.finding_on(table, change.span, message, help()))
            }
            _ => None,
        })
        .collect()
}
