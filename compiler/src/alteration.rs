//! `ALTER` of what is no table, one value a statement (PostgreSQL manual: the page of each command).

use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::object_kind::ObjectKind;
use crate::tokens::Tokens;

/// `ALTER` of an object that is no table, and gets no other name.
#[derive(Clone, Debug)]
pub struct Alter {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: Name,
    /// The table that a trigger, policy or rule belongs to.
    pub on: Option<Name>,
    /// What is changed.
    pub what: Alteration,
    /// Everything behind the name.
    pub definition: Tokens,
}

/// What is changed of an object.
#[derive(Clone, Debug)]
pub enum Alteration {
    /// `ATTACH PARTITION` of an index.
    Attach(Name),
    /// Of a domain.
    Domain(DomainChange),
    /// Of a composite type.
    Attributes(Vec<AttributeChange>),
    /// The new name of what belongs to a table.
    Rename(String),
    /// `OWNER TO`.
    Owner,
    /// `OWNED BY`.
    Owned,
    /// `SET SCHEMA`.
    Schema,
    /// `RENAME` of a part, or `DEPENDS ON EXTENSION`.
    Part,
    /// Anything else.
    Options,
}

/// What is changed of a domain.
#[derive(Clone, Debug)]
pub enum DomainChange {
    /// `ADD`, and whether existing values are not looked at.
    Add {
        /// `NOT VALID`.
        not_valid: bool,
    },
    /// `DROP CONSTRAINT`.
    DropConstraint,
    /// `VALIDATE CONSTRAINT`.
    Validate,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `SET DEFAULT` or `DROP DEFAULT`.
    Default(Option<Tokens>),
    /// Anything else.
    Other,
}

/// What is changed of an attribute.
#[derive(Clone, Debug)]
pub enum AttributeChange {
    /// It has this type now, in one spelling, and whether it is new.
    Is {
        /// The attribute.
        name: String,
        /// Its type.
        of_type: Tokens,
        /// `ADD ATTRIBUTE`.
        is_new: bool,
    },
    /// `DROP ATTRIBUTE`.
    Drop(String),
    /// `RENAME ATTRIBUTE`.
    Rename {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
}

impl DomainChange {
    /// Whether the values that are there must be right.
    pub fn reads(&self) -> bool {
        matches!(
            self,
            Self::Add { not_valid: false } | Self::Validate | Self::SetNotNull
        )
    }
}

impl Alter {
    /// What stands behind the name.
    pub(crate) fn read(kind: ObjectKind, name: Name, mut rest: Cursor<'_>) -> Option<Self> {
        let is_part = matches!(
            kind,
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule
        );
        let on = if is_part {
            rest.eat(&["on"]).then_some(())?;
            Some(rest.name()?)
        } else {
            None
        };
        let definition = rest.normalised();
        let what = match kind {
            ObjectKind::Domain => Alteration::Domain(of_domain(rest)),
            ObjectKind::Type if rest.finds(&["attribute"]).is_some() => {
                Alteration::Attributes(attributes(rest))
            }
            ObjectKind::Index if rest.eat(&["attach", "partition"]) => {
                Alteration::Attach(rest.name()?)
            }
            _ if is_part && rest.eat(&["rename", "to"]) => Alteration::Rename(rest.identifier()?),
            _ => other(rest),
        };
        Some(Self {
            kind,
            name,
            on,
            what,
            definition,
        })
    }
}

fn other(rest: Cursor<'_>) -> Alteration {
    let has = |words: &[&str]| rest.finds(words).is_some();
    match () {
        () if has(&["owned", "by"]) => Alteration::Owned,
        () if has(&["owner", "to"]) => Alteration::Owner,
        () if has(&["set", "schema"]) => Alteration::Schema,
        () if rest.sees(&["rename"]) || rest.sees(&["depends"]) => Alteration::Part,
        () => Alteration::Options,
    }
}

fn of_domain(mut rest: Cursor<'_>) -> DomainChange {
    match () {
        () if rest.sees(&["add"]) => DomainChange::Add {
            not_valid: rest.finds(&["not", "valid"]).is_some(),
        },
        () if rest.sees(&["drop", "constraint"]) => DomainChange::DropConstraint,
        () if rest.sees(&["validate"]) => DomainChange::Validate,
        () if rest.sees(&["set", "not", "null"]) => DomainChange::SetNotNull,
        () if rest.sees(&["drop", "not", "null"]) => DomainChange::DropNotNull,
        () if rest.sees(&["drop", "default"]) => DomainChange::Default(None),
        () if rest.eat(&["set", "default"]) => DomainChange::Default(Some(rest.normalised())),
        () => DomainChange::Other,
    }
}

fn attributes(rest: Cursor<'_>) -> Vec<AttributeChange> {
    let parts = rest.rest_by_commas().into_iter();
    parts.filter_map(attribute).collect()
}

fn attribute(mut part: Cursor<'_>) -> Option<AttributeChange> {
    let is_new = part.eat(&["add", "attribute"]);
    Some(match () {
        () if is_new || part.eat(&["alter", "attribute"]) => {
            let name = part.identifier()?;
            part.eat(&["set", "data"]);
            part.eat(&["type"]);
            AttributeChange::Is {
                name,
                of_type: of_attribute(part),
                is_new,
            }
        }
        () if part.eat(&["drop", "attribute"]) => {
            part.if_exists();
            AttributeChange::Drop(part.identifier()?)
        }
        () if part.eat(&["rename", "attribute"]) => {
            let from = part.identifier()?;
            part.eat(&["to"]).then_some(())?;
            AttributeChange::Rename {
                from,
                to: part.identifier()?,
            }
        }
        () => return None,
    })
}

/// A type in one spelling.
fn of_attribute(mut of: Cursor<'_>) -> Tokens {
    let written = of.normalised();
    let read = DataType::read(&mut of);
    read.map_or(written, |read| Tokens::read(&read.to_string()))
}

/// The attributes that `CREATE TYPE … AS (…)` gives a type, each with its type.
pub(crate) fn attributes_at_birth(definition: &Tokens) -> Vec<(String, Tokens)> {
    let mut cursor = Cursor::of(definition);
    if !cursor.eat(&["as"]) || cursor.text() != "(" {
        return Vec::new();
    }
    let parts = cursor.parenthesised().unwrap_or_default().into_iter();
    parts
        .filter_map(|mut part| Some((part.identifier()?, of_attribute(part))))
        .collect()
}

/// Options of a sequence, each with its value; empty where it is the usual one.
pub(crate) fn sequence_options(options: &Tokens) -> Vec<(String, Tokens)> {
    let mut cursor = Cursor::of(options);
    let mut found = Vec::new();
    while !cursor.is_at_end() {
        let no = cursor.eat(&["no"]);
        let Some(option) = cursor.identifier() else {
            cursor.advance();
            continue;
        };
        for noise in ["by", "with"] {
            cursor.eat(&[noise]);
        }
        match &*option {
            "increment" | "minvalue" | "maxvalue" | "start" | "cache" => {
                let sign = if cursor.eat_text("-") { "-" } else { "" };
                let value = if no {
                    String::new()
                } else {
                    format!("{sign}{}", cursor.text())
                };
                let is_usual =
                    value == "1" && !matches!(&*option, "minvalue" | "maxvalue" | "start");
                let value = if is_usual { String::new() } else { value };
                found.push((option, Tokens::read(&value)));
                if !no {
                    cursor.advance();
                }
            }
            "cycle" => found.push((option, Tokens::read(if no { "" } else { "true" }))),
            _ => {}
        }
    }
    found
}

/// The roles that a policy is for, in order; empty for all. `None` where it does not say.
pub(crate) fn roles(definition: &Tokens) -> Option<Tokens> {
    let mut to = Cursor::of(definition).finds(&["to"])?;
    to.advance();
    let mut roles = to.identifiers();
    roles.sort();
    let is_usual = roles == ["public"];
    let roles = if is_usual {
        String::new()
    } else {
        roles.join(" ")
    };
    Some(Tokens::read(&roles))
}
