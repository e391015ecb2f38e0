//! The forms of `ALTER TABLE` that change neither columns nor constraints, and storage parameters
//! (PostgreSQL manual: ALTER TABLE).

use crate::cursor::{Cursor, Name};
use crate::partition::Bound;
use crate::tokens::Tokens;

/// What is changed of a table beside its columns and constraints.
#[derive(Clone, Debug)]
pub enum Form {
    /// `ATTACH PARTITION`.
    Attach {
        /// The partition.
        partition: Name,
        /// What it holds, where that can be told.
        bound: Option<Bound>,
    },
    /// `DETACH PARTITION`.
    Detach {
        /// The partition.
        partition: Name,
        /// Whether others can go on meanwhile, and whether that is only ended here.
        how: Detach,
    },
    /// `ENABLE`, `DISABLE`, `FORCE` or `NO FORCE ROW LEVEL SECURITY`.
    RowSecurity(RowSecurityChange),
    /// `ENABLE TRIGGER` or `DISABLE TRIGGER`.
    Trigger {
        /// Whether it fires from here on.
        is_enabled: bool,
        /// `ALWAYS` or `REPLICA`; empty for the usual.
        mode: Tokens,
        /// Its name; `all` and `user` stand for several.
        name: String,
        /// Whether it stands for several.
        is_several: bool,
    },
    /// `REPLICA IDENTITY`.
    ReplicaIdentity,
    /// `SET LOGGED` or `SET UNLOGGED`.
    Logged(bool),
    /// `SET ACCESS METHOD`.
    AccessMethod(Option<String>),
    /// `SET TABLESPACE`.
    Tablespace,
    /// `CLUSTER ON` or `SET WITHOUT CLUSTER`.
    Cluster,
    /// `SET (…)`.
    SetParameters(Vec<Parameter>),
    /// `RESET (…)`.
    ResetParameters(Vec<Parameter>),
    /// `ALTER COLUMN`.
    Column {
        /// The column.
        name: String,
        /// What is changed of it.
        what: ColumnForm,
    },
    /// Anything else.
    Other,
}

/// How a partition is detached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detach {
    /// At once.
    AtOnce,
    /// `CONCURRENTLY`.
    Concurrently,
    /// `FINALIZE`.
    Finalize,
}

/// What becomes of the row security of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowSecurityChange {
    /// `ENABLE`.
    Enable,
    /// `DISABLE`.
    Disable,
    /// `FORCE`.
    Force,
    /// `NO FORCE`.
    NoForce,
}

/// What is changed of a column beside its type, default and `NOT NULL`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnForm {
    /// `SET STATISTICS`.
    Statistics,
    /// `SET STORAGE`.
    Storage,
    /// `SET (…)` or `RESET (…)`.
    Parameters,
    /// `SET EXPRESSION`.
    Expression,
    /// `DROP EXPRESSION`.
    DropExpression,
    /// `ADD GENERATED … AS IDENTITY`.
    AddIdentity,
    /// `SET GENERATED`, `RESTART` or `DROP IDENTITY`.
    Identity,
    /// Anything else.
    Other,
}

/// A storage parameter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameter {
    /// Such as `fillfactor`.
    pub name: String,
    /// Empty where none is written.
    pub value: Tokens,
}

impl Form {
    /// That of a change.
    pub(crate) fn read(mut form: Cursor<'_>) -> Option<Self> {
        Some(match () {
            () if form.eat(&["attach", "partition"]) => Self::Attach {
                partition: form.name()?,
                bound: Bound::read(&mut form),
            },
            () if form.eat(&["detach", "partition"]) => Self::Detach {
                partition: form.name()?,
                how: match () {
                    () if form.sees(&["concurrently"]) => Detach::Concurrently,
                    () if form.sees(&["finalize"]) => Detach::Finalize,
                    () => Detach::AtOnce,
                },
            },
            () if form.eat(&["replica", "identity"]) => Self::ReplicaIdentity,
            () if form.sees(&["cluster"]) || form.sees(&["set", "without", "cluster"]) => {
                Self::Cluster
            }
            () if form.eat(&["enable"]) => switched(form, true)?,
            () if form.eat(&["disable"]) => switched(form, false)?,
            () if form.eat(&["force", "row", "level"]) => {
                Self::RowSecurity(RowSecurityChange::Force)
            }
            () if form.eat(&["no", "force", "row", "level"]) => {
                Self::RowSecurity(RowSecurityChange::NoForce)
            }
            () if form.eat(&["alter"]) => {
                form.eat(&["column"]);
                Self::Column {
                    name: form.identifier()?,
                    what: of_column(form),
                }
            }
            () if form.eat(&["set"]) => set(form)?,
            () if form.eat(&["reset"]) => Self::ResetParameters(parameters(&mut form)?),
            () => return None,
        })
    }
}

/// Behind `ENABLE` or `DISABLE`.
fn switched(mut form: Cursor<'_>, is_enabled: bool) -> Option<Form> {
    if form.sees(&["row", "level"]) {
        return Some(Form::RowSecurity(if is_enabled {
            RowSecurityChange::Enable
        } else {
            RowSecurityChange::Disable
        }));
    }
    let mode = form.up_to(|cursor| cursor.sees(&["trigger"]));
    form.eat(&["trigger"]).then_some(())?;
    let is_several = form.sees(&["all"]) || form.sees(&["user"]);
    Some(Form::Trigger {
        is_enabled,
        mode,
        name: form.identifier().unwrap_or_default(),
        is_several,
    })
}

/// Behind `SET`.
fn set(mut form: Cursor<'_>) -> Option<Form> {
    Some(match () {
        () if form.sees(&["logged"]) => Form::Logged(true),
        () if form.sees(&["unlogged"]) => Form::Logged(false),
        () if form.sees(&["tablespace"]) => Form::Tablespace,
        () if form.eat(&["access", "method"]) => Form::AccessMethod(form.identifier()),
        () => Form::SetParameters(parameters(&mut form)?),
    })
}

/// Behind the name of the column.
fn of_column(mut form: Cursor<'_>) -> ColumnForm {
    match () {
        () if form.sees(&["drop", "expression"]) => ColumnForm::DropExpression,
        () if form.sees(&["add", "generated"]) => ColumnForm::AddIdentity,
        () if form.sees(&["drop", "identity"])
            || form.sees(&["restart"])
            || form.sees(&["set", "generated"]) =>
        {
            ColumnForm::Identity
        }
        () if form.eat(&["set"]) || form.eat(&["reset"]) => match () {
            () if form.sees(&["expression"]) => ColumnForm::Expression,
            () if form.sees(&["statistics"]) => ColumnForm::Statistics,
            () if form.sees(&["storage"]) => ColumnForm::Storage,
            () if form.text() == "(" => ColumnForm::Parameters,
            () => ColumnForm::Other,
        },
        () => ColumnForm::Other,
    }
}

/// `(name = value, …)`.
pub(crate) fn parameters(cursor: &mut Cursor<'_>) -> Option<Vec<Parameter>> {
    let parameter = |mut part: Cursor<'_>| {
        let name = part.identifier()?;
        part.eat_text("=");
        let value = part.string().map(|value| Tokens::read(&value));
        Some(Parameter {
            name,
            value: value.unwrap_or_else(|| part.normalised()),
        })
    };
    let parts = cursor.parenthesised()?.into_iter();
    Some(parts.filter_map(parameter).collect())
}
