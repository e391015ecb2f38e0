//! A string that is no value of the enum that it is written into.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, Column, ObjectKind};
use crate::catalog::Catalog;
use crate::cursor::Name;
use crate::data_type::DataType;
use crate::facts::only_string;
use crate::settings::Level;
use crate::span::Span;
use crate::spelling::nearest;
use crate::tokens::Tokens;
use crate::written::written_strings;

pub(super) const RULE: Rule = Rule {
    id: "unknown-enum-value",
    level: Level::Warn,
    condition: "`INSERT`, `UPDATE` or a default writes a string into a column whose enum does not have it",
    why: "PostgreSQL refuses the statement whatever the table holds, since it reads the string as a value of the enum (PostgreSQL manual: Enumerated Types)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unknown_enum_value/bad.sql"),
        good: include_str!("unknown_enum_value/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let catalog = context.catalog;
    let mut found = Vec::new();
    let mut look = |of_type: Option<&DataType>, value: &str, span: Span| {
        let missing = of_type.and_then(|of_type| missing(catalog, of_type, value));
        found.extend(missing.map(|(message, help)| context.finding_at(span, message, help)));
    };
    match context.action {
        Action::Data(_) => {
            for written in written_strings(context.text) {
                let is_table = catalog.table(&written.table).is_some();
                let column = catalog.column(&written.table, &written.column);
                let column = column.filter(|_| is_table && !is_unknown(catalog, &written.table));
                let of_type = column.and_then(|column| column.type_name.as_ref());
                look(of_type, &written.value, written.span);
            }
        }
        // With IF NOT EXISTS the server does not look at what is there.
        Action::CreateTable(create)
            if !create.if_not_exists || !may_be_there(catalog, &create.table) =>
        {
            let made = create.columns.iter();
            made.for_each(|column| look_at(column, column.span, &mut look));
        }
        Action::AlterTable { table, changes, .. } if catalog.table(table).is_some() => {
            for change in changes {
                match &change.what {
                    ChangeKind::AddColumn {
                        column,
                        if_not_exists,
                    } if !if_not_exists || catalog.column(table, &column.name).is_none() => {
                        look_at(column, change.span, &mut look);
                    }
                    ChangeKind::Default {
                        column,
                        value: Some(value),
                    } if !is_unknown(catalog, table) => {
                        let known = catalog.column(table, column);
                        let of_type = known.and_then(|column| column.type_name.as_ref());
                        look_at_default(of_type, value, change.span, &mut look);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    found
}

/// Given the type of a column, a string that is written into it, and where.
type Look<'a> = dyn FnMut(Option<&DataType>, &str, Span) + 'a;

fn look_at(column: &Column, span: Span, look: &mut Look<'_>) {
    if let Some(default) = &column.default {
        look_at_default(column.type_name.as_ref(), default, span, look);
    }
}

fn look_at_default(of_type: Option<&DataType>, default: &Tokens, span: Span, look: &mut Look<'_>) {
    if let Some(value) = only_string(default, of_type) {
        look(of_type, &value, span);
    }
}

fn may_be_there(catalog: &Catalog, table: &Name) -> bool {
    catalog.table(table).is_some() || catalog.is_foreign(table) || is_unknown(catalog, table)
}

fn is_unknown(catalog: &Catalog, table: &Name) -> bool {
    catalog.is_unknown(&table.name)
}

/// What is wrong with a value, if the type is an enum of which all values are known.
fn missing(catalog: &Catalog, of_type: &DataType, value: &str) -> Option<(String, String)> {
    if of_type.is_array {
        return None;
    }
    let types = catalog.of_kind(ObjectKind::Type);
    let mut named =
        types.filter(|(name, _)| of_type.name == name.name || of_type.name == name.shown());
    let (name, _) = named.next()?;
    // Which of two it is the search path says.
    let is_one = named.next().is_none();
    let values: Vec<&str> = catalog
        .parts(ObjectKind::Value, name)
        .map(|(value, _)| value)
        .collect();
    let is_known = !catalog.is_unknown(&name.name) && !catalog.is_unknown(value);
    if !is_one || values.is_empty() || !is_known || values.contains(&value) {
        return None;
    }
    let message = format!("`{}` has no value '{value}'", name.shown());
    let help = match nearest(value, values.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => format!(
            "write one of '{}', or add it in an earlier migration: ALTER TYPE {} ADD VALUE '{value}'",
            values.join("', '"),
            name.shown()
        ),
    };
    Some((message, help))
}
