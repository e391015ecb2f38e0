//! `ALTER TABLE`: one lock, the strongest that any of its forms asks for (PostgreSQL manual:
//! ALTER TABLE, Description).

use super::is_taken_over;
use super::relatives::{heirs, partitions, referenced, referencing, refers_to};
use super::{Lock, Taker, Work};
use crate::action::{Change, ChangeKind, Column, Constraint, ConstraintKind, Kind};
use crate::catalog::{Key, Object};
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::partition::Bound;
use crate::proof::{proves_absence, proves_bound, proves_own_not_null};
use crate::statement::Statement;
use crate::tokens::Tokens;

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
                    self.take_with_children(table, Lock::AccessExclusive, Work::None);
                }
                ChangeKind::AddConstraint(constraint) => self.add_constraint(table, constraint),
                ChangeKind::DropConstraint { name, .. } => self.drop_constraint(table, name),
                ChangeKind::ValidateConstraint(name) => self.validate(table, name),
                ChangeKind::Inherit { parent, is_set } => {
                    self.take(table, Lock::AccessExclusive, Work::None);
                    let mode = if *is_set {
                        Lock::ShareUpdateExclusive
                    } else {
                        Lock::AccessShare
                    };
                    self.take(parent, mode, Work::None);
                }
                _ => self.form(table, words),
            }
        }
    }

    fn add_column(&mut self, table: &Name, column: &Column) {
        let volatile = column.default.as_ref().is_some_and(is_volatile);
        let is_checked = column
            .constraints
            .iter()
            .any(|kind| *kind != ConstraintKind::ForeignKey);
        let work = match () {
            () if volatile || column.rewrites => Work::Rewrite,
            () if is_checked || column.not_null && column.default.is_none() => Work::Scan,
            () => Work::None,
        };
        self.take_with_children(table, Lock::AccessExclusive, work);
        let mut keys = column.inline.iter().map(|key| key.shape.as_ref());
        if let Some(other) = keys.find_map(referenced) {
            // A column of NULLs refers to nothing.
            let work = if column.default.is_some() {
                Work::Scan
            } else {
                Work::None
            };
            self.take(table, Lock::AccessExclusive, work);
            self.take(other, Lock::ShareRowExclusive, Work::None);
        }
    }

    /// A foreign key has triggers on both its tables, which go with it.
    fn drop_column(&mut self, table: &Name, column: &str, cascade: bool) {
        self.take_with_children(table, Lock::AccessExclusive, Work::None);
        self.take_referenced_by(table, column);
        self.locks.is_incomplete |= cascade;
    }

    /// The tables that foreign keys of this column lead to.
    fn take_referenced_by(&mut self, table: &Name, column: &str) {
        let constraints = self.catalog.parts(Kind::Constraint, table);
        let shapes = constraints.filter_map(|(_, constraint)| constraint.shape.as_ref());
        for key in shapes.filter(|key| key.columns.iter().any(|it| it == column)) {
            if let Some(other) = &key.references {
                self.take(other, Lock::AccessExclusive, Work::None);
            }
        }
    }

    fn set_type(
        &mut self,
        table: &Name,
        column: &str,
        definition: &Tokens,
        now: Option<&DataType>,
    ) {
        let before = self.catalog.object(&Key::part(Kind::Column, table, column));
        let before = before.and_then(|column| column.type_name.as_ref());
        let work = if keeps_rows(before, definition, now) {
            Work::None
        } else {
            Work::Rewrite
        };
        self.take_with_children(table, Lock::AccessExclusive, work);
        // Foreign keys that the column is part of are made anew.
        self.take_referenced_by(table, column);
        for (other, reference) in referencing(self.catalog, table) {
            if refers_to(self.catalog, &reference.definition, table, column) {
                self.take(other, Lock::AccessExclusive, Work::Scan);
            }
        }
    }

    fn add_constraint(&mut self, table: &Name, constraint: &Constraint) {
        let is_read = !constraint.not_valid
            && (!constraint.using_index || self.lets_null_in(table, constraint));
        let work = if is_read { Work::Scan } else { Work::None };
        match referenced(constraint.shape.as_ref()) {
            Some(other) if constraint.kind == ConstraintKind::ForeignKey => {
                if is_taken_over(self.catalog, table, constraint) {
                    // The triggers of the partitions' own keys go from there.
                    self.take(other, Lock::AccessExclusive, Work::None);
                    return self.take_with_partitions(table, Lock::ShareRowExclusive, Work::None);
                }
                // It is looked up there, row by row or all at once.
                self.take_with_partitions(other, Lock::ShareRowExclusive, Work::None);
                self.take_with_partitions(table, Lock::ShareRowExclusive, work);
            }
            _ if is_read && constraint.filled_column().is_some() => {
                let column = constraint.filled_column().unwrap_or_default();
                self.set_not_null(table, &column);
            }
            _ if constraint.kind == ConstraintKind::Check => {
                self.take_with_children(table, Lock::AccessExclusive, work);
            }
            // Its partitions come to it one by one, with `ALTER INDEX … ATTACH PARTITION`.
            _ if self.catalog.is_partitioned(table) && self.statement.finds_word("only") => {
                self.take(table, Lock::AccessExclusive, Work::None);
            }
            _ => self.take_with_partitions(table, Lock::AccessExclusive, work),
        }
    }

    /// A primary key made of an index also demands that its columns hold no NULL.
    fn lets_null_in(&self, table: &Name, constraint: &Constraint) -> bool {
        let index = Name {
            name: constraint.index().unwrap_or_default(),
            ..table.clone()
        };
        let index = self.catalog.object(&Key::whole(Kind::Index, &index));
        constraint.kind == ConstraintKind::PrimaryKey
            && self
                .catalog
                .parts(Kind::Column, table)
                .any(|(name, column)| {
                    !column.not_null && index.is_some_and(|index| index.definition.names(name))
                })
    }

    fn drop_constraint(&mut self, table: &Name, name: &str) {
        let constraint = self
            .catalog
            .object(&Key::part(Kind::Constraint, table, name));
        let may_be_check = constraint.is_none_or(is_check);
        if may_be_check {
            self.take_with_children(table, Lock::AccessExclusive, Work::None);
        }
        self.take_with_partitions(table, Lock::AccessExclusive, Work::None);
        match constraint {
            Some(constraint) => {
                if let Some(other) = referenced(constraint.shape.as_ref()) {
                    self.take(other, Lock::AccessExclusive, Work::None);
                }
            }
            // The server gave it a name; it may be a foreign key.
            None => self.locks.is_incomplete = true,
        }
    }

    fn validate(&mut self, table: &Name, name: &str) {
        let constraint = self
            .catalog
            .object(&Key::part(Kind::Constraint, table, name));
        // What is valid is not looked at again.
        let is_valid = constraint.is_some_and(|constraint| !constraint.not_valid);
        let work = if is_valid { Work::None } else { Work::Scan };
        if constraint.is_some_and(is_check) {
            self.take_with_children(table, Lock::ShareUpdateExclusive, work);
        }
        self.take_with_partitions(table, Lock::ShareUpdateExclusive, work);
        if let Some(other) = constraint.and_then(|it| referenced(it.shape.as_ref())) {
            self.take(other, Lock::RowShare, Work::None);
        }
    }

    /// Each table is read that does not prove it by itself.
    fn set_not_null(&mut self, table: &Name, column: &str) {
        let mut all = partitions(self.catalog, table);
        if !self.statement.finds_word("only") {
            all.extend(heirs(self.catalog, table));
        }
        all.insert(0, table.clone());
        for table in all {
            let holds_rows = !self.catalog.is_partitioned(&table);
            let is_read = holds_rows && !self.is_proved(&table, column);
            let work = if is_read { Work::Scan } else { Work::None };
            self.take(&table, Lock::AccessExclusive, work);
        }
    }

    /// Whether a validated check says that the column holds no NULL.
    fn is_proved(&self, table: &Name, column: &str) -> bool {
        let is_not_null = self.catalog.object(&Key::part(Kind::Column, table, column));
        is_not_null.is_some_and(|column| column.not_null)
            || proves_own_not_null(self.catalog, table, column)
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
                Some(_) => Lock::ShareUpdateExclusive,
                None => Lock::AccessExclusive,
            };
            self.take(table, mode, Work::None);
            if let Some(partition) = partition {
                self.take(&partition, Lock::AccessExclusive, Work::None);
            }
            // What it may hold is more from here on.
            if let Some(default) = self.catalog.default_partition(table) {
                self.take(default, Lock::AccessExclusive, Work::None);
            }
            return;
        }
        let (mode, work) = level(form);
        let mut words = form;
        words.eat(&["alter"]);
        words.eat(&["column"]);
        words.advance();
        if words.sees(&["set", "statistics"]) || words.sees(&["set", "storage"]) {
            return self.take_with_children(table, mode, work);
        }
        self.take(table, mode, work);
    }

    /// The rows of the partition are read, unless a check says that they belong there.
    fn attach(&mut self, table: &Name, words: Statement<'_>) {
        self.take(table, Lock::ShareUpdateExclusive, Work::None);
        let mut above = self.catalog.table(table);
        while let Some(parent) = above.and_then(|table| table.on.as_ref()) {
            self.take(parent, Lock::AccessShare, Work::None);
            above = self.catalog.table(parent);
        }
        if let Some((partition, bound)) = Bound::of_attach(words) {
            let proved = proves_bound(self.catalog, table, &partition, bound.as_ref());
            let work = if proved { Work::None } else { Work::Scan };
            self.take_with_partitions(&partition, Lock::AccessExclusive, work);
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
            let work = if proved { Work::None } else { Work::Scan };
            self.take_with_partitions(&default, Lock::AccessExclusive, work);
        }
    }
}

/// The lock that the manual names for a form, `ACCESS EXCLUSIVE` where it names none.
fn level(mut form: Cursor<'_>) -> (Lock, Work) {
    let weak = (Lock::ShareUpdateExclusive, Work::None);
    let strong = (Lock::AccessExclusive, Work::None);
    let rewrite = (Lock::AccessExclusive, Work::Rewrite);
    if form.eat(&["cluster"]) || form.eat(&["set", "without", "cluster"]) {
        return weak;
    }
    if form.eat(&["enable"]) || form.eat(&["disable"]) {
        let _ = form.eat(&["always"]) || form.eat(&["replica"]);
        let is_trigger = form.eat(&["trigger"]);
        return if is_trigger {
            (Lock::ShareRowExclusive, Work::None)
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

fn is_check(constraint: &Object) -> bool {
    Cursor::of(&constraint.definition).sees(&["check"])
}

/// The same type, or a longer or unlimited text, needs no rewrite.
pub(crate) fn keeps_rows(
    before: Option<&DataType>,
    definition: &Tokens,
    after: Option<&DataType>,
) -> bool {
    let words = definition.statement();
    let is_plain = !words.finds_word("using") && !words.finds_word("collate");
    is_plain
        && before
            .zip(after)
            .is_some_and(|(before, after)| before.is_kept_as(after))
}

/// Functions that PostgreSQL marks volatile and that migrations use as defaults.
pub(crate) fn is_volatile(default: &Tokens) -> bool {
    const VOLATILE: [&str; 8] = [
        "gen_random_uuid",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "random",
        "clock_timestamp",
        "timeofday",
        "nextval",
    ];
    let words = default.statement();
    (0..default.len()).any(|index| {
        VOLATILE.iter().any(|name| words.is(index, name)) && words.word(index + 1) == "("
    })
}
