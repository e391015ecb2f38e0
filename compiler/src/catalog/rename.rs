//! New names, and everything that follows them.

use super::replay::uses;
use super::{Catalog, Key, Object, PARTS_OF_TABLE};
use crate::action::ObjectKind;
use crate::cursor::Name;

impl Catalog {
    pub(super) fn rename(&mut self, kind: ObjectKind, from: &Name, to: &str) {
        let to = Name {
            schema: from.schema.clone(),
            name: to.to_owned(),
        };
        // ALTER TABLE renames views, indexes and sequences, too.
        let kinds: &[ObjectKind] = match kind {
            ObjectKind::Table => &[
                ObjectKind::Table,
                ObjectKind::View,
                ObjectKind::MaterializedView,
                ObjectKind::Index,
                ObjectKind::Sequence,
            ],
            _ => &[kind],
        };
        let found = kinds
            .iter()
            .find(|kind| self.objects.contains_key(&Key::whole(**kind, from)));
        if found.is_none() && kinds.contains(&ObjectKind::Index) {
            // The index of a constraint has its name, and is renamed with it.
            let mut keys = self.objects.keys();
            let has_name = |key: &&Key| key.kind == ObjectKind::Constraint && key.part == from.name;
            if let Some(constraint) = keys.find(has_name).cloned() {
                self.move_part(
                    ObjectKind::Constraint,
                    &constraint.name,
                    &from.name,
                    &to.name,
                );
                return;
            }
        }
        if kind == ObjectKind::Schema {
            self.rename_schema(&from.name, &to.name);
        }
        for key in self.columns_of_type(kind, from) {
            self.change(&key, |object| {
                if let Some(of_type) = &mut object.type_name {
                    of_type.name = if of_type.name == from.name {
                        to.name.clone()
                    } else {
                        to.shown()
                    };
                }
            });
        }
        if kind == ObjectKind::Function {
            let triggers = self.objects.iter().filter(|(key, object)| {
                key.kind == ObjectKind::Trigger && object.definition.names_in_code(&from.name)
            });
            let triggers: Vec<Key> = triggers.map(|(key, _)| key.clone()).collect();
            for key in triggers {
                self.change(&key, |object| {
                    object.definition = object.definition.renamed(&from.name, &to.name);
                });
            }
        }
        self.move_whole(found.copied().unwrap_or(kind), from, &to);
    }

    /// Columns have their types by number, and follow them under another name.
    pub(super) fn columns_of_type(&self, kind: ObjectKind, name: &Name) -> Vec<Key> {
        if kind != ObjectKind::Type && kind != ObjectKind::Domain {
            return Vec::new();
        }
        let columns = self
            .objects
            .iter()
            .filter(|(key, _)| key.kind == ObjectKind::Column);
        let is_it = |object: &Object| {
            let of_type = object.type_name.as_ref();
            of_type.is_some_and(|it| it.name == name.name || it.name == name.shown())
        };
        let found = columns.filter(|(_, object)| is_it(object));
        found.map(|(key, _)| key.clone()).collect()
    }

    /// Also in the defaults of columns, which have it by number.
    pub(super) fn rename_value(&mut self, name: &Name, from: &str, to: &str) {
        self.move_part(ObjectKind::Value, name, from, to);
        for key in self.columns_of_type(ObjectKind::Type, name) {
            self.change(&key, |object| {
                if let Some(default) = &mut object.default {
                    *default = default.with_value(from, to);
                }
            });
        }
    }

    /// Everything in a schema, under its new name.
    fn rename_schema(&mut self, from: &str, to: &str) {
        let inside = self.objects.keys().filter(|key| key.part.is_empty());
        let inside = inside.filter(|key| key.kind != ObjectKind::Schema && key.name.schema == from);
        let inside: Vec<Key> = inside.cloned().collect();
        for key in inside {
            let moved = Name {
                schema: to.to_owned(),
                name: key.name.name.clone(),
            };
            self.move_whole(key.kind, &key.name, &moved);
        }
    }

    /// What is defined by the column follows it.
    pub(super) fn rename_column(&mut self, table: &Name, from: &str, to: &str) {
        self.move_part(ObjectKind::Column, table, from, to);
        let mut dependent = self.keys_of(&[ObjectKind::Constraint], table);
        dependent.extend(self.belonging_to(table));
        dependent.retain(|key| self.object(key).is_some_and(|object| uses(object, from)));
        for key in dependent {
            self.change(&key, |object| {
                object.definition = object.definition.renamed(from, to);
                let columns = object.shape.iter_mut().flat_map(|shape| &mut shape.columns);
                columns
                    .filter(|column| *column == from)
                    .for_each(|column| to.clone_into(column));
            });
        }
    }

    pub(super) fn move_part(&mut self, kind: ObjectKind, table: &Name, from: &str, to: &str) {
        if let Some(object) = self.take(&Key::part(kind, table, from)) {
            self.put(Key::part(kind, table, to), object);
        }
    }

    /// An object with all that belongs to it.
    pub(super) fn move_whole(&mut self, kind: ObjectKind, from: &Name, to: &Name) {
        let mut moved = self.keys_of(&[kind], from);
        match kind {
            ObjectKind::Table => moved.extend(self.keys_of(&PARTS_OF_TABLE, from)),
            ObjectKind::Type => moved.extend(self.keys_of(&[ObjectKind::Value], from)),
            _ => {}
        }
        for key in moved {
            if let Some(object) = self.take(&key) {
                self.put(
                    Key {
                        name: to.clone(),
                        ..key
                    },
                    object,
                );
            }
        }
        for key in self.belonging_to(from) {
            self.change(&key, |object| object.on = Some(to.clone()));
        }
        let heirs: Vec<Key> = self.heirs(from).cloned().collect();
        for key in heirs {
            self.change(&key, |object| {
                let parents = object.parents.iter_mut().filter(|parent| *parent == from);
                parents.for_each(|parent| parent.clone_from(to));
            });
        }
        let leading: Vec<Key> = self.foreign_keys_to(from).cloned().collect();
        for key in leading {
            self.change(&key, |object| {
                let shape = object.shape.iter_mut();
                shape.for_each(|shape| shape.references = Some(to.clone()));
            });
        }
    }
}
