//! What becomes of the rows, and of other tables, when a column is added, dropped, filled or given
//! another type.

use super::domains;
use super::kept::{keeps_order, keeps_rows};
use super::relatives::{heirs, is_check, partitions, referenced, referencing, refers_to};
use super::volatile::{calls_own, is_volatile};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Column, ConstraintKind, ObjectKind};
use crate::catalog::{Catalog, Key};
use crate::cursor::Name;
use crate::data_type::DataType;
use crate::definition::listed_columns;
use crate::proof::proves_own_not_null;
use crate::query::says_only;
use crate::tokens::Tokens;

impl Taker<'_> {
    pub(super) fn add_column(&mut self, table: &Name, column: &Column) {
        let work = work_of_column(self.catalog, column);
        // It may look into tables.
        let default = column.default.as_ref();
        self.locks.is_incomplete |= default.is_some_and(|it| calls_own(self.catalog, it));
        self.take_with_children(table, LockMode::AccessExclusive, work);
        let mut keys = column.inline.iter().map(|key| key.shape.as_ref());
        if let Some(other) = keys.find_map(referenced) {
            // A column of NULLs refers to nothing.
            let work = if column.default.is_some() {
                RowAccess::Scan
            } else {
                RowAccess::None
            };
            self.take(table, LockMode::AccessExclusive, work);
            self.take(other, LockMode::ShareRowExclusive, RowAccess::None);
        }
    }

    /// A foreign key has triggers on both its tables, which go with it.
    pub(super) fn drop_column(&mut self, table: &Name, column: &str, cascade: bool) {
        self.take_with_children(table, LockMode::AccessExclusive, RowAccess::None);
        self.take_referenced_by(table, column);
        self.locks.is_incomplete |= cascade;
    }

    /// The tables that foreign keys of this column lead to.
    pub(super) fn take_referenced_by(&mut self, table: &Name, column: &str) {
        let constraints = self.catalog.parts(ObjectKind::Constraint, table);
        let shapes = constraints.filter_map(|(_, constraint)| constraint.shape.as_ref());
        for key in shapes.filter(|key| key.columns.iter().any(|it| it == column)) {
            if let Some(other) = &key.references {
                self.take(other, LockMode::AccessExclusive, RowAccess::None);
            }
        }
    }

    pub(super) fn set_type(
        &mut self,
        table: &Name,
        column: &str,
        definition: &Tokens,
        now: Option<&DataType>,
    ) {
        let own = Key::part(ObjectKind::Column, table, column);
        let own = self.catalog.object(&own);
        let before = own.and_then(|column| column.type_name.as_ref());
        let keeps_order = own
            .is_some_and(|own| keeps_order(self.catalog, &own.definition, before, definition, now));
        let keeps_rows = keeps_rows(self.catalog, column, before, definition, now);
        for each in self.with_children(table) {
            let work = match () {
                () if self.catalog.is_partitioned(&each) => RowAccess::None,
                () if !keeps_rows => RowAccess::Rewrite,
                () if self.is_read_again(table, &each, column, keeps_order) => RowAccess::Scan,
                () => RowAccess::None,
            };
            self.take(&each, LockMode::AccessExclusive, work);
        }
        // Foreign keys that the column is part of are made again, and checked where the values are
        // compared in another way.
        self.take_referenced_by(table, column);
        let is_compared_anew = !(keeps_rows && keeps_order);
        for (other, reference) in referencing(self.catalog, table) {
            if refers_to(self.catalog, &reference.definition, table, column) {
                let work = if is_compared_anew {
                    RowAccess::Scan
                } else {
                    RowAccess::None
                };
                self.take(other, LockMode::AccessExclusive, work);
            }
        }
    }

    /// The table, its partitions and, unless `ONLY` is said, the tables that inherit from it.
    fn with_children(&self, table: &Name) -> Vec<Name> {
        let mut all = vec![table.clone()];
        all.extend(partitions(self.catalog, table));
        if !says_only(self.statement) {
            all.extend(heirs(self.catalog, table));
        }
        all
    }

    /// Whether a check is checked again, or an index is built again, for a column of another type
    /// in `altered`: its own, or what it has from a table above.
    fn is_read_again(&self, altered: &Name, table: &Name, column: &str, keeps_order: bool) -> bool {
        let mut above = Some(table);
        while let Some(table) = above {
            if self.is_checked_again(table, column)
                || self.is_indexed_again(table, column, keeps_order)
            {
                return true;
            }
            above = self
                .catalog
                .table(table)
                .and_then(|table| table.on.as_ref());
        }
        self.is_checked_again(altered, column)
    }

    fn is_checked_again(&self, table: &Name, column: &str) -> bool {
        let mut constraints = self.catalog.parts(ObjectKind::Constraint, table);
        constraints.any(|(_, it)| it.definition.names(column) && !it.not_valid && is_check(it))
    }

    fn is_indexed_again(&self, table: &Name, column: &str, keeps_order: bool) -> bool {
        let mut constraints = self.catalog.parts(ObjectKind::Constraint, table);
        let mut indexes = self.catalog.belongings(table);
        constraints.any(|(_, it)| {
            let shape = it.shape.as_ref();
            let shape = shape.filter(|shape| shape.kind != ConstraintKind::ForeignKey);
            let has_it = shape.is_some_and(|shape| shape.columns.iter().any(|it| it == column));
            has_it && !keeps_order
        }) || indexes.any(|(key, it)| {
            let is_plain = listed_columns(&it.definition).iter().all(Option::is_some)
                && !it.definition.statement().finds_word("where");
            key.kind == ObjectKind::Index
                && it.definition.names(column)
                && !(is_plain && keeps_order)
        })
    }

    /// Each table is read that does not prove it by itself.
    pub(super) fn set_not_null(&mut self, table: &Name, column: &str) {
        for table in self.with_children(table) {
            let holds_rows = !self.catalog.is_partitioned(&table);
            let is_read = holds_rows && !self.is_proved(&table, column);
            let work = if is_read {
                RowAccess::Scan
            } else {
                RowAccess::None
            };
            self.take(&table, LockMode::AccessExclusive, work);
        }
    }

    /// Whether a validated check says that the column holds no NULL.
    pub(super) fn is_proved(&self, table: &Name, column: &str) -> bool {
        let is_not_null = self
            .catalog
            .object(&Key::part(ObjectKind::Column, table, column));
        is_not_null.is_some_and(|column| column.not_null)
            || proves_own_not_null(self.catalog, table, column)
    }
}

/// What becomes of the rows that are there when a column is added to them.
pub(crate) fn work_of_column(catalog: &Catalog, column: &Column) -> RowAccess {
    let of_type = column.type_name.as_ref();
    let default = column.default.as_ref();
    let default = default.or_else(|| domains::default(catalog, of_type?));
    let volatile = default.is_some_and(|default| is_volatile(catalog, default));
    let is_constrained = of_type.is_some_and(|it| domains::is_constrained(catalog, it));
    let is_checked = column
        .constraints
        .iter()
        .any(|kind| *kind != ConstraintKind::ForeignKey);
    match () {
        () if volatile || is_constrained || column.rewrites => RowAccess::Rewrite,
        () if is_checked || column.not_null && column.default.is_none() => RowAccess::Scan,
        () => RowAccess::None,
    }
}
