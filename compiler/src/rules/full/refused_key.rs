//! A foreign key leads to a key, of a type that can be compared.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, Column, Constraint, ObjectKind, Shape};
use crate::catalog::{Catalog, Key};
use crate::cursor::Name;
use crate::data_type::DataType;
use crate::definition::listed_columns;
use crate::facts::{is_of_index, is_partial, referenced_columns};
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "refused-key",
    level: Level::Warn,
    condition: "a foreign key leads to columns of an earlier table that no primary key, unique constraint or unique index has, or whose type cannot be compared with its own",
    why: "the server always refuses it, with SQLSTATE 42830 or 42804 (PostgreSQL manual: CREATE TABLE, REFERENCES)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("refused_key/bad.sql"),
        good: include_str!("refused_key/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let keys = keys(context);
    let found = keys.into_iter().filter_map(|(span, table, key, columns)| {
        let (message, help) = refusal(context.catalog, table, key, &columns)?;
        Some(context.finding_at(span, message, help))
    });
    found.collect()
}

/// Of each foreign key of the statement: where it stands, its table, and the columns made with it.
fn keys<'a>(
    context: &'a StatementContext<'_>,
) -> Vec<(Span, &'a Name, &'a Constraint, Vec<&'a Column>)> {
    let (table, columns, constraints): (_, Vec<&Column>, Vec<&Constraint>) = match context.action {
        Action::CreateTable(create) => (
            &create.table,
            create.columns.iter().collect(),
            create.constraints.iter().collect(),
        ),
        Action::AlterTable { table, changes, .. } => {
            let (mut columns, mut constraints) = (Vec::new(), Vec::new());
            for change in changes {
                match &change.what {
                    ChangeKind::AddColumn { column, .. } => columns.push(column),
                    ChangeKind::AddConstraint(new) => constraints.push(new),
                    _ => {}
                }
            }
            (table, columns, constraints)
        }
        _ => return Vec::new(),
    };
    let inline = columns.iter().flat_map(|column| &column.inline);
    let all = inline.chain(constraints);
    let made = |key: &'a Constraint| (key.span, table, key, columns.clone());
    all.map(made).collect()
}

fn refusal(
    catalog: &Catalog,
    table: &Name,
    key: &Constraint,
    made: &[&Column],
) -> Option<(String, String)> {
    let shape = key.shape.as_ref()?;
    let target = shape
        .references
        .as_ref()
        .filter(|target| *target != table)?;
    let is_known = catalog.table(target).is_some_and(|it| !it.has_more_columns)
        && !catalog.is_unknown(&target.name);
    if !is_known {
        return None;
    }
    let listed = referenced_columns(&key.definition);
    let wanted = listed.clone().or_else(|| primary_key(catalog, target));
    let Some(wanted) = wanted else {
        let message = format!("`{}` has no primary key to lead to", target.shown());
        let help = "name the columns of a unique constraint, or give the table a primary key first";
        return Some((message, help.to_owned()));
    };
    if listed.is_some() && !is_key(catalog, target, &wanted) {
        let message = format!(
            "no key of `{}` is about {} alone",
            target.shown(),
            wanted.join(", ")
        );
        let help = "make a unique index of these columns first, or lead to a key that is there";
        return Some((message, help.to_owned()));
    }
    let own = |name: &String| {
        let new = made.iter().find(|column| column.name == *name);
        match new {
            Some(column) => column.type_name.clone(),
            None => of_type(catalog, table, name),
        }
    };
    let pairs = shape.columns.iter().zip(&wanted);
    let mut types = pairs.filter_map(|(column, other)| {
        let (one, two) = (own(column)?, of_type(catalog, target, other)?);
        let differ = family(&one)? != family(&two)?;
        differ.then_some((column, one, other, two))
    });
    let (column, one, other, two) = types.next()?;
    let message = format!("`{column}` is {one}, and `{other}`, to which it leads, is {two}");
    Some((message, "give both the same type".to_owned()))
}

fn shapes<'a>(catalog: &'a Catalog, table: &'a Name) -> impl Iterator<Item = &'a Shape> {
    let constraints = catalog.parts(ObjectKind::Constraint, table);
    constraints.filter_map(|(_, constraint)| constraint.shape.as_ref())
}

fn primary_key(catalog: &Catalog, table: &Name) -> Option<Vec<String>> {
    use crate::action::ConstraintKind::PrimaryKey;
    // One that was made of an index has no columns of its own here.
    let mut unread = catalog.parts(ObjectKind::Constraint, table);
    if unread.any(|(_, constraint)| is_of_index(&constraint.definition)) {
        return Some(Vec::new());
    }
    let mut shapes = shapes(catalog, table);
    let found = shapes.find(|shape| shape.kind == PrimaryKey);
    found.map(|shape| shape.columns.clone())
}

/// Whether a key is about these columns, in any order.
fn is_key(catalog: &Catalog, table: &Name, columns: &[String]) -> bool {
    use crate::action::ConstraintKind::{PrimaryKey, Unique};
    let sorted = |columns: &[String]| {
        let mut sorted = columns.to_vec();
        sorted.sort();
        sorted
    };
    let wanted = sorted(columns);
    let constraints = catalog.parts(ObjectKind::Constraint, table);
    let mut of_constraints = constraints.map(|(_, it)| match &it.shape {
        Some(shape) if [PrimaryKey, Unique].contains(&shape.kind) => {
            sorted(&shape.columns) == wanted
        }
        Some(_) => false,
        // It may be one that was made of an index.
        None => is_of_index(&it.definition),
    });
    let mut indexes = catalog.belongings(table).map(|(_, index)| {
        let is_whole = !is_partial(&index.definition);
        let named: Option<Vec<String>> = listed_columns(&index.definition).into_iter().collect();
        index.is_unique && is_whole && named.is_some_and(|named| sorted(&named) == wanted)
    });
    of_constraints.any(|is_it| is_it) || indexes.any(|is_it| is_it)
}

fn of_type(catalog: &Catalog, table: &Name, column: &str) -> Option<DataType> {
    let column = catalog.object(&Key::part(ObjectKind::Column, table, column))?;
    column.type_name.clone()
}

/// Types of one family can be compared with each other; of others nothing is known.
fn family(of_type: &DataType) -> Option<&'static str> {
    if of_type.is_array {
        return None;
    }
    Some(match &*of_type.name {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        "text" | "character varying" | "character" => "text",
        "uuid" => "uuid",
        "boolean" => "boolean",
        "date" | "timestamp" => "time",
        "bytea" => "bytea",
        _ => return None,
    })
}
