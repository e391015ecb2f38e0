//! `ALTER TABLE`: one lock, the strongest that any of its forms asks for (PostgreSQL manual:
//! ALTER TABLE, Description).

use super::is_taken_over;
use super::relatives::{heirs, is_check, referenced};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Change, ChangeKind, Constraint, ConstraintKind, ObjectKind};
use crate::catalog::{Catalog, Key, Storage};
use crate::cursor::{Cursor, Name};
use crate::definition::listed_columns;
use crate::partition::Bound;
use crate::proof::{proves_absence, proves_bound, proves_own_not_null};
use crate::statement::Statement;

impl Taker<'_> {
    pub(super) fn alter_table(&mut self, table: &Name, changes: &[Change]) {
        for change in changes {
            let words = self.statement.within(change.span);
            match &change.what {
                ChangeKind::AddColumn { column, .. } => self.add_column(table, column),
                ChangeKind::DropColumn { name, cascade, .. } => {
                    self.drop_column(table, name, *cascade);
                }
                ChangeKind::SetType {
                    column,
                    definition,
                    type_name,
                } => {
                    self.set_type(table, column, definition, type_name.as_ref());
                }
                ChangeKind::NotNull { column, set: true } => {
                    self.set_not_null(table, column);
                }
                ChangeKind::NotNull { .. }
                | ChangeKind::Default { .. }
                | ChangeKind::RenameColumn { .. } => {
                    self.take_with_children(table, LockMode::AccessExclusive, RowAccess::None);
                }
                ChangeKind::AddConstraint(constraint) => self.add_constraint(table, constraint),
                ChangeKind::DropConstraint { name, .. } => self.drop_constraint(table, name),
                ChangeKind::ValidateConstraint(name) => self.validate(table, name),
                ChangeKind::Inherit { parent, is_set } => {
                    self.take(table, LockMode::AccessExclusive, RowAccess::None);
                    let mode = if *is_set {
                        LockMode::ShareUpdateExclusive
                    } else {
                        LockMode::AccessShare
                    };
                    self.take(parent, mode, RowAccess::None);
                }
                _ => self.form(table, words),
            }
        }
    }

    fn add_constraint(&mut self, table: &Name, constraint: &Constraint) {
        let filled = constraint.filled_column();
        let is_read = !constraint.not_valid
            && (!constraint.using_index || self.lets_null_in(table, constraint));
        let work = if is_read {
            RowAccess::Scan
        } else {
            RowAccess::None
        };
        match referenced(constraint.shape.as_ref()) {
            Some(other) if constraint.kind == ConstraintKind::ForeignKey => {
                if is_taken_over(self.catalog, table, constraint) {
                    // The triggers of the partitions' own keys go from there.
                    self.take(other, LockMode::AccessExclusive, RowAccess::None);
                    return self.take_with_partitions(
                        table,
                        LockMode::ShareRowExclusive,
                        RowAccess::None,
                    );
                }
                // It is looked up there, row by row or all at once.
                self.take_with_partitions(other, LockMode::ShareRowExclusive, RowAccess::None);
                self.take_with_partitions(table, LockMode::ShareRowExclusive, work);
                self.take_heirs(table, LockMode::ShareRowExclusive);
            }
            _ if filled.is_some() && !constraint.not_valid => {
                self.set_not_null(table, &filled.unwrap_or_default());
            }
            _ if constraint.kind == ConstraintKind::Check || filled.is_some() => {
                self.take_with_children(table, LockMode::AccessExclusive, work);
            }
            // Its partitions come to it one by one, with `ALTER INDEX … ATTACH PARTITION`.
            _ if self.catalog.is_partitioned(table) && self.statement.finds_word("only") => {
                self.take(table, LockMode::AccessExclusive, RowAccess::None);
            }
            _ => {
                self.take_with_partitions(table, LockMode::AccessExclusive, work);
                self.take_heirs(table, LockMode::AccessExclusive);
            }
        }
    }

    /// Tables that inherit get no key, but a primary key makes its columns NOT NULL in them, and
    /// since PostgreSQL 18 they are locked for the others, too.
    fn take_heirs(&mut self, table: &Name, mode: LockMode) {
        if !self.statement.finds_word("only") {
            for heir in heirs(self.catalog, table) {
                self.take(&heir, mode, RowAccess::None);
            }
        }
    }

    /// A primary key made of an index also demands that its columns hold no NULL.
    fn lets_null_in(&self, table: &Name, constraint: &Constraint) -> bool {
        let index = Name {
            name: constraint.index().unwrap_or_default(),
            ..table.clone()
        };
        let index = self.catalog.object(&Key::whole(ObjectKind::Index, &index));
        let columns = index.map_or(Vec::new(), |index| listed_columns(&index.definition));
        constraint.kind == ConstraintKind::PrimaryKey
            && columns.iter().flatten().any(|column| {
                let known = self.catalog.column(table, column);
                known.is_some_and(|known| !known.not_null)
                    && !proves_own_not_null(self.catalog, table, column)
            })
    }

    fn drop_constraint(&mut self, table: &Name, name: &str) {
        let constraint = self
            .catalog
            .object(&Key::part(ObjectKind::Constraint, table, name));
        let may_be_check = constraint.is_none_or(is_check);
        if may_be_check {
            self.take_with_children(table, LockMode::AccessExclusive, RowAccess::None);
        }
        self.take_with_partitions(table, LockMode::AccessExclusive, RowAccess::None);
        match constraint {
            Some(constraint) => {
                if let Some(other) = referenced(constraint.shape.as_ref()) {
                    self.take(other, LockMode::AccessExclusive, RowAccess::None);
                }
            }
            // The server gave it a name; it may be a foreign key.
            None => self.locks.is_incomplete = true,
        }
    }

    fn validate(&mut self, table: &Name, name: &str) {
        let constraint = self
            .catalog
            .object(&Key::part(ObjectKind::Constraint, table, name));
        // What is valid is not looked at again.
        let is_valid = constraint.is_some_and(|constraint| !constraint.not_valid);
        let work = if is_valid {
            RowAccess::None
        } else {
            RowAccess::Scan
        };
        if constraint.is_none_or(is_check) {
            self.take_with_children(table, LockMode::ShareUpdateExclusive, work);
        }
        self.take_with_partitions(table, LockMode::ShareUpdateExclusive, work);
        if let Some(other) = constraint.and_then(|it| referenced(it.shape.as_ref())) {
            self.take(other, LockMode::RowShare, RowAccess::None);
        }
    }

    /// The forms that change neither columns nor constraints.
    fn form(&mut self, table: &Name, words: Statement<'_>) {
        let mut form = Cursor::new(words);
        if form.eat(&["attach", "partition"]) {
            return self.attach(table, words);
        }
        if form.eat(&["detach", "partition"]) {
            let partition = form.name();
            let mode = match form
                .finds(&["concurrently"])
                .or_else(|| form.finds(&["finalize"]))
            {
                Some(_) => LockMode::ShareUpdateExclusive,
                None => LockMode::AccessExclusive,
            };
            self.take(table, mode, RowAccess::None);
            if let Some(partition) = partition {
                self.take(&partition, LockMode::AccessExclusive, RowAccess::None);
            }
            // What it may hold is more from here on.
            if let Some(default) = self.catalog.default_partition(table) {
                self.take(default, LockMode::AccessExclusive, RowAccess::None);
            }
            return;
        }
        let (mode, work) = if self.stays(table, form) {
            (LockMode::AccessExclusive, RowAccess::None)
        } else {
            level(form)
        };
        let mut words = form;
        words.eat(&["alter"]);
        words.eat(&["column"]);
        words.advance();
        if words.sees(&["set", "statistics"]) || words.sees(&["set", "storage"]) {
            return self.take_with_children(table, mode, work);
        }
        if words.sees(&["add", "generated"]) {
            // Since PostgreSQL 17 partitions have the identity of their table.
            return self.take_with_partitions(table, mode, work);
        }
        self.take(table, mode, work);
    }

    /// Whether the table is where it is told to be.
    fn stays(&self, table: &Name, mut form: Cursor<'_>) -> bool {
        let known = self.catalog.table(table);
        known.is_some_and(|known| {
            form.eat(&["set"])
                && (form.sees(&["logged"]) && known.storage == Storage::Permanent
                    || form.sees(&["unlogged"]) && known.storage == Storage::Unlogged
                    || form.sees(&["access", "method", "heap"]) && known.access_method.is_none())
        })
    }

    /// The rows of the partition are read, unless a check says that they belong there.
    fn attach(&mut self, table: &Name, words: Statement<'_>) {
        self.take(table, LockMode::ShareUpdateExclusive, RowAccess::None);
        let mut above = self.catalog.table(table);
        while let Some(parent) = above.and_then(|table| table.on.as_ref()) {
            self.take(parent, LockMode::AccessShare, RowAccess::None);
            above = self.catalog.table(parent);
        }
        if let Some((partition, bound)) = Bound::of_attach(words) {
            let proved = proves_bound(self.catalog, table, &partition, bound.as_ref());
            let is_read = !proved || !has_indexes_of(self.catalog, table, &partition);
            let work = if is_read {
                RowAccess::Scan
            } else {
                RowAccess::None
            };
            self.take_with_partitions(&partition, LockMode::AccessExclusive, work);
            if let Some(bound) = &bound {
                self.read_default_partition(table, bound);
            }
        }
    }

    /// No row of the default partition may belong into a new one.
    pub(super) fn read_default_partition(&mut self, table: &Name, bound: &Bound) {
        if *bound == Bound::Default {
            return;
        }
        if let Some(default) = self.catalog.default_partition(table).cloned() {
            let proved = proves_absence(self.catalog, table, &default, bound);
            let work = if proved {
                RowAccess::None
            } else {
                RowAccess::Scan
            };
            self.take_with_partitions(&default, LockMode::AccessExclusive, work);
        }
    }
}

/// Whether a table has each index and foreign key that it must have as a partition, so that none
/// is made for it.
fn has_indexes_of(catalog: &Catalog, parent: &Name, partition: &Name) -> bool {
    let of = |table| {
        let indexes = catalog.belongings(table);
        indexes.filter(|(key, _)| key.kind == ObjectKind::Index)
    };
    let keys = |table| {
        let constraints = catalog.parts(ObjectKind::Constraint, table);
        constraints.filter(|(_, it)| it.shape.is_some())
    };
    of(parent).all(|(_, needed)| of(partition).any(|(_, own)| own.definition == needed.definition))
        && keys(parent).all(|(_, needed)| {
            keys(partition).any(|(_, own)| own.shape == needed.shape && !own.not_valid)
        })
}

/// The lock that the manual names for a form, `ACCESS EXCLUSIVE` where it names none.
fn level(mut form: Cursor<'_>) -> (LockMode, RowAccess) {
    let weak = (LockMode::ShareUpdateExclusive, RowAccess::None);
    let strong = (LockMode::AccessExclusive, RowAccess::None);
    let rewrite = (LockMode::AccessExclusive, RowAccess::Rewrite);
    if form.eat(&["cluster"]) || form.eat(&["set", "without", "cluster"]) {
        return weak;
    }
    if form.eat(&["enable"]) || form.eat(&["disable"]) {
        let _ = form.eat(&["always"]) || form.eat(&["replica"]);
        let is_trigger = form.eat(&["trigger"]);
        return if is_trigger {
            (LockMode::ShareRowExclusive, RowAccess::None)
        } else {
            strong
        };
    }
    if form.eat(&["alter"]) {
        form.eat(&["column"]);
        form.advance();
        let sets = form.eat(&["set"]) || form.eat(&["reset"]);
        if sets && form.sees(&["expression"]) {
            return rewrite;
        }
        return if sets && (form.sees(&["statistics"]) || form.text() == "(") {
            weak
        } else {
            strong
        };
    }
    let sets = form.eat(&["set"]);
    if sets
        && ["logged", "unlogged", "tablespace"]
            .iter()
            .any(|word| form.sees(&[word]))
    {
        return rewrite;
    }
    if sets && form.sees(&["access", "method"]) {
        return rewrite;
    }
    if (sets || form.eat(&["reset"])) && form.text() == "(" {
        let parameters = form.parenthesised().unwrap_or_default();
        let is_strong = parameters
            .iter()
            .any(|parameter| parameter.sees(&["user_catalog_table"]));
        return if is_strong { strong } else { weak };
    }
    strong
}
