//! A primary key takes over an index of columns that hold no NULL.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ConstraintKind, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::definition::listed_columns;
use crate::proof::proves_not_null;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "nullable-key",
    level: Level::Warn,
    condition: "an up file makes a primary key of an index whose columns may hold NULL",
    why: "the columns become NOT NULL first, for which the whole table is read while nobody can use it, unless a validated CHECK proves it (PostgreSQL manual: ALTER TABLE, ADD table_constraint_using_index)",
    elsewhere: &["eugene W14", "pgfence add-pk-using-index"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("nullable_key/bad.sql"),
        good: include_str!("nullable_key/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::AddConstraint(new) = &change.what else {
                return None;
            };
            if new.kind != ConstraintKind::PrimaryKey {
                return None;
            }
            let schema = table.schema.clone();
            let index = Name {
                schema,
                name: new.index()?,
            };
            let index = context
                .catalog
                .object(&Key::whole(ObjectKind::Index, &index))?;
            let may_be_null = |column: &String| {
                let known = context.catalog.column(table, column);
                known.is_some_and(|column| !column.not_null)
                    && !proves_not_null(context.catalog, table, column)
            };
            let column = listed_columns(&index.definition)
                .into_iter()
                .flatten()
                .find(may_be_null)?;
            let message = format!(
                "`{column}` may hold NULL: every row of `{}` is read under ACCESS EXCLUSIVE, and \
                 nobody can use it meanwhile",
                table.shown()
            );
            let help = format!(
                "ADD CONSTRAINT … CHECK ({column} IS NOT NULL) NOT VALID; validate it in the next \
                 migration; then SET NOT NULL, and add the key; then DROP CONSTRAINT, of the CHECK"
            );
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}
