//! What a rule that asks the history looks at.

use crate::action::{Action, Change, ChangeKind, Column, ObjectKind};
use crate::catalog::{Catalog, Key, Mark, Object};
use crate::cursor::Name;
use crate::file_name::Purpose;
use crate::finding::{Note, RuleFinding};
use crate::locks::{self, LockMode, RowAccess};
use crate::migration::Migration;
use crate::query::changes;
use crate::script::Script;
use crate::settings::Settings;
use crate::span::Span;
use crate::statement::Statement;

/// A statement that is about to run.
#[derive(Debug)]
pub struct StatementContext<'a> {
    /// The file.
    pub script: &'a Script,
    /// What the file is for.
    pub purpose: Purpose,
    /// Which statement of the file.
    pub statement: usize,
    /// Its tokens.
    pub text: Statement<'a>,
    /// What it does.
    pub action: &'a Action,
    /// The schema before it.
    pub catalog: &'a Catalog,
    /// The migration's version.
    pub version: u64,
    /// What the team has decided.
    pub settings: &'a Settings,
}

/// The statements of one file, after all of them.
#[derive(Debug)]
pub struct FileContext<'a> {
    /// The file.
    pub script: &'a Script,
    /// What the file is for.
    pub purpose: Purpose,
    /// The migration's version.
    pub version: u64,
    /// What was done, in order.
    pub steps: &'a [Step<'a>],
    /// The schema after it.
    pub catalog: &'a Catalog,
}

/// One statement of a [`FileContext`].
#[derive(Debug)]
pub struct Step<'a> {
    /// Its tokens.
    pub text: Statement<'a>,
    /// What it does.
    pub action: Action,
    /// Which tables of earlier migrations it locks, and how.
    pub locks: Vec<(Name, LockMode)>,
    /// Whether it reads one of them.
    pub reads: bool,
}

/// A migration that was applied and taken back, without a server.
#[derive(Debug)]
pub struct RoundTripContext<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// The schema after both.
    pub catalog: &'a Catalog,
    /// Before the up file.
    pub before_up: Mark,
    /// Between the two.
    pub before_down: Mark,
}

impl RuleFinding {
    /// Points at where an object was made.
    #[must_use]
    pub fn noting_birth(mut self, object: &Object, version: u64) -> Self {
        let text = "it is made here".to_owned();
        let born = Some(object.born).filter(|born| *born != version);
        self.notes.push(Note {
            version: born,
            span: object.made_at,
            text,
        });
        self
    }
}

impl FileContext<'_> {
    /// Whether the migration is being applied.
    pub fn is_up(&self) -> bool {
        self.purpose == Purpose::Up
    }
}

impl StatementContext<'_> {
    /// Whether the migration is being applied.
    pub fn is_up(&self) -> bool {
        self.purpose == Purpose::Up
    }

    /// Whether this migration makes the table or materialized view itself, or the session has it
    /// for itself, so that nobody else uses it.
    pub fn is_new(&self, table: &Name) -> bool {
        table.is_temporary()
            || self.is_born_here(ObjectKind::Table, table)
            || self.is_born_here(ObjectKind::MaterializedView, table)
    }

    /// Whether this migration adds the column.
    pub fn is_new_column(&self, table: &Name, column: &str) -> bool {
        self.is_born(&Key::part(ObjectKind::Column, table, column))
    }

    /// Whether this migration makes the object.
    pub fn is_born_here(&self, kind: ObjectKind, name: &Name) -> bool {
        self.is_born(&Key::whole(kind, name))
    }

    fn is_born(&self, key: &Key) -> bool {
        self.catalog
            .object(key)
            .is_some_and(|object| object.born == self.version)
    }

    /// Whether an earlier migration made the object.
    pub fn is_old(&self, key: &Key) -> bool {
        self.catalog
            .object(key)
            .is_some_and(|object| object.born != self.version)
    }

    /// Whether its rows are not this migration's own: on the way up those of any table that it has
    /// not made, on the way down those of a table that an earlier migration is known to make.
    pub fn takes(&self, table: &Name) -> bool {
        if self.is_up() {
            !self.is_new(table)
        } else {
            !table.is_temporary() && self.is_old(&Key::whole(ObjectKind::Table, table))
        }
    }

    /// Whether an earlier statement of the file writes rows and names this, so that what is dropped
    /// has been copied.
    pub fn is_copied(&self, name: &str) -> bool {
        let mut earlier = self.script.statements().take(self.statement);
        earlier.any(|statement| !changes(statement).is_empty() && statement.names(name))
    }

    /// What `ALTER TABLE` does on the way up to a table that is in use.
    pub fn changes_of_old_table(&self) -> impl Iterator<Item = (&Name, &Change)> {
        let altered = match self.action {
            Action::AlterTable { table, changes, .. } if self.is_up() && !self.is_new(table) => {
                Some((table, changes))
            }
            _ => None,
        };
        altered
            .into_iter()
            .flat_map(|(table, changes)| changes.iter().map(move |change| (table, change)))
    }

    /// The same, where the table has its rows here: those of a foreign table are neither read nor
    /// rewritten.
    pub fn changes_of_old_rows(&self) -> impl Iterator<Item = (&Name, &Change)> {
        self.changes_of_old_table()
            .filter(|(table, _)| !self.catalog.is_foreign_table(table))
    }

    /// What the whole statement does with the rows of the table.
    pub fn works(&self, table: &Name) -> RowAccess {
        let locks = locks::of(self.text, self.action, self.catalog).tables;
        let taken = locks.iter().find(|taken| taken.table == *table);
        taken.map_or(RowAccess::None, |taken| taken.work)
    }

    /// The columns that `CREATE TABLE` or `ADD COLUMN` defines on the way up.
    pub fn new_columns(&self) -> impl Iterator<Item = &Column> {
        let (made, added) = match self.action {
            _ if !self.is_up() => (None, None),
            Action::CreateTable(create) => (Some(&create.columns), None),
            Action::AlterTable { changes, .. } => (None, Some(changes)),
            _ => (None, None),
        };
        let added = added
            .into_iter()
            .flatten()
            .filter_map(|change| match &change.what {
                ChangeKind::AddColumn { column, .. } => Some(column),
                _ => None,
            });
        made.into_iter().flatten().chain(added)
    }

    /// About the statement, as far as its first line goes.
    pub fn finding(&self, message: impl Into<String>, help: impl Into<String>) -> RuleFinding {
        self.finding_at(self.text.span(), message, help)
    }

    /// About some words of the statement.
    pub fn finding_at(
        &self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> RuleFinding {
        RuleFinding::new(self.statement, span, message, help)
    }

    /// About what some words do to a table; shows also where the table comes from.
    pub fn finding_on(
        &self,
        table: &Name,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> RuleFinding {
        let mut finding = self.finding_at(span, message, help);
        finding
            .notes
            .extend(birth(self.catalog, table, self.version));
        finding
    }
}

/// Where an earlier migration made the table or materialized view.
pub fn birth(catalog: &Catalog, table: &Name, version: u64) -> Option<Note> {
    let kinds = [ObjectKind::Table, ObjectKind::MaterializedView];
    let found = kinds
        .iter()
        .find_map(|kind| catalog.object(&Key::whole(*kind, table)));
    let born = found.filter(|object| object.born < version)?;
    let text = format!(
        "`{}` is made here, so by now it may have rows",
        table.shown()
    );
    Some(Note {
        version: Some(born.born),
        span: born.made_at,
        text,
    })
}
