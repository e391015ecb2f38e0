//! From statements to privileges, as the pages of the commands in the PostgreSQL manual say.

use pgstrata_compiler::action::{
    Action, ChangeKind, Column, Constraint, Create, DataKind, Drop, ObjectKind,
};
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::grammar;
use pgstrata_compiler::migration::Migration;

use crate::names::{identifier, quoted};
use crate::pending::Pending;
use crate::schema::current_schema::Reach;

/// That a schema of the search path exists.
pub(super) const NOWHERE: &str = "a schema";

/// A privilege.
#[derive(Debug)]
pub(super) struct RequiredPrivilege {
    /// A table's privilege, or what `privileges.sql` has beside those.
    pub(super) what: &'static str,
    /// Of what, quoted.
    pub(super) name: String,
    /// The migration that needs it.
    pub(super) by: String,
}

/// What keeping the history needs.
pub(super) fn of_history(pending: &Pending<'_>) -> Vec<RequiredPrivilege> {
    let need = |what, name: &str| RequiredPrivilege {
        what,
        name: name.to_owned(),
        by: "the history".to_owned(),
    };
    let mut needs = vec![
        need("history schema", &identifier(pending.history_schema)),
        need("history", &pending.history),
    ];
    for table in [&pending.history, &pending.events] {
        needs.extend(["SELECT", "INSERT"].map(|what| need(what, table)));
    }
    needs.extend(["UPDATE", "DELETE"].map(|what| need(what, &pending.history)));
    needs
}

/// What the up file of a migration needs.
pub(super) fn of(migration: &Migration, reach: &Reach) -> Vec<RequiredPrivilege> {
    let mut collector = Collector {
        by: &migration.label,
        reach,
        needs: Vec::new(),
    };
    migration
        .up
        .statements()
        .for_each(|statement| collector.action(&grammar::read(statement)));
    collector.needs
}

struct Collector<'a> {
    by: &'a str,
    reach: &'a Reach,
    needs: Vec<RequiredPrivilege>,
}

impl Collector<'_> {
    fn need(&mut self, what: &'static str, name: String) {
        self.needs.push(RequiredPrivilege {
            what,
            name,
            by: self.by.to_owned(),
        });
    }

    fn on(&mut self, what: &'static str, table: &Name) {
        self.need(what, quoted(&self.reach.place(table)));
    }

    /// Where the object of this name is.
    fn create_in(&mut self, name: &Name) {
        if self.reach.is_nowhere(name) {
            return self.need(NOWHERE, identifier(&name.name));
        }
        self.need("create in", identifier(&self.reach.place(name).schema));
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::CreateTable(create) if create.temporary => {}
            Action::CreateTable(create) => {
                self.create_in(&create.table);
                create
                    .parent
                    .iter()
                    .for_each(|parent| self.on("own", parent));
                create.columns.iter().for_each(|column| self.column(column));
                create
                    .constraints
                    .iter()
                    .for_each(|constraint| self.constraint(constraint));
            }
            Action::AlterTable { table, changes, .. } => {
                self.on("own", table);
                for change in changes {
                    match &change.what {
                        ChangeKind::AddColumn { column, .. } => self.column(column),
                        ChangeKind::AddConstraint(constraint) => self.constraint(constraint),
                        ChangeKind::SetSchema(schema) => {
                            self.need("create in", identifier(schema));
                        }
                        _ => {}
                    }
                }
            }
            Action::CreateIndex(index) => {
                self.on("own", &index.table);
                self.create_in(&index.table);
            }
            Action::Create(create) => self.create(create),
            Action::Drop(drop) => self.drop(drop),
            Action::Rename { kind, from, .. } => match kind {
                ObjectKind::Schema => self.need("own schema", identifier(&from.name)),
                ObjectKind::Type | ObjectKind::Domain => self.on("own type", from),
                ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Sequence
                | ObjectKind::Index => {
                    self.on("own", from);
                    self.create_in(from);
                }
                _ => {}
            },
            Action::AddValue { name, .. } | Action::RenameValue { name, .. } => {
                self.on("own type", name);
            }
            Action::Data(data) => {
                let what = match data.kind {
                    DataKind::Insert | DataKind::InsertConstants => "INSERT",
                    DataKind::Update { .. } => "UPDATE",
                    DataKind::Delete { .. } => "DELETE",
                    DataKind::Truncate { .. } => "TRUNCATE",
                };
                data.tables.iter().for_each(|table| self.on(what, table));
            }
            Action::Refresh { view, .. } => self.on("maintain", view),
            Action::Upkeep(upkeep) if upkeep.rewrites().is_some() => {
                let tables = upkeep.names.iter();
                tables.for_each(|table| self.on("maintain", table));
            }
            Action::Upkeep(_)
            | Action::Alter(_)
            | Action::Comment(_)
            | Action::Grant(_)
            | Action::Lock(_)
            | Action::Copy(_)
            | Action::Set(_)
            | Action::Opaque
            | Action::Other => {}
        }
    }

    fn create(&mut self, create: &Create) {
        match (create.kind, &create.on) {
            (ObjectKind::Schema, _) => self.need("create schema", identifier(&create.name.name)),
            // The extensions have a check of their own.
            (ObjectKind::Extension, _) => {}
            (ObjectKind::Trigger, Some(table)) => self.on("TRIGGER", table),
            (_, Some(table)) => self.on("own", table),
            _ => self.create_in(&create.name),
        }
    }

    fn drop(&mut self, drop: &Drop) {
        if let Some(table) = &drop.on {
            return self.on("own", table);
        }
        for name in &drop.names {
            match drop.kind {
                ObjectKind::Schema => self.need("own schema", identifier(&name.name)),
                ObjectKind::Type | ObjectKind::Domain => self.on("own type", name),
                ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Sequence
                | ObjectKind::Index => {
                    self.on("drop", name);
                }
                _ => {}
            }
        }
    }

    fn column(&mut self, column: &Column) {
        column
            .inline
            .iter()
            .for_each(|constraint| self.constraint(constraint));
    }

    fn constraint(&mut self, constraint: &Constraint) {
        let references = constraint
            .shape
            .as_ref()
            .and_then(|shape| shape.references.as_ref());
        if let Some(table) = references {
            self.on("REFERENCES", table);
        }
    }
}
