//! Views that stand in the way of a statement: PostgreSQL neither changes the type of a column that a view
//! uses, nor drops it, nor its table.
//!
//! Asked before the run only of what is certain: where a statement before it may have taken the view away,
//! nothing is said.

use std::collections::BTreeSet;

use pgstrata_compiler::action::{Action, ChangeKind, Kind};
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::grammar;
use pgstrata_compiler::statement::Statement;
use postgres::{Client, Error};

use crate::evidence::{Evidence, Finding, Severity};
use crate::names::{identifier, quoted};
use crate::own::{Own, with_the_path_of_the_session};
use crate::pending::{Pending, statements};
use crate::preflight::Options;

const CHECK: &str = "views";

/// What a statement takes from under a view.
struct Taken {
    place: String,
    table: Name,
    /// Empty where it is the whole table.
    column: String,
    /// Views that are gone by then, or others.
    freed: BTreeSet<Name>,
    /// Whether something else was made or dropped before.
    is_after_others: bool,
}

struct View {
    name: Name,
    /// `view`, `materialized view`, `routine`, `trigger` or `policy`.
    kind: String,
    quoted: String,
    definition: String,
    /// Whether it stands on the column itself.
    is_direct: bool,
}

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<Finding>, Error> {
    in_the_way(client, pending)
}

/// One finding a statement that the server would refuse.
pub(crate) fn in_the_way(
    client: &mut Client,
    pending: &Pending<'_>,
) -> Result<Vec<Finding>, Error> {
    let taken = taken(pending);
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let tables: Vec<String> = taken.iter().map(|it| quoted(&it.table)).collect();
    let columns: Vec<&str> = taken.iter().map(|it| &*it.column).collect();
    let written = taken.iter().map(|it| match &*it.table.schema {
        // Nothing tells whether the schema was written.
        "public" => identifier(&it.table.name),
        _ => quoted(&it.table),
    });
    let written: Vec<String> = written.collect();
    let rows = with_the_path_of_the_session(client, include_str!("views_tables.sql"), &[&written])?;
    let along = rows.iter().map(|row| row.try_get::<_, Option<u32>>(1));
    let along: Vec<Option<u32>> = along.collect::<Result<_, _>>()?;
    let query = include_str!("views.sql");
    let rows = Own::open(client)?.rows(query, &[&tables, &columns, &along])?;
    let mut views: Vec<Vec<View>> = taken.iter().map(|_| Vec::new()).collect();
    for row in &rows {
        let place: i64 = row.try_get(0)?;
        let depth: i32 = row.try_get(6)?;
        let view = View {
            name: Name {
                schema: row.try_get(1)?,
                name: row.try_get(2)?,
            },
            kind: row.try_get(3)?,
            quoted: row.try_get(4)?,
            definition: row.try_get(5)?,
            is_direct: depth == 1,
        };
        // The server counts from 1.
        let index = usize::try_from(place - 1).unwrap_or_default();
        views[index].push(view);
    }
    let all = taken.iter().zip(views);
    Ok(all
        .filter_map(|(taken, views)| finding(taken, &views, pending))
        .collect())
}

fn finding(taken: &Taken, views: &[View], pending: &Pending<'_>) -> Option<Finding> {
    // A name without a schema may be of any.
    let is_freed = |view: &View| {
        taken.freed.contains(&view.name)
            || taken.freed.contains(&Name::unqualified(&view.name.name))
    };
    let is_view = |view: &View| view.kind.ends_with("view");
    let is_there = |view: &&View| {
        if is_view(view) {
            !is_freed(view)
        } else {
            !taken.is_after_others
        }
    };
    // If those are gone that stand on it, so are all that stand on them.
    let direct: Vec<&View> = views
        .iter()
        .filter(|view| view.is_direct)
        .filter(is_there)
        .collect();
    if direct.is_empty() {
        return None;
    }
    let left: Vec<&View> = views.iter().filter(is_there).collect();
    let repeatable = |view: &View| pending.repeatable_of(&view.name).filter(|_| is_view(view));
    let names = direct.iter().map(|view| match repeatable(view) {
        Some(label) => format!("{} (repeatable/{label}.sql)", view.quoted),
        None if is_view(view) => view.quoted.clone(),
        None => format!("the {} {}", view.kind, view.quoted),
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let what = match &*taken.column {
        "" => format!("the table {}", taken.table.shown()),
        column => format!("the column {column} of {}", taken.table.shown()),
    };
    let message = format!("{}: {what} is used by {names}", taken.place);
    let again = if left.iter().any(|view| repeatable(view).is_some()) {
        "; what a repeatable makes the run makes again, so its CREATE VIEW may be left out"
    } else {
        ""
    };
    let advice = format!(
        "write the first above the statement, here and in the down file, and the second below it{again}: {} {}",
        dropped(&left),
        created(&left)
    );
    let evidence = left
        .iter()
        .map(|view| Evidence::new().and("view", &*view.quoted));
    let finding = Finding::new(CHECK, Severity::Error, message).with(evidence.collect::<Vec<_>>());
    Some(finding.advise(advice))
}

/// What goes first stands first.
fn dropped(views: &[&View]) -> String {
    if views.iter().all(|view| view.kind == "view") {
        let names: Vec<&str> = views.iter().map(|view| &*view.quoted).collect();
        return format!("DROP VIEW {};", names.join(", "));
    }
    let each = views
        .iter()
        .map(|view| format!("DROP {} {};", view.kind.to_uppercase(), view.quoted));
    each.collect::<Vec<_>>().join(" ")
}

fn created(views: &[&View]) -> String {
    let each = views.iter().rev().map(|view| {
        let definition = view
            .definition
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let definition = definition.trim_end_matches(';');
        if view.kind.ends_with("view") {
            format!(
                "CREATE {} {} AS {definition};",
                view.kind.to_uppercase(),
                view.quoted
            )
        } else {
            format!("{definition};")
        }
    });
    each.collect::<Vec<_>>().join(" ")
}

/// Over all pending statements, until one that may do anything.
fn taken(pending: &Pending<'_>) -> Vec<Taken> {
    let mut all = Vec::new();
    let (mut freed, mut is_after_others) = (BTreeSet::new(), false);
    // Not the tables any more that the server has now.
    let mut others: BTreeSet<Name> = BTreeSet::new();
    for migration in &pending.migrations {
        let script = &migration.up;
        for (statement, (line, _)) in script.statements().zip(statements(script)) {
            let place = format!("{}.up.sql:{line}", migration.label);
            let mut take =
                |table: &Name, column: &str, others: &BTreeSet<Name>, freed: &BTreeSet<Name>| {
                    if !others.contains(table) {
                        all.push(Taken {
                            place: place.clone(),
                            table: table.clone(),
                            column: column.to_owned(),
                            freed: freed.clone(),
                            is_after_others,
                        });
                    }
                };
            match grammar::read(statement) {
                Action::AlterTable { table, changes, .. } => {
                    for change in changes {
                        match change.what {
                            ChangeKind::DropColumn { cascade: true, .. } => return all,
                            ChangeKind::DropColumn { name, .. } => {
                                take(&table, &name, &others, &freed);
                            }
                            ChangeKind::SetType { column, .. } => {
                                take(&table, &column, &others, &freed);
                            }
                            // Its columns are called otherwise from here on.
                            ChangeKind::RenameColumn { .. } => _ = others.insert(table.clone()),
                            _ => {}
                        }
                    }
                }
                Action::Drop(drop) if drop.cascade => return all,
                Action::Drop(drop) => match drop.kind {
                    Kind::Table => {
                        for table in &drop.names {
                            take(table, "", &others, &freed);
                        }
                        others.extend(drop.names);
                    }
                    Kind::View | Kind::MaterializedView => freed.extend(drop.names),
                    _ => is_after_others = true,
                },
                Action::CreateTable(create) => _ = others.insert(create.table),
                Action::Create(create)
                    if matches!(create.kind, Kind::View | Kind::MaterializedView) =>
                {
                    freed.insert(create.name);
                }
                Action::Rename {
                    kind: Kind::Table,
                    from,
                    to,
                } => {
                    others.insert(Name {
                        name: to,
                        ..from.clone()
                    });
                    others.insert(from);
                }
                Action::Create(_) => is_after_others = true,
                Action::CreateIndex(_)
                | Action::Data(_)
                | Action::AddValue { .. }
                | Action::RenameValue { .. }
                | Action::Refresh { .. }
                | Action::Rewrite { .. } => {}
                Action::Other if is_harmless(statement) => {}
                Action::Rename { .. } | Action::Set(_) | Action::Opaque | Action::Other => {
                    return all;
                }
            }
        }
    }
    all
}

fn is_harmless(statement: Statement<'_>) -> bool {
    let words = ["comment", "grant", "revoke", "analyze", "lock", "notify"];
    words
        .iter()
        .any(|word| statement.word(0).eq_ignore_ascii_case(word))
}
