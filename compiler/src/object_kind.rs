//! The kinds of objects that the catalog knows.

use crate::command::Class;

/// Kinds of objects that have a name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// An index.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// A function, procedure or aggregate.
    Function,
    /// A type other than a domain.
    Type,
    /// A domain.
    Domain,
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// A trigger, named within its table.
    Trigger,
    /// A row security policy, named within its table.
    Policy,
    /// A rewrite rule, named within its table.
    Rule,
    /// A column, named within its table.
    Column,
    /// A constraint, named within its table.
    Constraint,
    /// A value of an enum, named within its type.
    Value,
}

impl ObjectKind {
    /// Such as `materialized view`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Sequence => "sequence",
            Self::Function => "function",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Value => "value",
        }
    }
}

impl Class {
    /// The kind of object, where the catalog knows it.
    pub fn kind(self) -> Option<ObjectKind> {
        Some(match self {
            Self::Table | Self::ForeignTable => ObjectKind::Table,
            Self::Index => ObjectKind::Index,
            Self::MaterializedView => ObjectKind::MaterializedView,
            Self::View => ObjectKind::View,
            Self::Sequence => ObjectKind::Sequence,
            Self::Function | Self::Procedure | Self::Routine | Self::Aggregate => {
                ObjectKind::Function
            }
            Self::Type => ObjectKind::Type,
            Self::Domain => ObjectKind::Domain,
            Self::Schema => ObjectKind::Schema,
            Self::Extension => ObjectKind::Extension,
            Self::Trigger => ObjectKind::Trigger,
            Self::Policy => ObjectKind::Policy,
            Self::Rule => ObjectKind::Rule,
            _ => return None,
        })
    }
}
