//! What is set on objects: comments, row security and privileges.

use std::collections::BTreeSet;

use super::{Catalog, Key, Object};
use crate::action::ObjectKind;
use crate::cursor::{Cursor, Name};
use crate::form::RowSecurityChange;
use crate::literal;
use crate::statement::Statement;

/// Row security of a table: whether it is on, and whether for the owner too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RowSecurity {
    /// `ENABLE`.
    pub is_enabled: bool,
    /// `FORCE`.
    pub is_forced: bool,
}

/// What is kept of a function that everybody could call and nobody may now.
pub(crate) const NO_EXECUTE: &str = "no execute";

impl Catalog {
    /// `COMMENT`, `GRANT`, `REVOKE` and their like.
    pub(super) fn set_property(&mut self, statement: Statement<'_>) {
        let mut cursor = Cursor::new(statement);
        match () {
            () if cursor.eat(&["comment", "on"]) => {
                let target = commented(cursor, self);
                if let Some((key, comment)) = target {
                    self.change(&key, |object| object.comment = comment);
                }
            }
            () if cursor.eat(&["grant"]) => self.grant(statement, true),
            () if cursor.eat(&["revoke"]) => self.grant(statement, false),
            // New objects have privileges from the start.
            () if cursor.eat(&["alter", "default", "privileges"]) => self.has_defaults = true,
            () if cursor.eat(&["drop", "owned"]) => self.has_defaults = true,
            () => {}
        }
    }

    /// Whether the privileges of a new object are known.
    pub fn knows_privileges(&self) -> bool {
        !self.has_defaults
    }

    pub(super) fn row_security(&mut self, table: &Key, change: RowSecurityChange) {
        self.change(table, |object| {
            let security = &mut object.row_security;
            match change {
                RowSecurityChange::Enable => security.is_enabled = true,
                RowSecurityChange::Disable => security.is_enabled = false,
                RowSecurityChange::Force => security.is_forced = true,
                RowSecurityChange::NoForce => security.is_forced = false,
            }
        });
    }

    /// `GRANT` and `REVOKE` of privileges on objects that the migrations make.
    fn grant(&mut self, statement: Statement<'_>, is_given: bool) {
        let named = statement.named_by(self);
        let mut cursor = Cursor::new(named);
        cursor.advance();
        cursor.eat(&["grant", "option", "for"]);
        let privileges = cursor.up_to(|cursor| cursor.sees(&["on"]));
        if !cursor.eat(&["on"]) {
            return;
        }
        let privileges = Cursor::of(&privileges).rest_by_commas();
        let privileges: Vec<String> = privileges
            .iter()
            .map(|part| part.normalised().shown().to_owned())
            .collect();
        let keys = self.granted(&mut cursor);
        let _ = cursor.eat(&["to"]) || cursor.eat(&["from"]);
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
        for key in &keys {
            let is_all = privileges
                .iter()
                .any(|it| it == "execute" || it == "all" || it == "all privileges");
            let execute = (key.kind == ObjectKind::Function).then_some(is_all);
            self.change(key, |object| {
                for role in &roles {
                    // Functions are everybody's from the start.
                    if let ("public", Some(execute)) = (&**role, execute) {
                        object.closed_to_all(execute && !is_given);
                    } else if is_given {
                        let each = privileges.iter().map(|it| (role.clone(), it.clone()));
                        object.privileges.extend(each);
                    } else {
                        take_away(&mut object.privileges, role, &privileges);
                    }
                }
            });
        }
    }

    /// The objects behind ON, and the cursor behind them.
    fn granted(&self, cursor: &mut Cursor<'_>) -> Vec<Key> {
        let relations = [
            ObjectKind::Table,
            ObjectKind::View,
            ObjectKind::MaterializedView,
            ObjectKind::Sequence,
        ];
        let mut keys = Vec::new();
        if cursor.eat(&["all"]) {
            // `ALL TABLES IN SCHEMA a, b`.
            let kinds: &[ObjectKind] = match () {
                () if cursor.eat(&["tables", "in", "schema"]) => &relations[..3],
                () if cursor.eat(&["sequences", "in", "schema"]) => &relations[3..],
                () => &[],
            };
            while let Some(schema) = cursor.identifier() {
                let all = self.objects.keys().filter(|key| key.part.is_empty());
                let inside = all.filter(|key| key.name.schema == schema);
                keys.extend(inside.filter(|key| kinds.contains(&key.kind)).cloned());
                if !cursor.eat_text(",") {
                    break;
                }
            }
            return keys;
        }
        let is_schema = cursor.eat(&["schema"]);
        let is_function = FUNCTIONS.iter().any(|word| cursor.eat(&[word]));
        let _ = cursor.eat(&["table"]) || cursor.eat(&["sequence"]);
        loop {
            if is_schema {
                let schema = cursor.identifier();
                let name = schema.map(|schema| Name::unqualified(&schema));
                keys.extend(name.map(|name| Key::whole(ObjectKind::Schema, &name)));
            } else if is_function {
                keys.extend(
                    cursor
                        .name()
                        .map(|name| Key::whole(ObjectKind::Function, &name)),
                );
                cursor.parenthesised();
            } else if let Some(name) = cursor.name() {
                let found = relations.iter().map(|kind| Key::whole(*kind, &name));
                keys.extend(found.into_iter().find(|key| self.objects.contains_key(key)));
            }
            if !cursor.eat_text(",") {
                break;
            }
        }
        keys
    }
}

/// What functions are called where privileges are given.
const FUNCTIONS: [&str; 3] = ["function", "procedure", "routine"];

fn take_away(held: &mut BTreeSet<(String, String)>, role: &str, privileges: &[String]) {
    let is_all = privileges
        .iter()
        .any(|it| it == "all" || it == "all privileges");
    // What ALL comes to differs between versions, so it goes with any of its parts.
    held.retain(|(holder, privilege)| {
        let is_named =
            privileges.contains(privilege) || privilege == "all" || privilege == "all privileges";
        holder != role || !is_all && !is_named
    });
}

/// The object of `COMMENT ON`, and its new comment.
fn commented(target: Cursor<'_>, catalog: &Catalog) -> Option<(Key, Option<String>)> {
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
    let names = target.rest().named_by(catalog);
    let mut cursor = Cursor::new(names);
    let key = if let Some((_, kind)) = WHOLES.iter().find(|(words, _)| cursor.eat(words)) {
        let name = if *kind == ObjectKind::Schema {
            Name::unqualified(&cursor.identifier()?)
        } else {
            cursor.name()?
        };
        cursor.parenthesised();
        Key::whole(*kind, &name)
    } else if cursor.eat(&["column"]) {
        let mut parts = vec![cursor.identifier()?];
        while cursor.eat_text(".") {
            parts.push(cursor.identifier()?);
        }
        let (column, table) = (parts.pop()?, parts.pop()?);
        let schema = parts.pop();
        let schema = schema.unwrap_or_else(|| names.schema_of(&table).to_owned());
        Key::part(
            ObjectKind::Column,
            &Name {
                schema,
                name: table,
            },
            &column,
        )
    } else {
        let (_, kind) = PARTS.iter().find(|(word, _)| cursor.eat(&[word]))?;
        let part = cursor.identifier()?;
        cursor.eat(&["on"]).then_some(())?;
        Key::part(*kind, &cursor.name()?, &part)
    };
    cursor.eat(&["is"]).then_some(())?;
    let comment = if cursor.sees(&["null"]) {
        None
    } else {
        let rest = cursor.rest();
        // An empty one does not count.
        Some(literal::string(rest.text, *cursor.peek()?)?).filter(|comment| !comment.is_empty())
    };
    Some((key, comment))
}

impl Object {
    /// Whether a function cannot be called by everybody.
    fn closed_to_all(&mut self, is_closed: bool) {
        let what = ("public".to_owned(), NO_EXECUTE.to_owned());
        if is_closed {
            self.privileges.insert(what);
        } else {
            self.privileges.remove(&what);
        }
    }

    /// What stays on an object that is replaced or has another name.
    pub(super) fn keep_properties(&mut self, before: &Self) {
        self.comment.clone_from(&before.comment);
        self.privileges.clone_from(&before.privileges);
        self.row_security = before.row_security;
    }
}
