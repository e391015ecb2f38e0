//! Every statement but `ALTER TABLE` and those that change rows: long, because each command
//! has its row here.

use super::domains;
use super::relatives::{is_relation, partitions, referenced, referenced_by, referencing};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Action, Create, CreateIndex, CreateTable, Drop, ObjectKind};
use crate::alteration::{Alter, Alteration, DomainChange};
use crate::catalog::Key;
use crate::command::{Class, Command, Verb};
use crate::cursor::Name;
use crate::property::{Comment, Commented, Grant, Granted};
use crate::query::{cascades, listed_behind};
use crate::upkeep::{LockTable, Upkeep};

impl Taker<'_> {
    pub(super) fn statement(&mut self, action: &Action) {
        match action {
            Action::CreateTable(create) => self.create_table(create),
            Action::AlterTable { table, changes, .. } if self.is_table(table) => {
                self.alter_table(table, changes);
            }
            Action::CreateIndex(index) => self.create_index(index),
            Action::Create(create) => self.create(create),
            Action::Drop(drop) => self.drop(drop),
            Action::Rename { kind, from, .. } => {
                let is_table = *kind == ObjectKind::Table && self.is_table(from);
                if is_table || matches!(kind, ObjectKind::View | ObjectKind::MaterializedView) {
                    self.take(from, LockMode::AccessExclusive, RowAccess::None);
                }
            }
            Action::Data(data) => self.data(data),
            Action::Refresh { concurrently, view } => self.refresh(view, *concurrently),
            Action::Alter(alter) => self.alter(alter),
            Action::Comment(comment) => self.comment(comment),
            Action::Grant(grant) => self.grant(grant),
            Action::Upkeep(upkeep) => self.upkeep(upkeep),
            Action::Lock(lock) => self.lock(lock),
            Action::Copy(copy) => self.copy(copy),
            Action::AlterTable { .. } => {}
            Action::Set(_)
            | Action::Opaque
            | Action::Other
            | Action::AddValue { .. }
            | Action::RenameValue { .. } => {
                self.other(matches!(action, Action::Opaque));
            }
        }
    }

    /// `ALTER TABLE` may name an index or a sequence.
    fn is_table(&self, name: &Name) -> bool {
        let others = [ObjectKind::Index, ObjectKind::Sequence].into_iter();
        others
            .into_iter()
            .all(|kind| self.catalog.object(&Key::whole(kind, name)).is_none())
    }

    fn create_table(&mut self, create: &CreateTable) {
        if let Some(parent) = &create.parent {
            self.take(parent, LockMode::AccessExclusive, RowAccess::None);
            if let Some(bound) = &create.bound {
                self.read_default_partition(parent, bound);
            }
        }
        let inline = create.columns.iter().flat_map(|column| &column.inline);
        let keys = inline.chain(&create.constraints);
        for other in keys.filter_map(|key| referenced(key.shape.as_ref())) {
            // A reference to itself is made with it.
            if *other != create.table {
                self.take(other, LockMode::ShareRowExclusive, RowAccess::None);
            }
        }
        for parent in &create.inherits {
            self.take(parent, LockMode::ShareUpdateExclusive, RowAccess::None);
        }
        for model in &create.models {
            self.take(model, LockMode::AccessShare, RowAccess::None);
        }
        self.read_all(self.statement);
    }

    fn create_index(&mut self, index: &CreateIndex) {
        let mode = if index.concurrently {
            LockMode::ShareUpdateExclusive
        } else {
            LockMode::Share
        };
        if index.only {
            self.take(&index.table, mode, RowAccess::None);
        } else {
            self.take_with_partitions(&index.table, mode, RowAccess::Scan);
        }
    }

    fn create(&mut self, create: &Create) {
        match (create.kind, &create.on) {
            (ObjectKind::Trigger, Some(table)) => {
                self.take_with_partitions(table, LockMode::ShareRowExclusive, RowAccess::None);
            }
            (ObjectKind::Policy | ObjectKind::Rule, Some(table)) => {
                self.take(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::View | ObjectKind::MaterializedView, _) => {
                if create.replace && self.is_there(create.kind, &create.name) {
                    self.take(&create.name, LockMode::AccessExclusive, RowAccess::None);
                }
                self.read_all(self.statement);
            }
            // An extension's script may do anything, but has no table of ours to do it to.
            _ => {}
        }
    }

    fn is_there(&self, kind: ObjectKind, name: &Name) -> bool {
        self.catalog.object(&Key::whole(kind, name)).is_some()
    }

    fn drop(&mut self, drop: &Drop) {
        match (drop.kind, &drop.on) {
            (ObjectKind::Trigger, Some(table)) => {
                self.take_with_partitions(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::Policy | ObjectKind::Rule, Some(table)) => {
                self.take(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::Table, _) => drop
                .names
                .iter()
                .for_each(|name| self.drop_table(name, drop)),
            (ObjectKind::View | ObjectKind::MaterializedView, _) => {
                for name in &drop.names {
                    self.take(name, LockMode::AccessExclusive, RowAccess::None);
                }
                self.locks.is_incomplete |= drop.cascade;
            }
            (ObjectKind::Index, _) => {
                let mode = if drop.concurrently {
                    LockMode::ShareUpdateExclusive
                } else {
                    LockMode::AccessExclusive
                };
                drop.names
                    .iter()
                    .for_each(|name| self.take_table_of(name, mode, RowAccess::None));
            }
            // What depends on them is known to the server only.
            _ => self.locks.is_incomplete |= drop.cascade,
        }
    }

    /// A foreign key has triggers on both its tables, which go with it.
    fn drop_table(&mut self, table: &Name, drop: &Drop) {
        self.take(table, LockMode::AccessExclusive, RowAccess::None);
        let object = self.catalog.table(table);
        if let Some(parent) = object.and_then(|object| object.on.as_ref()) {
            self.take(parent, LockMode::AccessExclusive, RowAccess::None);
            // What it may hold is more from here on.
            if let Some(default) = self.catalog.default_partition(parent).cloned() {
                self.take(&default, LockMode::AccessExclusive, RowAccess::None);
            }
        }
        for gone in [vec![table.clone()], partitions(self.catalog, table)].concat() {
            self.take(&gone, LockMode::AccessExclusive, RowAccess::None);
            for other in referenced_by(self.catalog, &gone) {
                self.take(&other, LockMode::AccessExclusive, RowAccess::None);
            }
            if drop.cascade {
                for (other, _) in referencing(self.catalog, &gone) {
                    self.take(other, LockMode::AccessExclusive, RowAccess::None);
                }
            }
        }
        // Views on it are dropped too, and nobody knows here which they are.
        self.locks.is_incomplete |= drop.cascade;
    }

    fn refresh(&mut self, view: &Name, concurrently: bool) {
        let mode = if concurrently {
            LockMode::Exclusive
        } else {
            LockMode::AccessExclusive
        };
        let work = if concurrently {
            RowAccess::Scan
        } else {
            RowAccess::Rewrite
        };
        self.take(view, mode, work);
        if let Some(object) = self
            .catalog
            .object(&Key::whole(ObjectKind::MaterializedView, view))
        {
            self.read_kept(&object.definition);
        }
    }

    /// The table of an index.
    fn take_table_of(&mut self, index: &Name, mode: LockMode, work: RowAccess) {
        let object = self.catalog.object(&Key::whole(ObjectKind::Index, index));
        match object.and_then(|object| object.on.as_ref()) {
            Some(table) => self.take_with_partitions(table, mode, work),
            None => self.locks.is_incomplete = true,
        }
    }

    /// Statements that the catalog does not ask about.
    fn other(&mut self, is_opaque: bool) {
        let command = Command::of(self.statement);
        match (command.verb, command.class) {
            (Verb::Select | Verb::With | Verb::Table, _) => {
                self.query();
                // A function may do anything.
                self.locks.is_incomplete |= is_opaque;
            }
            (Verb::Do | Verb::Call | Verb::Execute | Verb::Explain | Verb::Reassign, _)
            | (Verb::Alter, Class::Publication)
            | (Verb::Drop, Class::Owned) => self.locks.is_incomplete = true,
            (Verb::Drop, _) => self.locks.is_incomplete |= cascades(self.statement),
            (Verb::Create, Class::Statistics) => self.each_table("from"),
            (Verb::Create, Class::Publication) => self.each_table("table"),
            _ => {}
        }
    }

    /// Since PostgreSQL 18 the table is looked up under a lock.
    fn grant(&mut self, grant: &Grant) {
        let Granted::Relations(names) = &grant.on else {
            return;
        };
        let catalog = self.catalog;
        for table in names.iter().take_while(|name| is_relation(catalog, name)) {
            self.take(table, LockMode::AccessShare, RowAccess::None);
        }
    }

    fn lock(&mut self, lock: &LockTable) {
        let said = lock.mode.as_deref();
        let mode = LockMode::ALL.into_iter();
        let mode = mode.into_iter().find(|mode| said == Some(mode.words()));
        let mode = mode.unwrap_or(LockMode::AccessExclusive);
        for (table, only) in &lock.tables {
            if *only {
                self.take(table, mode, RowAccess::None);
            } else {
                self.take_with_children(table, mode, RowAccess::None);
            }
        }
    }

    /// On a table or view, a column, or anything `ON` a table.
    fn comment(&mut self, comment: &Comment) {
        let (table, mode) = match &comment.on {
            Commented::Whole(
                ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView,
                table,
            )
            | Commented::Part(ObjectKind::Column, table, _) => {
                (table, LockMode::ShareUpdateExclusive)
            }
            Commented::Part(_, table, _) => (table, LockMode::AccessShare),
            _ => return,
        };
        self.take(table, mode, RowAccess::None);
    }

    /// Of tables that are named.
    fn upkeep(&mut self, upkeep: &Upkeep) {
        if upkeep.verb == Verb::Reindex {
            let mode = if upkeep.is_concurrent {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::Share
            };
            match (upkeep.names.first(), upkeep.class) {
                (Some(index), Class::Index) => self.take_table_of(index, mode, RowAccess::Scan),
                (Some(table), Class::Table) => {
                    self.take_with_partitions(table, mode, RowAccess::Scan);
                }
                _ => self.locks.is_incomplete = true,
            }
            return;
        }
        let (mode, work) = match upkeep.verb {
            _ if upkeep.rewrites().is_some() => (LockMode::AccessExclusive, RowAccess::Rewrite),
            Verb::Vacuum => (LockMode::ShareUpdateExclusive, RowAccess::Scan),
            _ => (LockMode::ShareUpdateExclusive, RowAccess::None),
        };
        // Without a name every table is meant.
        self.locks.is_incomplete |= upkeep.is_for_all;
        for table in &upkeep.names {
            self.take_with_partitions(table, mode, work);
        }
    }

    fn alter(&mut self, alter: &Alter) {
        let strong = LockMode::AccessExclusive;
        match (alter.kind, &alter.what) {
            (ObjectKind::Index, Alteration::Attach(index)) => {
                for index in [&alter.name, index] {
                    if let Some(table) = self.catalog.table_of_index(index) {
                        self.take(table, LockMode::AccessShare, RowAccess::None);
                    }
                }
            }
            (ObjectKind::View | ObjectKind::MaterializedView, _) => {
                self.take(&alter.name, strong, RowAccess::None);
            }
            (_, Alteration::Domain(change)) => self.alter_domain(&alter.name, change),
            (ObjectKind::Extension, _) => self.locks.is_incomplete = true,
            _ => {
                if let Some(table) = &alter.on {
                    self.take(table, strong, RowAccess::None);
                }
            }
        }
    }

    /// The columns of a domain are looked up and read, where existing values must be right.
    fn alter_domain(&mut self, domain: &Name, change: &DomainChange) {
        let is_read = change.reads();
        for table in domains::tables(self.catalog, domain) {
            if is_read {
                self.take_with_children(&table, LockMode::Share, RowAccess::Scan);
                if self.catalog.is_partitioned(&table) {
                    self.locks.tables.retain(|taken| taken.table != table);
                }
            }
        }
        // Those of arrays of it, and of types with such a part, too.
        self.locks.is_incomplete |= is_read || cascades(self.statement);
    }

    /// The tables of a list behind a word.
    fn each_table(&mut self, word: &str) {
        for table in listed_behind(self.statement, word) {
            self.take(&table, LockMode::ShareUpdateExclusive, RowAccess::None);
        }
    }
}
