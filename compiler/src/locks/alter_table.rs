//! `ALTER TABLE`: one lock, the strongest that any of its forms asks for (PostgreSQL manual:
//! ALTER TABLE, Description).

use super::is_taken_over;
use super::relatives::{heirs, is_check, referenced};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Change, ChangeKind, Constraint, ConstraintKind, ObjectKind};
use crate::catalog::{Catalog, Key, Storage};
use crate::cursor::Name;
use crate::definition::listed_columns;
use crate::form::{ColumnForm, Detach, Form};
use crate::partition::Bound;
use crate::proof::{proves_absence, proves_bound, proves_own_not_null};
use crate::query::says_only;

impl Taker<'_> {
    pub(super) fn alter_table(&mut self, table: &Name, changes: &[Change]) {
        for change in changes {
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
                ChangeKind::Form(form) => self.form(table, form),
                _ => self.form(table, &Form::Other),
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
            _ if self.catalog.is_partitioned(table) && says_only(self.statement) => {
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
        if !says_only(self.statement) {
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
    fn form(&mut self, table: &Name, form: &Form) {
        match form {
            Form::Attach { partition, bound } => {
                return self.attach(table, partition, bound.as_ref());
            }
            Form::Detach { partition, how } => return self.detach(table, partition, *how),
            _ => {}
        }
        let (mode, work) = if self.stays(table, form) {
            (LockMode::AccessExclusive, RowAccess::None)
        } else {
            level(form)
        };
        let column = match form {
            Form::Column { what, .. } => *what,
            _ => ColumnForm::Other,
        };
        match column {
            ColumnForm::Statistics | ColumnForm::Storage => {
                self.take_with_children(table, mode, work);
            }
            // Since PostgreSQL 17 partitions have the identity of their table.
            ColumnForm::AddIdentity => self.take_with_partitions(table, mode, work),
            _ => self.take(table, mode, work),
        }
    }

    fn detach(&mut self, table: &Name, partition: &Name, how: Detach) {
        let mode = match how {
            Detach::AtOnce => LockMode::AccessExclusive,
            Detach::Concurrently | Detach::Finalize => LockMode::ShareUpdateExclusive,
        };
        self.take(table, mode, RowAccess::None);
        self.take(partition, LockMode::AccessExclusive, RowAccess::None);
        // What it may hold is more from here on.
        if let Some(default) = self.catalog.default_partition(table) {
            self.take(default, LockMode::AccessExclusive, RowAccess::None);
        }
    }

    /// Whether the table is where it is told to be.
    fn stays(&self, table: &Name, form: &Form) -> bool {
        let known = self.catalog.table(table);
        known.is_some_and(|known| match form {
            Form::Logged(true) => known.storage == Storage::Permanent,
            Form::Logged(false) => known.storage == Storage::Unlogged,
            Form::AccessMethod(Some(method)) => method == "heap" && known.access_method.is_none(),
            _ => false,
        })
    }

    /// The rows of the partition are read, unless a check says that they belong there.
    fn attach(&mut self, table: &Name, partition: &Name, bound: Option<&Bound>) {
        self.take(table, LockMode::ShareUpdateExclusive, RowAccess::None);
        let mut above = self.catalog.table(table);
        while let Some(parent) = above.and_then(|table| table.on.as_ref()) {
            self.take(parent, LockMode::AccessShare, RowAccess::None);
            above = self.catalog.table(parent);
        }
        let proved = proves_bound(self.catalog, table, partition, bound);
        let is_read = !proved || !has_indexes_of(self.catalog, table, partition);
        let work = if is_read {
            RowAccess::Scan
        } else {
            RowAccess::None
        };
        self.take_with_partitions(partition, LockMode::AccessExclusive, work);
        if let Some(bound) = bound {
            self.read_default_partition(table, bound);
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
fn level(form: &Form) -> (LockMode, RowAccess) {
    let weak = (LockMode::ShareUpdateExclusive, RowAccess::None);
    let strong = (LockMode::AccessExclusive, RowAccess::None);
    let rewrite = (LockMode::AccessExclusive, RowAccess::Rewrite);
    match form {
        Form::Cluster => weak,
        Form::Trigger { .. } => (LockMode::ShareRowExclusive, RowAccess::None),
        Form::Logged(_) | Form::Tablespace | Form::AccessMethod(_) => rewrite,
        Form::Column { what, .. } => match what {
            ColumnForm::Expression => rewrite,
            ColumnForm::Statistics | ColumnForm::Parameters => weak,
            _ => strong,
        },
        Form::SetParameters(parameters) | Form::ResetParameters(parameters) => {
            let mut names = parameters.iter().map(|parameter| &*parameter.name);
            if names.any(|name| name == "user_catalog_table") {
                strong
            } else {
                weak
            }
        }
        _ => strong,
    }
}
