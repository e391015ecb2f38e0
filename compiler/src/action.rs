//! What a statement does to the schema or its data, as far as the catalog and the rules
//! ask. Whatever is not understood is [`Action::Opaque`] or [`Action::Other`]; nothing
//! is guessed. The file is long because the list of commands is.

use std::fmt;

use crate::alteration::Alter;
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::form::{Form, Parameter};
pub use crate::object_kind::ObjectKind;
use crate::partition::{Bound, PartitionKey};
use crate::property::{Comment, Grant};
use crate::session::Set;
use crate::span::Span;
use crate::tokens::Tokens;
use crate::upkeep::{Copy, LockTable, Upkeep};

/// What a statement does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `CREATE TABLE`.
    CreateTable(CreateTable),
    /// `ALTER TABLE`, with its changes in order.
    AlterTable {
        /// The table.
        table: Name,
        /// Nothing happens where it is not there.
        if_exists: bool,
        /// What is changed.
        changes: Vec<Change>,
    },
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `CREATE` of anything else that has a name.
    Create(Create),
    /// `DROP`.
    Drop(Drop),
    /// `ALTER … RENAME TO`.
    Rename {
        /// What is renamed.
        kind: ObjectKind,
        /// The old name.
        from: Name,
        /// The new name, in the same schema.
        to: String,
    },
    /// `ALTER TYPE … ADD VALUE`.
    AddValue {
        /// The enum.
        name: Name,
        /// The new value.
        value: String,
        /// It says before or after which other one.
        is_placed: bool,
    },
    /// `ALTER TYPE … RENAME VALUE`.
    RenameValue {
        /// The enum.
        name: Name,
        /// The old value.
        from: String,
        /// The new value.
        to: String,
    },
    /// `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE`.
    Data(Data),
    /// `SET` and its like.
    Set(Set),
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh {
        /// Readers are not blocked.
        concurrently: bool,
        /// The view.
        view: Name,
    },
    /// `ALTER` of anything but a table.
    Alter(Alter),
    /// `COMMENT`.
    Comment(Comment),
    /// `GRANT` or `REVOKE`.
    Grant(Grant),
    /// `VACUUM`, `ANALYZE`, `CLUSTER` or `REINDEX`.
    Upkeep(Upkeep),
    /// `LOCK`.
    Lock(LockTable),
    /// `COPY`.
    Copy(Copy),
    /// Code whose effect cannot be read: `DO`, `CALL`, `EXECUTE`, a query with functions.
    Opaque,
    /// Without effect on the schema as far as anybody asks.
    Other,
}

/// `CREATE TABLE`.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "words that do not exclude each other"
)]
pub struct CreateTable {
    /// The table.
    pub table: Name,
    /// Nothing happens where it is there.
    pub if_not_exists: bool,
    /// Gone at the end of the session.
    pub temporary: bool,
    /// Column definitions, in order.
    pub columns: Vec<Column>,
    /// Named and unnamed table constraints.
    pub constraints: Vec<Constraint>,
    /// The table that it is a partition of, and goes with.
    pub parent: Option<Name>,
    /// The tables that it inherits from.
    pub inherits: Vec<Name>,
    /// The tables whose columns it copies with `LIKE`.
    pub models: Vec<Name>,
    /// Where its rows are.
    pub storage: Storage,
    /// How it keeps its rows, where it says so.
    pub access_method: Option<String>,
    /// By what it is partitioned, if it is.
    pub partition_key: Option<PartitionKey>,
    /// What it holds as a partition.
    pub bound: Option<Bound>,
    /// Its storage parameters.
    pub parameters: Vec<Parameter>,
    /// Its rows come from a query.
    pub is_filled: bool,
    /// Where its name stands, if that has no schema.
    pub bare_name: Option<Span>,
    /// Has columns that do not stand here: `LIKE`, `INHERITS`, `AS`, a partition.
    pub has_more_columns: bool,
}

impl CreateTable {
    /// One of which only the name is known.
    pub(crate) fn of(table: Name, is_unlogged: bool) -> Self {
        Self {
            if_not_exists: false,
            temporary: table.is_temporary(),
            table,
            columns: Vec::new(),
            constraints: Vec::new(),
            parent: None,
            inherits: Vec::new(),
            models: Vec::new(),
            storage: if is_unlogged {
                Storage::Unlogged
            } else {
                Storage::Permanent
            },
            access_method: None,
            partition_key: None,
            bound: None,
            parameters: Vec::new(),
            is_filled: false,
            bare_name: None,
            has_more_columns: false,
        }
    }
}

/// Where the rows of a table are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Storage {
    /// In files that survive a crash.
    #[default]
    Permanent,
    /// In files that are emptied after a crash.
    Unlogged,
    /// On another server.
    Foreign,
}

/// A column definition.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Everything behind the name.
    pub definition: Tokens,
    /// `NOT NULL` or `PRIMARY KEY`.
    pub not_null: bool,
    /// The default.
    pub default: Option<Tokens>,
    /// `serial`, an identity or a stored generated column: every row is rewritten.
    pub rewrites: bool,
    /// What else it demands, without a constraint of its own in the statement.
    pub constraints: Vec<ConstraintKind>,
    /// The same, as constraints of the table.
    pub inline: Vec<Constraint>,
    /// Its type, where that can be told.
    pub type_name: Option<DataType>,
}

/// A table constraint.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Where it begins.
    pub span: Span,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `NOT VALID`: existing rows are not looked at.
    pub not_valid: bool,
    /// `USING INDEX`: the index is there already.
    pub using_index: bool,
    /// Everything behind the name.
    pub definition: Tokens,
    /// What it comes to, where that can be told.
    pub shape: Option<Shape>,
}

/// What a constraint comes to, in one spelling.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shape {
    /// What it demands.
    pub kind: ConstraintKind,
    /// Of these columns.
    pub columns: Vec<String>,
    /// The table that a foreign key leads to.
    pub references: Option<Name>,
    /// What a foreign key does.
    pub options: KeyOptions,
}

/// What a foreign key does when a row that it leads to changes, and when it is checked; as the
/// server prints it, and empty where that is the usual.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyOptions {
    /// Such as `CASCADE`.
    pub on_update: &'static str,
    /// Such as `SET NULL`.
    pub on_delete: &'static str,
    /// `DEFERRABLE`, or that with `INITIALLY DEFERRED`.
    pub deferrable: &'static str,
}

impl fmt::Display for KeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.on_update.is_empty() {
            write!(f, " ON UPDATE {}", self.on_update)?;
        }
        if !self.on_delete.is_empty() {
            write!(f, " ON DELETE {}", self.on_delete)?;
        }
        if !self.deferrable.is_empty() {
            write!(f, " {}", self.deferrable)?;
        }
        Ok(())
    }
}

impl Shape {
    /// As SQL.
    pub fn shown(&self) -> String {
        let words = match self.kind {
            ConstraintKind::PrimaryKey => "PRIMARY KEY",
            ConstraintKind::ForeignKey => "FOREIGN KEY",
            ConstraintKind::Unique => "UNIQUE",
            _ => "EXCLUDE",
        };
        let mut shown = format!("{words} ({})", self.columns.join(", "));
        if let Some(table) = &self.references {
            shown = format!("{shown} REFERENCES {}", table.shown());
        }
        format!("{shown}{}", self.options)
    }
}

impl Constraint {
    /// The column of a NOT NULL that has a name, since PostgreSQL 18.
    pub fn filled_column(&self) -> Option<String> {
        let mut words = Cursor::of(&self.definition);
        words.eat(&["not", "null"]).then(|| words.identifier())?
    }

    /// The index of `USING INDEX`, in the schema of the table.
    pub fn index(&self) -> Option<String> {
        let mut used = Cursor::of(&self.definition).finds(&["using", "index"])?;
        used.eat(&["using", "index"]);
        used.identifier().filter(|_| self.using_index)
    }
}

/// What a constraint demands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConstraintKind {
    /// `CHECK`.
    Check,
    /// `FOREIGN KEY`.
    ForeignKey,
    /// `UNIQUE`.
    Unique,
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `EXCLUDE`.
    Exclude,
    /// Something newer.
    Other,
}

/// One change of `ALTER TABLE`, with the words that say so.
#[derive(Clone, Debug)]
pub struct Change {
    /// From its first word to its last.
    pub span: Span,
    /// What it is.
    pub what: ChangeKind,
}

/// What a change of `ALTER TABLE` is.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: Column,
        /// Nothing happens where it is there.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        name: String,
        /// Nothing happens where it is not there.
        if_exists: bool,
        /// What depends on it goes too.
        cascade: bool,
    },
    /// `ALTER COLUMN … TYPE`.
    SetType {
        /// The column.
        column: String,
        /// The new type, and what stands behind it.
        definition: Tokens,
        /// The new type, where that can be told.
        type_name: Option<DataType>,
    },
    /// `ALTER COLUMN … SET NOT NULL` or `DROP NOT NULL`.
    NotNull {
        /// The column.
        column: String,
        /// Whether it is set.
        set: bool,
    },
    /// `ALTER COLUMN … SET DEFAULT` or `DROP DEFAULT`.
    Default {
        /// The column.
        column: String,
        /// The new default.
        value: Option<Tokens>,
    },
    /// `ADD CONSTRAINT` or `ADD` of an unnamed one.
    AddConstraint(Constraint),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: String,
        /// Nothing happens where it is not there.
        if_exists: bool,
        /// What depends on it goes too.
        cascade: bool,
    },
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// The constraint.
        name: String,
        /// When it is checked from now on.
        options: KeyOptions,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(String),
    /// `RENAME COLUMN … TO`.
    RenameColumn {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `RENAME CONSTRAINT … TO`.
    RenameConstraint {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema(String),
    /// `INHERIT` or `NO INHERIT`.
    Inherit {
        /// The table that it inherits from, or does not any more.
        parent: Name,
        /// Whether it does now.
        is_set: bool,
    },
    /// Anything else.
    Form(Form),
}

/// `CREATE INDEX`.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "words that do not exclude each other"
)]
pub struct CreateIndex {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The table.
    pub table: Name,
    /// No two rows may be equal.
    pub is_unique: bool,
    /// Partitions get none.
    pub only: bool,
    /// Writers are not blocked.
    pub concurrently: bool,
    /// Nothing happens where it is there.
    pub if_not_exists: bool,
    /// Everything behind the table.
    pub definition: Tokens,
    /// Its columns, where each has a name.
    pub columns: Option<Vec<String>>,
}

/// `CREATE` of an object that is neither table nor index.
#[derive(Clone, Debug)]
pub struct Create {
    /// What is made.
    pub kind: ObjectKind,
    /// Its name.
    pub name: Name,
    /// The table that a trigger, policy or rule belongs to.
    pub on: Option<Name>,
    /// An older one is replaced.
    pub replace: bool,
    /// Nothing happens where it is there.
    pub if_not_exists: bool,
    /// The values of an enum.
    pub values: Vec<String>,
    /// Everything behind the name.
    pub definition: Tokens,
}

/// `DROP`.
#[derive(Clone, Debug)]
pub struct Drop {
    /// What goes.
    pub kind: ObjectKind,
    /// Their names.
    pub names: Vec<Name>,
    /// Of functions the types of their arguments, where these are written.
    pub signatures: Vec<Option<String>>,
    /// The table that a trigger, policy or rule belongs to.
    pub on: Option<Name>,
    /// Nothing happens where they are not there.
    pub if_exists: bool,
    /// Those who use them are waited for.
    pub concurrently: bool,
    /// What depends on them goes too.
    pub cascade: bool,
}

/// A change of rows.
#[derive(Clone, Debug)]
pub struct Data {
    /// How rows are changed.
    pub kind: DataKind,
    /// The tables; several for `TRUNCATE` only.
    pub tables: Vec<Name>,
}

/// How rows are changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DataKind {
    /// `INSERT … VALUES` without `ON CONFLICT`.
    InsertConstants,
    /// Any other `INSERT`.
    Insert,
    /// `UPDATE`, and whether it has a `WHERE`.
    Update {
        /// Only some rows.
        filtered: bool,
    },
    /// `DELETE`, and whether it has a `WHERE`.
    Delete {
        /// Only some rows.
        filtered: bool,
    },
    /// `TRUNCATE`.
    Truncate {
        /// Referencing tables are emptied, too.
        cascade: bool,
    },
}
