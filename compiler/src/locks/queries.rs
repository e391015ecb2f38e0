//! Statements that read or change rows.

use super::relatives::{RELATIONS, cascades, is_relation, referenced_by, referencing};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Data, DataKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::query::{changes, locks_rows, tables_read};
use crate::statement::Statement;
use crate::tokens::Tokens;
use crate::upkeep::Copy;

impl Taker<'_> {
    /// `INSERT`, `UPDATE`, `DELETE` and `TRUNCATE`.
    pub(super) fn data(&mut self, data: &Data) {
        let DataKind::Truncate { cascade } = data.kind else {
            for change in changes(self.statement) {
                for table in &change.tables {
                    self.change_rows(table, change.kind);
                }
            }
            return self.read_all(self.statement);
        };
        let mut open = data.tables.clone();
        while let Some(table) = open.pop() {
            self.take_with_children(&table, LockMode::AccessExclusive, RowAccess::None);
            if cascade {
                let names = referencing(self.catalog, &table)
                    .into_iter()
                    .map(|(name, _)| name);
                let new = |name: &&Name| self.locks.tables.iter().all(|lock| lock.table != **name);
                open.extend(names.filter(new).cloned().collect::<Vec<_>>());
            }
        }
    }

    /// Foreign keys are checked by queries of their own, as far as there are rows.
    fn change_rows(&mut self, table: &Name, kind: DataKind) {
        if matches!(kind, DataKind::Update { .. } | DataKind::Delete { .. }) {
            self.take_with_children(table, LockMode::RowExclusive, RowAccess::None);
        }
        self.take_with_partitions(table, LockMode::RowExclusive, RowAccess::None);
        if !matches!(kind, DataKind::Delete { .. }) {
            for other in referenced_by(self.catalog, table) {
                self.take(&other, LockMode::RowShare, RowAccess::None);
            }
            return;
        }
        for (other, key) in referencing(self.catalog, table) {
            let is_new = self.locks.tables.iter().all(|lock| lock.table != *other);
            if !cascades(key) {
                self.take(other, LockMode::RowShare, RowAccess::None);
            } else if is_new {
                self.change_rows(other, kind);
            }
        }
    }

    pub(super) fn copy(&mut self, copy: &Copy) {
        match &copy.table {
            Some(table) if copy.is_from => self.change_rows(table, DataKind::Insert),
            Some(table) => {
                self.take_with_partitions(table, LockMode::AccessShare, RowAccess::None);
            }
            None => self.read_all(self.statement),
        }
    }

    /// `SELECT`, which may lock rows.
    pub(super) fn query(&mut self) {
        self.read_all(self.statement);
        if locks_rows(self.statement) {
            for lock in &mut self.locks.tables {
                lock.mode = lock.mode.max(LockMode::RowShare);
            }
        }
    }

    /// Every table and view that a query names, and what is behind views.
    pub(super) fn read_all(&mut self, statement: Statement<'_>) {
        for name in tables_read(statement) {
            self.read(&name);
        }
    }

    /// The query of a view.
    pub(super) fn read_kept(&mut self, definition: &Tokens) {
        let statement = definition.statement();
        self.read_all(match self.statement.names {
            Some(names) => statement.named_by(names),
            None => statement,
        });
    }

    /// Names of functions and of `WITH` are no relations, and those of others are not known.
    fn read(&mut self, name: &Name) {
        let is_new = self.locks.tables.iter().all(|lock| lock.table != *name);
        if !is_new || !is_relation(self.catalog, name) {
            return;
        }
        self.take_with_children(name, LockMode::AccessShare, RowAccess::None);
        let view = self.catalog.object(&Key::whole(RELATIONS[1], name));
        if let Some(view) = view {
            self.read_kept(&view.definition);
        }
    }
}
