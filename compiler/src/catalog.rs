//! The schema as the migrations make it, replayed statement by statement without a
//! server.
//!
//! A flat map: a column or a constraint is an object beside its table. Every change is
//! journalled, so that a down script can be tried and taken back. What cannot be read
//! makes names unknown, and about an unknown name nothing is said.

mod replay;
mod rename;

pub(crate) use replay::is_serial;

use std::collections::{BTreeMap, BTreeSet};

use crate::action::{Kind, Shape};
use crate::cursor::Name;
use crate::data_type::DataType;
use crate::span::Span;
use crate::tokens::Tokens;

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
#[allow(
    clippy::struct_excessive_bools,
    reason = "four facts that do not exclude each other"
)]
pub struct Object {
    /// The version of the migration that made it.
    pub born: u64,
    /// The statement that made it, in the up file of that migration.
    pub made_at: Option<Span>,
    /// What it is; of a column its type.
    pub definition: Tokens,
    /// A column that holds no NULL.
    pub not_null: bool,
    /// A column's default.
    pub default: Option<Tokens>,
    /// A constraint that was not checked against the rows that were there.
    pub not_valid: bool,
    /// The table that an index belongs to, or a partition.
    pub on: Option<Name>,
    /// The tables that a table inherits from.
    pub parents: Vec<Name>,
    /// A constraint in one spelling, where that can be told.
    pub shape: Option<Shape>,
    /// A column's type, where that can be told.
    pub type_name: Option<DataType>,
    /// A table with columns that are not known here.
    pub has_more_columns: bool,
    /// Known only because it was dropped.
    pub is_hearsay: bool,
}

/// The schema at one moment.
#[derive(Debug, Default)]
pub struct Catalog {
    objects: BTreeMap<Key, Object>,
    /// Indexes and partitions, by the table they belong to.
    belonging: Index,
    /// Foreign keys, by the table that they lead to.
    references: Index,
    /// Tables that inherit, by the table that they inherit from.
    heirs: Index,
    journal: Vec<(Key, Option<Object>)>,
    /// Words of code that could not be read, with the last version that had them.
    unknown: BTreeMap<String, u64>,
    /// The last version that ran code which can do anything.
    opaque: Option<u64>,
    /// The statement that is being applied.
    statement: Option<Span>,
    /// Tables that somebody else makes.
    foreign: BTreeSet<Name>,
}

/// What is tied to a table.
type Index = BTreeMap<Name, BTreeSet<Key>>;

/// What goes with its table.
const PARTS_OF_TABLE: [Kind; 5] = [
    Kind::Column,
    Kind::Constraint,
    Kind::Trigger,
    Kind::Policy,
    Kind::Rule,
];

/// A moment to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Key {
    /// An object that stands for itself.
    pub fn whole(kind: Kind, name: &Name) -> Self {
        Self {
            kind,
            name: name.clone(),
            part: String::new(),
        }
    }

    /// A part of a table or type.
    pub fn part(kind: Kind, name: &Name, part: &str) -> Self {
        Self {
            kind,
            name: name.clone(),
            part: part.to_owned(),
        }
    }

    /// Such as `column email of table customer`.
    pub fn shown(&self) -> String {
        let what = self.kind.word();
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

    /// Everything that the migrations made, by kind and name.
    pub fn objects(&self) -> impl Iterator<Item = (&Key, &Object)> {
        self.objects.iter()
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

    /// Takes notice of a table that somebody else makes.
    pub fn declare_foreign(&mut self, table: &Name) {
        self.foreign.insert(table.clone());
    }

    /// Whether somebody else makes the table.
    pub fn is_foreign(&self, table: &Name) -> bool {
        self.foreign.contains(table)
    }

    /// Takes notice of code that can do anything.
    pub fn run_code(&mut self, version: u64) {
        self.opaque = Some(version);
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
                // What was only heard of was never here.
                self.set(&key, before.filter(|before| !before.is_hearsay));
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

    fn put(&mut self, key: Key, mut object: Object) {
        // What is changed keeps the place where it was made.
        object.made_at = object.made_at.or(self.statement);
        let before = self.set(&key, Some(object));
        self.journal.push((key, before));
    }

    fn take(&mut self, key: &Key) -> Option<Object> {
        let before = self.set(key, None)?;
        self.journal.push((key.clone(), Some(before.clone())));
        Some(before)
    }

    /// What is dropped was there, or with IF EXISTS may have been, also where nobody
    /// knows who made it.
    fn take_or_hear(&mut self, key: &Key) {
        if self.take(key).is_none() {
            let object = Object {
                is_hearsay: true,
                ..Object::default()
            };
            self.journal.push((key.clone(), Some(object)));
        }
    }

    /// The one place where an object comes or goes.
    fn set(&mut self, key: &Key, object: Option<Object>) -> Option<Object> {
        let Self {
            objects,
            belonging,
            references,
            heirs,
            ..
        } = self;
        let from = objects.get(key).map_or([&[][..]; 3], Object::ties);
        let to = object.as_ref().map_or([&[][..]; 3], Object::ties);
        for ((index, from), to) in [belonging, references, heirs].into_iter().zip(from).zip(to) {
            move_key(index, key, from, to);
        }
        match object {
            Some(object) => objects.insert(key.clone(), object),
            None => objects.remove(key),
        }
    }

    /// The keys of everything that has this table's or type's name and one of the kinds.
    fn keys_of(&self, kinds: &[Kind], name: &Name) -> Vec<Key> {
        let of_kind = |kind: &Kind| {
            let (kind, all) = (*kind, self.objects.range(Key::whole(*kind, name)..));
            all.map(|(key, _)| key)
                .take_while(move |key| key.kind == kind && key.name == *name)
        };
        kinds.iter().flat_map(of_kind).cloned().collect()
    }

    /// The indexes and partitions of a table.
    pub fn belongings(&self, table: &Name) -> impl Iterator<Item = (&Key, &Object)> {
        let keys = self.belonging.get(table).into_iter().flatten();
        keys.filter_map(|key| Some((key, self.objects.get(key)?)))
    }

    /// The tables that inherit from a table.
    pub fn heirs(&self, table: &Name) -> impl Iterator<Item = &Key> {
        self.heirs.get(table).into_iter().flatten()
    }

    /// The foreign keys that lead to a table.
    pub fn foreign_keys_to(&self, table: &Name) -> impl Iterator<Item = &Key> {
        self.references.get(table).into_iter().flatten()
    }

    /// The keys of the indexes and partitions of a table.
    fn belonging_to(&self, table: &Name) -> Vec<Key> {
        self.belonging
            .get(table)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    fn change(&mut self, key: &Key, change: impl FnOnce(&mut Object)) {
        if let Some(object) = self.objects.get(key) {
            let mut object = object.clone();
            change(&mut object);
            self.put(key.clone(), object);
        }
    }
}

impl Object {
    /// The tables that it belongs to, refers to and inherits from.
    fn ties(&self) -> [&[Name]; 3] {
        let references = self
            .shape
            .as_ref()
            .map_or(&[][..], |shape| shape.references.as_slice());
        [self.on.as_slice(), references, &self.parents]
    }
}

fn move_key(index: &mut Index, key: &Key, from: &[Name], to: &[Name]) {
    if from == to {
        return;
    }
    for table in from {
        if let Some(keys) = index.get_mut(table) {
            keys.remove(key);
        }
    }
    for table in to {
        index.entry(table.clone()).or_default().insert(key.clone());
    }
}
