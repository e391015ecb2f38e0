//! What is set on objects word by word: storage parameters, options of a sequence, attributes of a
//! type, whether a trigger fires, what a policy demands.

use super::{Catalog, Key, Object};
use crate::action::ObjectKind;
use crate::alteration::{
    Alter, Alteration, AttributeChange, attributes_at_birth, roles, sequence_options,
};
use crate::cursor::Name;
use crate::definition::clause;
use crate::form::{Form, Parameter};
use crate::tokens::Tokens;

impl Catalog {
    /// `ALTER` of what is no table.
    pub(super) fn alter(&mut self, alter: &Alter) {
        let whole = Key::whole(alter.kind, &alter.name);
        match (alter.kind, &alter.what, &alter.on) {
            (ObjectKind::Sequence, ..) => self.change(&whole, |object| {
                object.set_sequence(&alter.definition);
            }),
            (_, Alteration::Domain(change), _) => self.alter_domain(&alter.name, change),
            (_, Alteration::Attributes(changes), _) => self.change(&whole, |object| {
                for change in changes {
                    object.attribute(change);
                }
            }),
            (ObjectKind::Policy | ObjectKind::Trigger, what, Some(table)) => match what {
                Alteration::Rename(to) => self.move_part(alter.kind, table, &alter.name.name, to),
                _ => self.change(&Key::part(alter.kind, table, &alter.name.name), |object| {
                    object.set_policy(&alter.definition);
                }),
            },
            _ => {}
        }
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

    fn attribute(&mut self, change: &AttributeChange) {
        let key = |name: &str| format!("attribute {name}");
        match change {
            AttributeChange::Is { name, of_type, .. } => self.set(&key(name), of_type),
            AttributeChange::Drop(name) => _ = self.settings.remove(&key(name)),
            AttributeChange::Rename { from, to } => {
                if let Some(kept) = self.settings.remove(&key(from)) {
                    self.settings.insert(key(to), kept);
                }
            }
        }
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
            ObjectKind::Sequence => self.set_sequence(definition),
            ObjectKind::Policy => self.set_policy(definition),
            ObjectKind::Trigger => {
                let when = clause(definition, &["when"]);
                self.set("condition", &when);
            }
            ObjectKind::Type => {
                for (name, of_type) in attributes_at_birth(definition) {
                    self.set(&format!("attribute {name}"), &of_type);
                }
            }
            _ => {}
        }
    }

    fn set_sequence(&mut self, options: &Tokens) {
        for (option, value) in sequence_options(options) {
            self.set(&format!("option {option}"), &value);
        }
    }

    /// What a policy demands of rows, and of new ones, and of whom.
    fn set_policy(&mut self, definition: &Tokens) {
        for (what, words) in [
            ("condition", &["using"][..]),
            ("condition of new rows", &["with", "check"]),
        ] {
            let found = clause(definition, words);
            if !found.is_empty() {
                self.set(what, &found);
            }
        }
        if let Some(roles) = roles(definition) {
            self.set("roles", &roles);
        }
    }
}
