//! A table with rows is attached with a check that fits.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, Kind};
use crate::catalog::Key;
use crate::cursor::Cursor;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "attach-partition",
    level: Level::Warn,
    condition: "an up file attaches an older table that has no validated `CHECK`",
    why: "all of its rows are read while nobody can use it, unless a CHECK says what the partition will hold (PostgreSQL manual: ALTER TABLE, ATTACH PARTITION)",
    elsewhere: &["pgfence attach-partition", "pgsafe attach-partition"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("attach_partition/bad.sql"),
        good: include_str!("attach_partition/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::AlterTable { changes, .. } = moment.action else {
        return Vec::new();
    };
    if !moment.is_up() {
        return Vec::new();
    }
    changes
        .iter()
        .filter_map(|change| {
            let mut words = Cursor::new(moment.text.within(change.span));
            words.eat(&["attach", "partition"]).then_some(())?;
            let partition = words.name()?;
            let has_check =
                moment
                    .catalog
                    .parts(Kind::Constraint, &partition)
                    .any(|(_, constraint)| {
                        Cursor::of(&constraint.definition).sees(&["check"]) && !constraint.not_valid
                    });
            if has_check || !moment.is_old(&Key::whole(Kind::Table, &partition)) {
                return None;
            }
            let message = format!(
                "all rows of `{}` are read under the strongest lock",
                partition.shown()
            );
            let help = "add a CHECK of the partition's bounds NOT VALID, validate it in the next \
                        migration, then attach";
            Some(moment.finding_on(&partition, change.span, message, help))
        })
        .collect()
}
