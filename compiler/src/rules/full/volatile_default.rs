//! A new column whose value differs from row to row rewrites the table.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, Column, ConstraintKind};
use crate::facts::{is_generated, is_identity, is_serial};
use crate::form::{ColumnForm, Form};
use crate::locks::{RowAccess, is_constrained, work_of_column};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "volatile-default",
    level: Level::Warn,
    condition: "an up file adds a column to an older table whose value is computed for each row, or whose domain has a constraint",
    why: "every row is rewritten while nobody can use the table; a constant default is free (PostgreSQL manual: ALTER TABLE, Notes)",
    elsewhere: &[
        "squawk adding-field-with-default",
        "squawk adding-serial-primary-key-field",
        "squawk ban-alter-generated-expression",
        "eugene E11",
        "strong_migrations auto-increment column",
        "strong_migrations stored generated column",
        "strong_migrations volatile default",
        "pgfence add-column-non-constant-default",
        "pgfence add-column-stored-generated",
        "pgfence add-column-serial",
        "pgsafe add-column-generated-stored",
        "pgsafe add-column-identity",
        "pgsafe add-column-serial",
        "pgsafe add-column-volatile-default",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("volatile_default/bad.sql"),
        good: include_str!("volatile_default/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let (column, help) = match &change.what {
                ChangeKind::AddColumn { column, .. } => {
                    let work = work_of_column(context.catalog, column);
                    (work == RowAccess::Rewrite)
                        .then(|| (column.name.clone(), way_out(context, column)))?
                }
                ChangeKind::Form(Form::Column {
                    name,
                    what: ColumnForm::Expression,
                }) => (name.clone(), GENERATED.to_owned()),
                _ => return None,
            };
            let message = format!(
                "every row of `{}` is rewritten under ACCESS EXCLUSIVE to hold `{column}`: nobody \
                 can read or write it meanwhile",
                table.shown()
            );
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

const GENERATED: &str = "there is no other way for a stored generated column: do it at a quiet \
    hour, or fill a plain column by a trigger and in batches";

const FILLED: &str =
    "make it NOT NULL by way of a validated CHECK (… IS NOT NULL), with SET NOT NULL";

/// What spares the rewrite, as far as anything does.
fn way_out(context: &StatementContext<'_>, column: &Column) -> String {
    let of_type = column.type_name.as_ref();
    let way = match () {
        () if is_serial(&column.definition) => format!(
            "CREATE SEQUENCE; add the column as a plain integer; SET DEFAULT nextval(…) for new rows, \
             with the sequence OWNED BY the column; fill the old ones in batches; {FILLED}"
        ),
        () if is_identity(&column.definition) => format!(
            "add the column as a plain integer and fill it in batches, new rows by a default; {FILLED}; \
             then ALTER COLUMN … ADD GENERATED … AS IDENTITY"
        ),
        () if is_generated(&column.definition) => GENERATED.to_owned(),
        () if of_type.is_some_and(|it| is_constrained(context.catalog, it)) => {
            "there is no other way for a domain that has a constraint: do it at a quiet hour, or give \
             the column the domain's own type, and the CHECK to the table, NOT VALID"
                .to_owned()
        }
        () => "add the column without a default, SET DEFAULT for new rows, and fill the old ones in \
               batches"
            .to_owned(),
    };
    let is_key = |kind| column.constraints.contains(&kind);
    if is_key(ConstraintKind::Unique) || is_key(ConstraintKind::PrimaryKey) {
        format!("{way}; then CREATE UNIQUE INDEX CONCURRENTLY, and ADD CONSTRAINT … USING INDEX")
    } else {
        way
    }
}
