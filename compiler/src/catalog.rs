//! The schema as the migrations make it, replayed statement by statement without a
//! server.
//!
//! A flat map: a column or a constraint is an object beside its table. Every change is
//! journalled, so that a down script can be tried and taken back. What cannot be read
//! makes names unknown, and about an unknown name nothing is said.

use std::collections::BTreeMap;

use crate::action::{
    Action, Change, ChangeKind, Column, Constraint, ConstraintKind, Create, CreateIndex,
    CreateTable, Drop, Kind,
};
use crate::cursor::Name;
use crate::lexer::{TokenKind, dollar_body, tokens};
use crate::statement::Statement;

/// Names an object.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its name, or that of the table or type it belongs to.
    pub name: Name,
    /// The name of a column, constraint, trigger, policy, rule or enum value; else empty.
    pub part: String,
}

/// What is known of an object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Object {
    /// The version of the migration that made it.
    pub born: u64,
    /// What it is, normalised; of a column its type.
    pub definition: String,
    /// A column that holds no NULL.
    pub not_null: bool,
    /// A column's default.
    pub default: Option<String>,
    /// A constraint that was not checked against the rows that were there.
    pub not_valid: bool,
    /// The table that an index belongs to, or a partition.
    pub on: Option<Name>,
    /// A table with columns that are not written out.
    pub has_more: bool,
}

/// The schema at one moment.
#[derive(Debug, Default)]
pub struct Catalog {
    objects: BTreeMap<Key, Object>,
    journal: Vec<(Key, Option<Object>)>,
    /// Words of code that could not be read, with the last version that had them.
    unknown: BTreeMap<String, u64>,
    /// The last version that ran code which can do anything.
    opaque: Option<u64>,
}

/// A moment to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Key {
    /// An object that stands for itself.
    pub fn whole(kind: Kind, name: &Name) -> Self {
        Self { kind, name: name.clone(), part: String::new() }
    }

    /// A part of a table or type.
    pub fn part(kind: Kind, name: &Name, part: &str) -> Self {
        Self { kind, name: name.clone(), part: part.to_owned() }
    }

    /// Such as `column email of table customer`.
    pub fn shown(&self) -> String {
        let what = match self.kind {
            Kind::Table => "table",
            Kind::Index => "index",
            Kind::View => "view",
            Kind::MaterializedView => "materialized view",
            Kind::Sequence => "sequence",
            Kind::Function => "function",
            Kind::Type => "type",
            Kind::Domain => "domain",
            Kind::Schema => "schema",
            Kind::Extension => "extension",
            Kind::Trigger => "trigger",
            Kind::Policy => "policy",
            Kind::Rule => "rule",
            Kind::Column => "column",
            Kind::Constraint => "constraint",
            Kind::Value => "value",
        };
        if self.part.is_empty() {
            format!("{what} {}", self.name.shown())
        } else {
            format!("{what} {} of {}", self.part, self.name.shown())
        }
    }
}

impl Catalog {
    /// The object, if the migrations made it.
    pub fn object(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// The table, if the migrations made it.
    pub fn table(&self, name: &Name) -> Option<&Object> {
        self.object(&Key::whole(Kind::Table, name))
    }

    /// Objects of one kind that belong to a table or type, with their names.
    pub fn parts<'a>(
        &'a self,
        kind: Kind,
        name: &'a Name,
    ) -> impl Iterator<Item = (&'a str, &'a Object)> {
        let all = self.objects.range(Key::whole(kind, name)..);
        all.take_while(move |(key, _)| key.kind == kind && key.name == *name)
            .map(|(key, object)| (key.part.as_str(), object))
    }

    /// Whether code that cannot be read may have made, changed or dropped it.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.opaque.is_some() || self.unknown.contains_key(name)
    }

    /// Whether code of this version may have.
    pub fn is_unknown_in(&self, version: u64, name: &str) -> bool {
        self.opaque == Some(version) || self.unknown.get(name) == Some(&version)
    }

    /// This moment.
    pub fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Back to an earlier moment; what is unknown stays so.
    pub fn undo_to(&mut self, mark: Mark) {
        while self.journal.len() > mark.0 {
            if let Some((key, before)) = self.journal.pop() {
                match before {
                    Some(object) => self.objects.insert(key, object),
                    None => self.objects.remove(&key),
                };
            }
        }
    }

    /// What was changed since a moment, with what it was then.
    pub fn changes_since(&self, mark: Mark) -> BTreeMap<&Key, Option<&Object>> {
        let mut changes = BTreeMap::new();
        for (key, before) in &self.journal[mark.0..] {
            changes.entry(key).or_insert(before.as_ref());
        }
        changes
    }

    /// Forgets how it came here, as far as nobody will go back.
    pub fn forget_journal(&mut self) {
        self.journal.clear();
    }

    /// Does what the statement does.
    pub fn apply(&mut self, action: &Action, statement: Statement<'_>, version: u64) {
        match action {
            Action::CreateTable(table) => self.create_table(table, version),
            Action::AlterTable { table, changes, .. } => self.alter_table(table, changes, version),
            Action::CreateIndex(index) => self.create_index(index, version),
            Action::Create(create) => self.create(create, version),
            Action::Drop(drop) => self.drop_all(drop),
            Action::Rename { kind, from, to } => self.rename(*kind, from, to),
            Action::AddValue { name, value } => {
                self.put(
                    Key::part(Kind::Value, name, value),
                    Object { born: version, ..Object::default() },
                );
            }
            Action::Opaque => self.make_unknown(statement, version),
            // Names would mean something else from here on.
            Action::Set(set) if set.name == "search_path" => self.opaque = Some(version),
            _ => {}
        }
    }

    fn put(&mut self, key: Key, object: Object) {
        let before = self.objects.insert(key.clone(), object);
        self.journal.push((key, before));
    }

    fn take(&mut self, key: &Key) -> Option<Object> {
        let before = self.objects.remove(key)?;
        self.journal.push((key.clone(), Some(before.clone())));
        Some(before)
    }

    fn change(&mut self, key: &Key, change: impl FnOnce(&mut Object)) {
        if let Some(object) = self.objects.get(key) {
            let mut object = object.clone();
            change(&mut object);
            self.put(key.clone(), object);
        }
    }

    fn create_table(&mut self, create: &CreateTable, version: u64) {
        let key = Key::whole(Kind::Table, &create.table);
        if create.temporary || create.if_not_exists && self.objects.contains_key(&key) {
            return;
        }
        let object = Object {
            born: version,
            on: create.parent.clone(),
            has_more: create.has_more,
            ..Object::default()
        };
        self.put(key, object);
        for column in &create.columns {
            self.add_column(&create.table, column, version);
        }
        for constraint in &create.constraints {
            self.add_constraint(&create.table, constraint, version);
        }
    }

    fn add_column(&mut self, table: &Name, column: &Column, version: u64) {
        let object = Object {
            born: version,
            definition: column.definition.clone(),
            not_null: column.not_null,
            default: column.default.clone(),
            ..Object::default()
        };
        self.put(Key::part(Kind::Column, table, &column.name), object);
    }

    fn add_constraint(&mut self, table: &Name, constraint: &Constraint, version: u64) {
        // The server would choose a name that is not known here.
        let Some(name) = &constraint.name else { return };
        let object = Object {
            born: version,
            definition: constraint.definition.clone(),
            not_valid: constraint.not_valid,
            ..Object::default()
        };
        self.put(Key::part(Kind::Constraint, table, name), object);
        if constraint.using_index {
            // The index has become part of the constraint and goes with it.
            let words: Vec<&str> = constraint.definition.split(' ').collect();
            let used = words.windows(3).find(|words| words[..2] == ["using", "index"]);
            if let Some(index) = used {
                let index = Name {
                    schema: table.schema.clone(),
                    name: index[2].trim_matches('"').to_owned(),
                };
                self.take(&Key::whole(Kind::Index, &index));
            }
        }
        if constraint.kind == ConstraintKind::PrimaryKey {
            let columns = constraint.definition.clone();
            let named: Vec<String> = self
                .parts(Kind::Column, table)
                .filter(|(column, _)| mentions(&columns, column))
                .map(|(column, _)| column.to_owned())
                .collect();
            for column in named {
                self.change(&Key::part(Kind::Column, table, &column), |object| {
                    object.not_null = true;
                });
            }
        }
    }

    fn create_index(&mut self, create: &CreateIndex, version: u64) {
        let Some(name) = &create.name else { return };
        // An index lives in the schema of its table.
        let key = Key::whole(
            Kind::Index,
            &Name { schema: create.table.schema.clone(), name: name.clone() },
        );
        if create.if_not_exists && self.objects.contains_key(&key) {
            return;
        }
        let object = Object {
            born: version,
            definition: create.definition.clone(),
            on: Some(create.table.clone()),
            ..Object::default()
        };
        self.put(key, object);
    }

    fn create(&mut self, create: &Create, version: u64) {
        let key = match &create.on {
            Some(table) => Key::part(create.kind, table, &create.name.name),
            None => Key::whole(create.kind, &create.name),
        };
        let exists = self.objects.get(&key);
        if create.if_not_exists && exists.is_some() {
            return;
        }
        let born = exists.filter(|_| create.replace).map_or(version, |object| object.born);
        let definition = create.definition.clone();
        self.put(key, Object { born, definition, ..Object::default() });
        for value in &create.values {
            let object = Object { born, ..Object::default() };
            self.put(Key::part(Kind::Value, &create.name, value), object);
        }
    }

    fn drop_all(&mut self, drop: &Drop) {
        for name in &drop.names {
            match (&drop.on, drop.kind) {
                (Some(table), kind) => {
                    self.take(&Key::part(kind, table, &name.name));
                }
                (None, Kind::Table) => self.drop_table(name),
                (None, Kind::Schema) => self.drop_where(|key, _| key.name.schema == name.name),
                (None, Kind::Type) => {
                    self.drop_where(|key, _| key.kind == Kind::Value && key.name == *name);
                }
                _ => {}
            }
            self.take(&Key::whole(drop.kind, name));
        }
    }

    fn drop_table(&mut self, table: &Name) {
        let of_table = [Kind::Column, Kind::Constraint, Kind::Trigger, Kind::Policy, Kind::Rule];
        self.drop_where(|key, object| {
            key.name == *table && of_table.contains(&key.kind)
                || key.kind == Kind::Index && object.on.as_ref() == Some(table)
        });
        let is_partition = |(key, object): (&Key, &Object)| {
            (key.kind == Kind::Table && object.on.as_ref() == Some(table)).then(|| key.name.clone())
        };
        let partitions: Vec<Name> = self.objects.iter().filter_map(is_partition).collect();
        for partition in partitions {
            self.drop_table(&partition);
            self.take(&Key::whole(Kind::Table, &partition));
        }
    }

    fn drop_where(&mut self, goes: impl Fn(&Key, &Object) -> bool) {
        let gone: Vec<Key> = self
            .objects
            .iter()
            .filter(|(key, object)| goes(key, object))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.take(&key);
        }
    }

    fn alter_table(&mut self, table: &Name, changes: &[Change], version: u64) {
        for change in changes {
            let column = |name: &str| Key::part(Kind::Column, table, name);
            match &change.what {
                ChangeKind::AddColumn { column: added, if_not_exists } => {
                    if !(*if_not_exists && self.objects.contains_key(&column(&added.name))) {
                        self.add_column(table, added, version);
                    }
                }
                ChangeKind::DropColumn { name, .. } => {
                    self.take(&column(name));
                    self.drop_where(|key, object| {
                        let of_table = key.kind == Kind::Constraint && key.name == *table
                            || key.kind == Kind::Index && object.on.as_ref() == Some(table);
                        of_table && mentions(&object.definition, name)
                    });
                }
                ChangeKind::SetType { column: name, definition } => {
                    let definition = definition.clone();
                    self.change(&column(name), |object| object.definition = definition);
                }
                ChangeKind::NotNull { column: name, set } => {
                    self.change(&column(name), |object| object.not_null = *set);
                }
                ChangeKind::Default { column: name, value } => {
                    let value = value.clone();
                    self.change(&column(name), |object| object.default = value);
                }
                ChangeKind::AddConstraint(constraint) => {
                    self.add_constraint(table, constraint, version);
                }
                ChangeKind::DropConstraint { name, .. } => {
                    self.take(&Key::part(Kind::Constraint, table, name));
                }
                ChangeKind::ValidateConstraint(name) => {
                    let key = Key::part(Kind::Constraint, table, name);
                    self.change(&key, |object| object.not_valid = false);
                }
                ChangeKind::RenameColumn { from, to } => {
                    self.move_part(Kind::Column, table, from, to);
                }
                ChangeKind::RenameConstraint { from, to } => {
                    self.move_part(Kind::Constraint, table, from, to);
                }
                ChangeKind::SetSchema(schema) => {
                    let to = Name { schema: schema.clone(), name: table.name.clone() };
                    self.move_whole(Kind::Table, table, &to);
                }
                ChangeKind::Other => {}
            }
        }
    }

    fn rename(&mut self, kind: Kind, from: &Name, to: &str) {
        let to = Name { schema: from.schema.clone(), name: to.to_owned() };
        // ALTER TABLE renames views, indexes and sequences, too.
        let kinds: &[Kind] = match kind {
            Kind::Table => {
                &[Kind::Table, Kind::View, Kind::MaterializedView, Kind::Index, Kind::Sequence]
            }
            _ => &[kind],
        };
        let found = kinds.iter().find(|kind| self.objects.contains_key(&Key::whole(**kind, from)));
        self.move_whole(found.copied().unwrap_or(kind), from, &to);
    }

    fn move_part(&mut self, kind: Kind, table: &Name, from: &str, to: &str) {
        if let Some(object) = self.take(&Key::part(kind, table, from)) {
            self.put(Key::part(kind, table, to), object);
        }
    }

    /// An object with all that belongs to it.
    fn move_whole(&mut self, kind: Kind, from: &Name, to: &Name) {
        let parts: &[Kind] = match kind {
            Kind::Table => &[
                Kind::Table,
                Kind::Column,
                Kind::Constraint,
                Kind::Trigger,
                Kind::Policy,
                Kind::Rule,
            ],
            Kind::Type => &[Kind::Type, Kind::Value],
            _ => &[kind],
        };
        let is_moved = |key: &Key| parts.contains(&key.kind) && key.name == *from;
        let moved: Vec<Key> = self.objects.keys().filter(|key| is_moved(key)).cloned().collect();
        for key in moved {
            if let Some(object) = self.take(&key) {
                self.put(Key { name: to.clone(), ..key }, object);
            }
        }
        if kind == Kind::Table {
            let on_it = |(key, object): (&Key, &Object)| {
                (object.on.as_ref() == Some(from)).then(|| key.clone())
            };
            let keys: Vec<Key> = self.objects.iter().filter_map(on_it).collect();
            for key in keys {
                self.change(&key, |object| object.on = Some(to.clone()));
            }
        }
    }

    /// Every word of the code becomes unknown; code that runs SQL which it makes up can
    /// do anything.
    fn make_unknown(&mut self, statement: Statement<'_>, version: u64) {
        for token in statement.tokens {
            let text = token.span.of(statement.text);
            match token.kind {
                TokenKind::DollarString => {
                    self.make_words_unknown(
                        dollar_body(statement.text, *token).of(statement.text),
                        version,
                    );
                }
                TokenKind::String => self.make_words_unknown(text.trim_matches('\''), version),
                TokenKind::Word | TokenKind::QuotedIdentifier => {
                    self.make_words_unknown(text, version);
                }
                _ => {}
            }
        }
    }

    fn make_words_unknown(&mut self, code: &str, version: u64) {
        for token in tokens(code) {
            let text = token.span.of(code);
            match token.kind {
                TokenKind::Word if text.eq_ignore_ascii_case("execute") => {
                    self.opaque = Some(version);
                }
                TokenKind::Word => {
                    self.unknown.insert(text.to_lowercase(), version);
                }
                TokenKind::QuotedIdentifier => {
                    self.unknown.insert(text.trim_matches('"').to_owned(), version);
                }
                TokenKind::String if text.len() > 2 => {
                    self.make_words_unknown(
                        text.trim_start_matches(['e', 'E']).trim_matches('\''),
                        version,
                    );
                }
                _ => {}
            }
        }
    }
}

/// Whether a normalised definition names this column.
fn mentions(definition: &str, column: &str) -> bool {
    definition.split(' ').any(|word| word.trim_matches('"') == column)
}
