//! The schema as the migrations make it, replayed statement by statement without a
//! server.
//!
//! A flat map: a column or a constraint is an object beside its table. Every change is
//! journalled, so that a down script can be tried and taken back. What cannot be read
//! makes names unknown, and about an unknown name nothing is said.
//!
//! The file is long because all questions to the catalog stand here.

mod replay;
mod rename;
pub(crate) mod properties;
mod settings;
mod stars;

pub use properties::RowSecurity;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::action::Storage;
use crate::action::{ObjectKind, Shape};
use crate::cursor::{Name, TEMPORARY};
use crate::data_type::DataType;
use crate::names::LongName;
use crate::partition::{Bound, PartitionKey};
use crate::span::Span;
use crate::statement::{Names, Statement, USUAL_SCHEMA};
use crate::tokens::Tokens;

/// Names an object.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name, or that of the table or type it belongs to.
    pub name: Name,
    /// The name of a column, constraint, trigger, policy, rule or enum value; else empty.
    pub part: String,
}

/// What is known of an object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "five facts that do not exclude each other"
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
    /// Where a table's rows are.
    pub storage: Storage,
    /// How a table keeps its rows, where it says so.
    pub access_method: Option<String>,
    /// By what a table is partitioned, if it is.
    pub partition_key: Option<PartitionKey>,
    /// What a partition holds.
    pub bound: Option<Bound>,
    /// How many checks a domain has.
    pub checks: usize,
    /// A table with columns that are not known here.
    pub has_more_columns: bool,
    /// An index that lets no two rows be equal.
    pub is_unique: bool,
    /// What `COMMENT` says of it.
    pub comment: Option<String>,
    /// Whether a table has row security.
    pub row_security: RowSecurity,
    /// What was granted on it: role and privilege.
    pub privileges: BTreeSet<(String, String)>,
    /// What is set on it word by word, where that is not the usual.
    pub settings: BTreeMap<String, Tokens>,
    /// The functions of its name, by the types of their arguments; none where these are not known.
    pub overloads: BTreeMap<String, Tokens>,
    /// Of two columns of a table the one that was added later has the greater number.
    pub ordinal: usize,
    /// What each `*` of a view's query stood for when it was made, where that can be told.
    pub stars: Vec<Option<Vec<String>>>,
    /// Known only because it was dropped.
    pub is_hearsay: bool,
    /// Then: dropped with IF EXISTS, so that it may never have been there.
    pub is_doubtful: bool,
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
    /// Where names without a schema are looked up, and where each file begins to.
    path: Vec<String>,
    first_path: Vec<String>,
    /// How many columns were made so far.
    columns_made: usize,
    /// Something was made for the session alone.
    has_temporary: bool,
    /// Privileges come and go in ways that are not followed.
    has_defaults: bool,
    /// Names that the server cuts off, by what it keeps of them: the first, and the version that has it.
    long_names: BTreeMap<String, (LongName, u64)>,
}

/// What is tied to a table.
type Index = BTreeMap<Name, BTreeSet<Key>>;

/// What goes with its table.
const PARTS_OF_TABLE: [ObjectKind; 5] = [
    ObjectKind::Column,
    ObjectKind::Constraint,
    ObjectKind::Trigger,
    ObjectKind::Policy,
    ObjectKind::Rule,
];

/// A moment to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Key {
    /// An object that stands for itself.
    pub fn whole(kind: ObjectKind, name: &Name) -> Self {
        Self {
            kind,
            name: name.clone(),
            part: String::new(),
        }
    }

    /// A part of a table or type.
    pub fn part(kind: ObjectKind, name: &Name, part: &str) -> Self {
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
        self.object(&Key::whole(ObjectKind::Table, name))
    }

    /// Whether the table is partitioned, so that its rows are in its partitions.
    pub fn is_partitioned(&self, table: &Name) -> bool {
        self.table(table)
            .is_some_and(|table| table.partition_key.is_some())
    }

    /// Whether the rows of the table are on another server.
    pub fn is_foreign_table(&self, table: &Name) -> bool {
        self.table(table)
            .is_some_and(|table| table.storage == Storage::Foreign)
    }

    /// The partition that holds what no other one does.
    pub fn default_partition(&self, table: &Name) -> Option<&Name> {
        let mut partitions = self.belongings(table);
        let found = partitions.find(|(_, object)| object.bound == Some(Bound::Default));
        found.map(|(key, _)| &key.name)
    }

    /// The table of an index.
    pub fn table_of_index(&self, index: &Name) -> Option<&Name> {
        let index = self.object(&Key::whole(ObjectKind::Index, index))?;
        index.on.as_ref()
    }

    /// Objects of one kind that belong to a table or type, with their names.
    pub fn parts<'a>(
        &'a self,
        kind: ObjectKind,
        name: &'a Name,
    ) -> impl Iterator<Item = (&'a str, &'a Object)> {
        let all = self.objects.range(Key::whole(kind, name)..);
        all.take_while(move |(key, _)| key.kind == kind && key.name == *name)
            .map(|(key, object)| (key.part.as_str(), object))
    }

    /// A column of a table, which may have it from the one that it is a partition of or inherits from.
    pub fn column(&self, table: &Name, column: &str) -> Option<&Object> {
        let mut open = vec![table];
        let mut seen = BTreeSet::new();
        while let Some(table) = open.pop().filter(|table| seen.insert(*table)) {
            let own = self.object(&Key::part(ObjectKind::Column, table, column));
            if own.is_some() {
                return own;
            }
            if let Some(object) = self.table(table) {
                open.extend(object.parents.iter().chain(&object.on));
            }
        }
        None
    }

    /// All objects of one kind, by their name or that of the table or type they belong to.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = (&Name, &Object)> {
        let first = Key::whole(kind, &Name::unqualified(""));
        let all = self.objects.range(first..);
        all.take_while(move |(key, _)| key.kind == kind)
            .map(|(key, object)| (&key.name, object))
    }

    /// Whether code that cannot be read may have made, changed or dropped it.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.opaque.is_some() || self.unknown.contains_key(name)
    }

    /// An empty one, whose names are looked up along this path.
    pub fn on_path(path: &[String]) -> Self {
        Self {
            path: path.to_owned(),
            first_path: path.to_owned(),
            ..Self::default()
        }
    }

    /// A file begins: what the one before had made or set for its session is gone.
    pub fn begin_file(&mut self, version: u64) {
        self.path.clone_from(&self.first_path);
        if !std::mem::take(&mut self.has_temporary) {
            return;
        }
        let temporary = self.objects.keys().filter(|key| key.name.is_temporary());
        let temporary: Vec<Key> = temporary.cloned().collect();
        for key in &temporary {
            self.take(key);
            // In the same session it may be there still.
            self.unknown.insert(key.name.name.clone(), version);
        }
    }

    /// Whether the migrations make something in this schema, or the schema itself.
    pub fn knows_schema(&self, schema: &str) -> bool {
        schema == USUAL_SCHEMA
            || self.first_path.iter().any(|known| known == schema)
            || self.objects.keys().any(|key| {
                key.name.schema == schema
                    || *key == Key::whole(ObjectKind::Schema, &Name::unqualified(schema))
            })
    }

    /// Takes notice of the names in a statement that the server cuts off.
    pub fn remember_long_names(&mut self, statement: Statement<'_>, version: u64) {
        for name in statement.long_names() {
            let known = self.long_names.entry(name.kept.clone());
            known.or_insert((name, version));
        }
    }

    /// An earlier name of which the server keeps the same, and the version that has it.
    pub fn other_name(&self, name: &LongName) -> Option<(&LongName, u64)> {
        let (known, version) = self.long_names.get(&name.kept)?;
        (known.whole != name.whole).then_some((known, *version))
    }

    /// Takes notice of a table that somebody else makes.
    pub fn declare_foreign(&mut self, table: &Name) {
        self.foreign.insert(table.clone());
    }

    /// Whether somebody else makes the table.
    pub fn is_foreign(&self, table: &Name) -> bool {
        self.foreign.contains(table)
            || self.path.contains(&table.schema)
                && self.foreign.contains(&Name::unqualified(&table.name))
    }

    /// Takes notice of code that can do anything.
    pub fn run_code(&mut self, version: u64) {
        self.opaque = Some(version);
    }

    /// Whether code of this version may have.
    pub fn is_unknown_in(&self, version: u64, name: &str) -> bool {
        self.opaque == Some(version) || self.unknown.get(name) == Some(&version)
    }

    /// Whether code that could not be read may ever have.
    pub fn was_ever_unknown(&self, name: &str) -> bool {
        self.opaque.is_some() || self.unknown.contains_key(name)
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
    fn take_or_hear(&mut self, key: &Key, is_doubtful: bool) {
        if self.take(key).is_none() {
            let object = Object {
                is_hearsay: true,
                is_doubtful,
                ..Object::default()
            };
            self.journal.push((key.clone(), Some(object)));
        }
    }

    /// The one place where an object comes or goes.
    fn set(&mut self, key: &Key, object: Option<Object>) -> Option<Object> {
        self.has_temporary |= object.is_some() && key.name.is_temporary();
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
    fn keys_of(&self, kinds: &[ObjectKind], name: &Name) -> Vec<Key> {
        let of_kind = |kind: &ObjectKind| {
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

impl Names for Catalog {
    fn schema_of(&self, name: &str) -> &str {
        let is_in = |schema: &str| {
            let name = Name {
                schema: schema.to_owned(),
                name: name.to_owned(),
            };
            let mut keys = IN_SCHEMAS.iter().map(|kind| Key::whole(*kind, &name));
            keys.any(|key| self.objects.contains_key(&key))
        };
        if self.has_temporary && is_in(TEMPORARY) {
            return TEMPORARY;
        }
        match &self.path[..] {
            [_, _, ..] => self.path.iter().find(|schema| is_in(schema)),
            _ => None,
        }
        .map_or(self.schema_of_new(), |schema| schema)
    }

    fn schema_of_new(&self) -> &str {
        self.path.first().map_or(USUAL_SCHEMA, |schema| schema)
    }
}

/// What is looked up along the search path.
const IN_SCHEMAS: [ObjectKind; 8] = [
    ObjectKind::Table,
    ObjectKind::View,
    ObjectKind::MaterializedView,
    ObjectKind::Sequence,
    ObjectKind::Index,
    ObjectKind::Type,
    ObjectKind::Domain,
    ObjectKind::Function,
];

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
