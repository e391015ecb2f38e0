//! What is set on objects word by word: storage parameters, options of a sequence, attributes of a
//! type, whether a trigger fires, what a policy demands.

use super::{Catalog, Key, Object};
use crate::action::ObjectKind;
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::definition::clause;
use crate::form::{Form, Parameter, parameters};
use crate::statement::Statement;
use crate::tokens::Tokens;

impl Catalog {
    /// What a statement sets, whose effect is no [`crate::action::Action`].
    pub(super) fn set_option(&mut self, statement: Statement<'_>) {
        let named = Cursor::new(statement);
        let mut cursor = named;
        if cursor.eat(&["alter", "sequence"]) {
            self.alter_sequence(statement);
        } else if cursor.eat(&["alter", "type"]) {
            self.alter_type(statement);
        } else if cursor.eat(&["alter", "policy"]) || cursor.eat(&["alter", "trigger"]) {
            self.alter_part(statement);
        }
    }

    fn alter_sequence(&mut self, statement: Statement<'_>) {
        let mut cursor = Cursor::new(statement.named_by(self));
        cursor.eat(&["alter", "sequence"]);
        cursor.if_exists();
        let Some(name) = cursor.name() else { return };
        let options = cursor.normalised();
        self.change(&Key::whole(ObjectKind::Sequence, &name), |object| {
            sequence(object, &options);
        });
    }

    fn alter_type(&mut self, statement: Statement<'_>) {
        let mut cursor = Cursor::new(statement.named_by(self));
        cursor.eat(&["alter", "type"]);
        let Some(name) = cursor.name() else { return };
        let changes = cursor.normalised();
        self.change(&Key::whole(ObjectKind::Type, &name), |object| {
            for mut part in Cursor::of(&changes).rest_by_commas() {
                let adds = part.eat(&["add", "attribute"]);
                if adds || part.eat(&["alter", "attribute"]) {
                    let Some(attribute) = part.identifier() else {
                        continue;
                    };
                    part.eat(&["set", "data"]);
                    part.eat(&["type"]);
                    object.attribute(&attribute, Some(part));
                } else if part.eat(&["drop", "attribute"]) {
                    part.if_exists();
                    let attribute = part.identifier().unwrap_or_default();
                    object.attribute(&attribute, None);
                } else if part.eat(&["rename", "attribute"])
                    && let Some(from) = part.identifier()
                    && part.eat(&["to"])
                    && let Some(to) = part.identifier()
                    && let Some(kept) = object.settings.remove(&format!("attribute {from}"))
                {
                    object.settings.insert(format!("attribute {to}"), kept);
                }
            }
        });
    }

    /// `ALTER POLICY` and `ALTER TRIGGER`.
    fn alter_part(&mut self, statement: Statement<'_>) {
        let mut cursor = Cursor::new(statement.named_by(self));
        cursor.eat(&["alter"]);
        let kind = if cursor.eat(&["policy"]) {
            ObjectKind::Policy
        } else {
            cursor.advance();
            ObjectKind::Trigger
        };
        let Some(name) = cursor.identifier() else {
            return;
        };
        if !cursor.eat(&["on"]) {
            return;
        }
        let Some(table) = cursor.name() else { return };
        if cursor.eat(&["rename", "to"]) {
            if let Some(to) = cursor.identifier() {
                self.move_part(kind, &table, &name, &to);
            }
            return;
        }
        let definition = cursor.normalised();
        self.change(&Key::part(kind, &table, &name), |object| {
            policy(object, &definition);
        });
    }

    /// `ENABLE` and `DISABLE TRIGGER`.
    pub(super) fn set_firing(&mut self, table: &Name, form: &Form) {
        let Form::Trigger {
            is_enabled,
            mode,
            name,
            is_several,
        } = form
        else {
            return;
        };
        let disabled = Tokens::read("disabled");
        let state = if *is_enabled { mode } else { &disabled };
        let keys = self.keys_of(&[ObjectKind::Trigger], table);
        for key in keys.iter().filter(|key| *is_several || key.part == *name) {
            self.change(key, |object| object.set("firing", state));
        }
    }
}

impl Object {
    /// What is set; the usual, where nothing is.
    fn set(&mut self, what: &str, value: &Tokens) {
        if value.is_empty() {
            self.settings.remove(what);
        } else {
            self.settings.insert(what.to_owned(), value.clone());
        }
    }

    fn attribute(&mut self, name: &str, of: Option<Cursor<'_>>) {
        let key = format!("attribute {name}");
        let kind = of.map(|mut of| {
            let written = of.normalised();
            let read = DataType::read(&mut of);
            read.map_or(written, |read| Tokens::read(&read.to_string()))
        });
        self.set(&key, &kind.unwrap_or_default());
    }

    pub(super) fn set_parameter(&mut self, parameter: &Parameter) {
        // A name alone is switched on.
        let on = Tokens::read("true");
        let value = Some(&parameter.value).filter(|value| !value.is_empty());
        self.set(
            &format!("parameter {}", parameter.name),
            value.unwrap_or(&on),
        );
    }

    pub(super) fn reset_parameter(&mut self, parameter: &Parameter) {
        let nothing = Tokens::default();
        self.set(&format!("parameter {}", parameter.name), &nothing);
    }

    /// What the statement that makes an object sets on it.
    pub(super) fn set_at_birth(&mut self, kind: ObjectKind, definition: &Tokens) {
        match kind {
            ObjectKind::Sequence => sequence(self, definition),
            ObjectKind::Policy => policy(self, definition),
            ObjectKind::Trigger => {
                let when = clause(definition, &["when"]);
                self.set("condition", &when);
            }
            ObjectKind::Type => {
                let mut cursor = Cursor::of(definition);
                if cursor.eat(&["as"]) && cursor.text() == "(" {
                    for mut part in cursor.parenthesised().unwrap_or_default() {
                        if let Some(name) = part.identifier() {
                            self.attribute(&name, Some(part));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// The storage parameters behind the columns of a new table.
    pub(super) fn set_parameters(&mut self, statement: Statement<'_>) {
        let Some(mut with) = Cursor::new(statement).finds(&["with"]) else {
            return;
        };
        with.advance();
        for parameter in parameters(&mut with).unwrap_or_default() {
            self.set_parameter(&parameter);
        }
    }
}

/// Options of a sequence that are not the usual ones.
fn sequence(object: &mut Object, options: &Tokens) {
    let mut cursor = Cursor::of(options);
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
                object.set(&format!("option {option}"), &Tokens::read(&value));
                if !no {
                    cursor.advance();
                }
            }
            "cycle" => object.set("option cycle", &Tokens::read(if no { "" } else { "true" })),
            _ => {}
        }
    }
}

/// What a policy demands of rows, and of new ones.
fn policy(object: &mut Object, definition: &Tokens) {
    for (what, words) in [
        ("condition", &["using"][..]),
        ("condition of new rows", &["with", "check"]),
    ] {
        let found = clause(definition, words);
        if !found.is_empty() {
            object.set(what, &found);
        }
    }
    if let Some(to) = Cursor::of(definition).finds(&["to"]) {
        let mut to = to;
        to.advance();
        let mut roles = Vec::new();
        while let Some(role) = to.identifier() {
            roles.push(role);
            if !to.eat_text(",") {
                break;
            }
        }
        roles.sort();
        let is_usual = roles == ["public"];
        let roles = if is_usual {
            String::new()
        } else {
            roles.join(" ")
        };
        object.set("roles", &Tokens::read(&roles));
    }
}
