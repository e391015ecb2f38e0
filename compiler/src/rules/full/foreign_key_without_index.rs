//! The columns of a foreign key have an index.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ChangeKind, Column, Constraint, ConstraintKind, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::definition::listed_columns;
use crate::facts::{is_key, is_unique_column};
use crate::settings::Level;
use crate::span::Span;
use crate::tokens::Tokens;

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    level: Level::Off,
    condition: "an up file adds a foreign key, and after it no index begins with one of its columns",
    why: "whoever deletes a row of the other table reads all of this one (PostgreSQL manual: Constraints, Foreign Keys)",
    elsewhere: &[
        "eugene E15",
        "pgfence fk-missing-index",
        "pgsafe fk-without-covering-index",
    ],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("foreign_key_without_index/bad.sql"),
        good: include_str!("foreign_key_without_index/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (statement, step) in context.steps.iter().enumerate() {
        let (table, keys) = match &step.action {
            Action::CreateTable(create) => {
                let named = create.constraints.iter().filter_map(of_constraint);
                (
                    &create.table,
                    create
                        .columns
                        .iter()
                        .filter_map(of_column)
                        .chain(named)
                        .collect(),
                )
            }
            Action::AlterTable { table, changes, .. } => {
                let keys = changes.iter().filter_map(|change| match &change.what {
                    ChangeKind::AddColumn { column, .. } => of_column(column),
                    ChangeKind::AddConstraint(new) => of_constraint(new),
                    _ => None,
                });
                (table, keys.collect::<Vec<_>>())
            }
            _ => continue,
        };
        let firsts = firsts(context, table, &step.action);
        let is_bare = |(_, columns): &(Span, Vec<String>)| {
            let there = |column: &String| {
                context
                    .catalog
                    .object(&Key::part(ObjectKind::Column, table, column))
                    .is_some()
            };
            columns
                .iter()
                .all(|column| there(column) && !firsts.contains(column))
        };
        for (span, columns) in keys.into_iter().filter(is_bare) {
            let message = format!("no index begins with `{}`", columns.join("` or `"));
            let help = format!(
                "CREATE INDEX … ON {} ({})",
                table.shown(),
                columns.join(", ")
            );
            findings.push(RuleFinding::new(statement, span, message, help));
        }
    }
    findings
}

fn of_column(column: &Column) -> Option<(Span, Vec<String>)> {
    let refers = column.constraints.contains(&ConstraintKind::ForeignKey);
    refers.then(|| (column.span, vec![column.name.clone()]))
}

fn of_constraint(constraint: &Constraint) -> Option<(Span, Vec<String>)> {
    let refers = constraint.kind == ConstraintKind::ForeignKey;
    let columns = || listed_columns(&constraint.definition).into_iter().flatten();
    refers.then(|| (constraint.span, columns().collect()))
}

/// The first columns of all indexes of the table, as far as they are known.
fn firsts(context: &FileContext<'_>, table: &Name, action: &Action) -> Vec<String> {
    let first = |definition: &Tokens| listed_columns(definition).into_iter().next().flatten();
    let catalog = context.catalog;
    let mut firsts: Vec<String> = catalog
        .belongings(table)
        .filter(|(key, _)| key.kind == ObjectKind::Index)
        .filter_map(|(_, index)| first(&index.definition))
        .collect();
    let constraints = catalog.parts(ObjectKind::Constraint, table);
    firsts.extend(
        constraints
            .filter(|(_, it)| is_key(&it.definition))
            .filter_map(|(_, it)| first(&it.definition)),
    );
    // Keys that have no name here are known from their statement only.
    if let Action::CreateTable(create) = action {
        let keys = create
            .constraints
            .iter()
            .filter(|it| is_key(&it.definition));
        firsts.extend(keys.filter_map(|it| first(&it.definition)));
    }
    let columns = catalog.parts(ObjectKind::Column, table);
    let single = columns.filter(|(_, column)| is_unique_column(&column.definition));
    firsts.extend(single.map(|(name, _)| name.to_owned()));
    firsts
}
