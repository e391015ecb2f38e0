//! A rename breaks programs that still use the old name.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::cursor::Name;
use crate::grammar;
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

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let help = || {
        "add the new name beside the old one (a view, or a second column kept in step), switch \
         over, and drop the old one in a later release"
            .to_owned()
    };
    let lost = |name: &str| format!("`{name}` is not found under its old name any more");
    match context.action {
        Action::Rename { kind, from, .. } => {
            const KINDS: [ObjectKind; 8] = [
                ObjectKind::Table,
                ObjectKind::View,
                ObjectKind::MaterializedView,
                ObjectKind::Schema,
                ObjectKind::Function,
                ObjectKind::Type,
                ObjectKind::Domain,
                ObjectKind::Sequence,
            ];
            let is_born_here = KINDS.iter().any(|kind| context.is_born_here(*kind, from));
            if !KINDS.contains(kind) || is_born_here || is_made_later(context, from) {
                return Vec::new();
            }
            return vec![context.finding(lost(&from.shown()), help())];
        }
        Action::RenameValue { name, from, .. } if !context.is_born_here(ObjectKind::Type, name) => {
            return vec![context.finding(lost(from), help())];
        }
        _ => {}
    }
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| match &change.what {
            ChangeKind::RenameColumn { from, .. } if !context.is_new_column(table, from) => {
                Some(context.finding_on(table, change.span, lost(from), help()))
            }
            ChangeKind::SetSchema(_) => {
                Some(context.finding_on(table, change.span, lost(&table.shown()), help()))
            }
            _ => None,
        })
        .collect()
}

/// Whether the file makes something of the old name after this, as when an enum is swapped.
fn is_made_later(context: &StatementContext<'_>, old: &Name) -> bool {
    let mut later = context.script.statements().skip(context.statement + 1);
    later.any(
        |statement| match grammar::read(statement.named_by(context.catalog)) {
            Action::CreateTable(create) => create.table == *old,
            Action::Create(create) => create.name == *old && create.on.is_none(),
            Action::Rename { from, to, .. } => from.schema == old.schema && to == old.name,
            _ => false,
        },
    )
}
