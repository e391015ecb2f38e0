//! `COMMENT`, `GRANT` and `REVOKE`: what they are about, and what they say.

use crate::cursor::{Cursor, Name};
use crate::object_kind::ObjectKind;
use crate::statement::Statement;

/// `COMMENT ON`.
#[derive(Clone, Debug)]
pub struct Comment {
    /// What is commented.
    pub on: Commented,
    /// What is said of it.
    pub said: Said,
}

/// What a comment is about.
#[derive(Clone, Debug)]
pub enum Commented {
    /// An object that stands for itself.
    Whole(ObjectKind, Name),
    /// A part of a table.
    Part(ObjectKind, Name, String),
    /// Anything else.
    Other,
}

/// What a comment says.
#[derive(Clone, Debug)]
pub enum Said {
    /// Nothing; an empty one does not count.
    Nothing,
    /// These words.
    Text(String),
    /// What cannot be read.
    Unknown,
}

/// `GRANT` and `REVOKE` of privileges.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whether they are given.
    pub is_given: bool,
    /// Each in one spelling.
    pub privileges: Vec<String>,
    /// On what.
    pub on: Granted,
    /// To whom, or from whom.
    pub roles: Vec<String>,
}

/// What privileges are given on.
#[derive(Clone, Debug)]
pub enum Granted {
    /// `ALL TABLES IN SCHEMA`.
    TablesIn(Vec<String>),
    /// `ALL SEQUENCES IN SCHEMA`.
    SequencesIn(Vec<String>),
    /// `SCHEMA`.
    Schemas(Vec<String>),
    /// `FUNCTION` and its like.
    Functions(Vec<Name>),
    /// Tables, views or sequences.
    Relations(Vec<Name>),
    /// Anything else.
    Other,
}

const WHOLES: [(&[&str], ObjectKind); 12] = [
    (&["table"], ObjectKind::Table),
    (&["foreign", "table"], ObjectKind::Table),
    (&["index"], ObjectKind::Index),
    (&["materialized", "view"], ObjectKind::MaterializedView),
    (&["view"], ObjectKind::View),
    (&["sequence"], ObjectKind::Sequence),
    (&["function"], ObjectKind::Function),
    (&["procedure"], ObjectKind::Function),
    (&["routine"], ObjectKind::Function),
    (&["type"], ObjectKind::Type),
    (&["domain"], ObjectKind::Domain),
    (&["schema"], ObjectKind::Schema),
];

const PARTS: [(&str, ObjectKind); 4] = [
    ("constraint", ObjectKind::Constraint),
    ("trigger", ObjectKind::Trigger),
    ("policy", ObjectKind::Policy),
    ("rule", ObjectKind::Rule),
];

/// What functions are called where privileges are given.
const FUNCTIONS: [&str; 3] = ["function", "procedure", "routine"];

impl Comment {
    /// What stands behind `COMMENT`.
    pub(crate) fn read(statement: Statement<'_>, mut cursor: Cursor<'_>) -> Option<Self> {
        cursor.eat(&["on"]).then_some(())?;
        let on = commented(statement, &mut cursor).unwrap_or(Commented::Other);
        let said = match () {
            () if !cursor.eat(&["is"]) => Said::Unknown,
            () if cursor.sees(&["null"]) => Said::Nothing,
            () => match cursor.string() {
                Some(text) if text.is_empty() => Said::Nothing,
                Some(text) => Said::Text(text),
                None => Said::Unknown,
            },
        };
        Some(Self { on, said })
    }
}

fn commented(statement: Statement<'_>, cursor: &mut Cursor<'_>) -> Option<Commented> {
    if let Some((_, kind)) = WHOLES.iter().find(|(words, _)| cursor.eat(words)) {
        let name = if *kind == ObjectKind::Schema {
            Name::unqualified(&cursor.identifier()?)
        } else {
            cursor.name()?
        };
        cursor.parenthesised();
        return Some(Commented::Whole(*kind, name));
    }
    if cursor.eat(&["column"]) {
        let mut parts = vec![cursor.identifier()?];
        while cursor.eat_text(".") {
            parts.push(cursor.identifier()?);
        }
        let (column, name) = (parts.pop()?, parts.pop()?);
        let schema = parts.pop();
        let schema = schema.unwrap_or_else(|| statement.schema_of(&name).to_owned());
        let table = Name { schema, name };
        return Some(Commented::Part(ObjectKind::Column, table, column));
    }
    let (_, kind) = PARTS.iter().find(|(word, _)| cursor.eat(&[word]))?;
    let part = cursor.identifier()?;
    (!cursor.sees(&["on", "domain"])).then_some(())?;
    cursor.eat(&["on"]).then_some(())?;
    Some(Commented::Part(*kind, cursor.name()?, part))
}

impl Grant {
    /// What stands behind `GRANT` or `REVOKE`; `None` for the membership in a role.
    pub(crate) fn read(mut cursor: Cursor<'_>, is_given: bool) -> Option<Self> {
        cursor.eat(&["grant", "option", "for"]);
        let privileges = cursor.up_to(|cursor| cursor.sees(&["on"]));
        cursor.eat(&["on"]).then_some(())?;
        let privileges = Cursor::of(&privileges).rest_by_commas();
        let privileges = privileges.iter();
        let privileges = privileges.map(|part| part.normalised().shown().to_owned());
        let on = granted(&mut cursor);
        let _ = cursor.eat(&["to"]) || cursor.eat(&["from"]);
        Some(Self {
            is_given,
            privileges: privileges.collect(),
            on,
            roles: roles(&mut cursor),
        })
    }
}

fn roles(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut roles = Vec::new();
    loop {
        cursor.eat(&["group"]);
        let Some(role) = cursor.identifier() else {
            break;
        };
        roles.push(role);
        if !cursor.eat_text(",") {
            break;
        }
    }
    roles
}

/// Behind `ON`.
fn granted(cursor: &mut Cursor<'_>) -> Granted {
    if cursor.eat(&["all"]) {
        let tables = cursor.eat(&["tables", "in", "schema"]);
        let sequences = !tables && cursor.eat(&["sequences", "in", "schema"]);
        let schemas = cursor.identifiers();
        return match () {
            () if tables => Granted::TablesIn(schemas),
            () if sequences => Granted::SequencesIn(schemas),
            () => Granted::Other,
        };
    }
    if cursor.eat(&["schema"]) {
        return Granted::Schemas(cursor.identifiers());
    }
    let is_function = FUNCTIONS.iter().any(|word| cursor.eat(&[word]));
    let _ = cursor.eat(&["table"]) || cursor.eat(&["sequence"]);
    let mut names = Vec::new();
    while let Some(name) = cursor.name() {
        names.push(name);
        if is_function {
            cursor.parenthesised();
        }
        if !cursor.eat_text(",") {
            break;
        }
    }
    if is_function {
        Granted::Functions(names)
    } else {
        Granted::Relations(names)
    }
}
