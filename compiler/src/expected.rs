//! The objects that a database must have after a version: what a health check looks for.
//!
//! The catalog forgets what it cannot follow, which is right for rules. Here the question is
//! the other way round: what is listed must be there. So whatever a statement may have taken
//! along or renamed unseen is left out until a later one makes it anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::{Action, ChangeKind, Drop, ObjectKind};
use crate::alteration::{Alter, Alteration};
use crate::catalog::{Catalog, Key, Object};
use crate::cursor::Name;
use crate::form::Form;
use crate::grammar;
use crate::migration::Migration;
use crate::query::owns_sequence;
use crate::statement::Statement;
use crate::statement_option::StatementOptionKind;

/// What must exist once every migration up to and including `version` is applied, in the
/// order of kinds and names. Names without a schema are looked up along `search_path`, or in the
/// usual schema where it is empty.
///
/// Left out is what cannot be known from the files: objects to which the server gives a name
/// (unnamed constraints and indexes), the words of code that is not read (`DO`, functions
/// that a query calls), extensions that may be left out, sequences that belong to a column,
/// and what depended on something that was dropped with `CASCADE`. Of code that can do
/// anything, such as a migration's Rust function, nothing at all is known.
///
/// ```
/// use pgstrata_compiler::{Depth, compile, expected};
///
/// let compiled = compile("../migrations".as_ref(), "migrations", Depth::Certain);
/// let objects = expected::objects(&compiled.migrations, &compiled.settings.search_path, 1);
/// let shown: Vec<String> = objects.iter().map(|key| key.shown()).collect();
/// assert!(shown.contains(&"table workflow_executions".to_owned()));
/// ```
pub fn objects(migrations: &[Migration], search_path: &[String], version: u64) -> Vec<Key> {
    let mut replay = Replay {
        catalog: Catalog::on_path(search_path),
        ..Replay::default()
    };
    for migration in migrations
        .iter()
        .take_while(|migration| migration.version <= version)
    {
        let optional = |index: usize| {
            let mut special = migration.up.special.iter();
            special.any(|special| {
                special.statement == index
                    && matches!(special.what, StatementOptionKind::Optional { .. })
            })
        };
        replay.catalog.begin_file(migration.version);
        for (index, statement) in migration.up.statements().enumerate() {
            if !optional(index) {
                replay.statement(statement, migration.version);
            }
        }
        if migration.up.code.is_some() {
            replay.catalog.run_code(migration.version);
        }
        replay.catalog.forget_journal();
    }
    replay.known()
}

/// An object by its own name and the statement that made it: made anew, it is another one,
/// and in a table of another name still the same.
type Identity = (ObjectKind, String, u64, Option<usize>);

#[derive(Default)]
struct Replay {
    catalog: Catalog,
    /// Objects that may be gone or have another name.
    doubtful: BTreeSet<Identity>,
    /// Sequences that belong to a column and go with it.
    owned: BTreeSet<Name>,
    /// Tables with those that were attached to them or inherit from them.
    children: Vec<(Name, Name)>,
    /// What a table, type or column was called before.
    former: BTreeMap<String, BTreeSet<String>>,
}

impl Replay {
    fn statement(&mut self, statement: Statement<'_>, version: u64) {
        let action = grammar::read(statement.named_by(&self.catalog));
        if let Action::Rename { from, to, .. } = &action {
            self.rename(&from.name, to);
        }
        match &action {
            Action::Drop(drop) => self.drop(drop),
            Action::Alter(alter) => self.alter(alter),
            Action::Create(create) if owns_sequence(create.definition.statement()) => {
                self.owned.insert(create.name.clone());
            }
            Action::CreateTable(create) => {
                let parents = create.inherits.iter();
                let pairs = parents.map(|parent| (parent.clone(), create.table.clone()));
                self.children.extend(pairs);
            }
            Action::AlterTable { table, changes, .. } => {
                for change in changes {
                    self.change(table, &change.what);
                }
            }
            Action::Rename {
                kind: ObjectKind::Schema,
                from,
                ..
            } => {
                self.doubt_all(|key| key.name.schema == from.name);
            }
            // The index of a constraint, which has its name, too.
            Action::Rename {
                kind: ObjectKind::Index | ObjectKind::Table,
                from,
                ..
            } => {
                self.doubt_all(|key| {
                    key.kind == ObjectKind::Constraint
                        && key.part == from.name
                        && key.name.schema == from.schema
                });
            }
            _ => {}
        }
        self.apply(&action, statement, version);
    }

    /// The catalog gives unnamed constraints and indexes the names that the server should give
    /// them, which it may not.
    fn apply(&mut self, action: &Action, statement: Statement<'_>, version: u64) {
        let before = self.catalog.mark();
        self.catalog.apply(action, statement, version);
        let written: BTreeSet<String> = statement.identifiers().map(|(name, _)| name).collect();
        let is_guess = |key: &Key| match key.kind {
            ObjectKind::Constraint => !written.contains(&key.part),
            ObjectKind::Index => !written.contains(&key.name.name),
            _ => false,
        };
        // What is renamed was made by another statement.
        let is_new = |key: &Key| {
            let object = self.catalog.object(key);
            object.is_some_and(|it| it.born == version && it.made_at == Some(statement.span()))
        };
        let changes = self.catalog.changes_since(before).into_keys();
        let guesses: Vec<Key> = changes
            .filter(|key| is_guess(key) && is_new(key))
            .cloned()
            .collect();
        for key in &guesses {
            self.doubt(key);
        }
    }

    /// What gets another name or schema, or belongs to a column, in ways that the catalog does not follow.
    fn alter(&mut self, alter: &Alter) {
        match (&alter.what, &alter.on) {
            (Alteration::Rename(_), Some(table)) => {
                self.doubt(&Key::part(alter.kind, table, &alter.name.name));
            }
            (Alteration::Owned, None) => self.owned.extend([alter.name.clone()]),
            (Alteration::Schema, None) => {
                self.doubt_all(|key| key.name == alter.name && key.kind != ObjectKind::Table);
            }
            _ => {}
        }
    }

    fn drop(&mut self, drop: &Drop) {
        for name in &drop.names {
            for child in self.children_of(name) {
                self.doubt_table(&child);
                if drop.cascade {
                    self.doubt_dependents(&child.name);
                }
            }
            if !drop.cascade {
                continue;
            }
            match drop.kind {
                // Whatever has one of its types or calls one of its functions.
                ObjectKind::Extension => {
                    self.doubt_all(|key| {
                        !matches!(
                            key.kind,
                            ObjectKind::Table | ObjectKind::Schema | ObjectKind::Extension
                        )
                    });
                }
                ObjectKind::Schema => {
                    let inside = self.catalog.objects().map(|(key, _)| &key.name);
                    let inside = inside.filter(|inside| inside.schema == name.name);
                    let names: BTreeSet<String> =
                        inside.map(|inside| inside.name.clone()).collect();
                    for name in names {
                        self.doubt_dependents(&name);
                    }
                }
                _ => self.doubt_dependents(&name.name),
            }
        }
    }

    fn change(&mut self, table: &Name, change: &ChangeKind) {
        let (kind, part) = match change {
            ChangeKind::DropColumn { name, cascade, .. } => {
                if *cascade {
                    self.doubt_dependents(name);
                }
                (ObjectKind::Column, name)
            }
            ChangeKind::RenameColumn { from, to } => {
                self.rename(from, to);
                (ObjectKind::Column, from)
            }
            ChangeKind::DropConstraint { name, cascade, .. } => {
                // With CASCADE the foreign keys that rest on it go, too.
                if *cascade {
                    self.doubt_foreign_keys(table);
                }
                (ObjectKind::Constraint, name)
            }
            ChangeKind::RenameConstraint { from, .. } => (ObjectKind::Constraint, from),
            ChangeKind::SetSchema(_) => {
                // Its indexes have their schema in their names.
                let moved = self.catalog.belongings(table).map(|(key, _)| key.clone());
                let moved: Vec<Key> = moved.filter(|key| key.kind == ObjectKind::Index).collect();
                for key in &moved {
                    self.doubt(key);
                }
                return;
            }
            ChangeKind::Form(Form::Attach { partition, .. }) => {
                self.children.push((table.clone(), partition.clone()));
                return;
            }
            ChangeKind::Inherit {
                parent,
                is_set: true,
            } => {
                self.children.push((parent.clone(), table.clone()));
                return;
            }
            _ => return,
        };
        for child in self.children_of(table) {
            self.doubt(&Key::part(kind, &child, part));
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let mut names = self.former.get(from).cloned().unwrap_or_default();
        names.insert(from.to_owned());
        self.former.entry(to.to_owned()).or_default().extend(names);
    }

    /// Partitions, those of partitions, and what inherits.
    fn children_of(&self, table: &Name) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let mut open = vec![table.clone()];
        while let Some(table) = open.pop() {
            let partitions = self.catalog.belongings(&table);
            let partitions = partitions.filter(|(key, _)| key.kind == ObjectKind::Table);
            let partitions = partitions.map(|(key, _)| &key.name);
            let attached = self.children.iter().filter(|(parent, _)| *parent == table);
            for child in partitions.chain(attached.map(|(_, child)| child)) {
                if found.insert(child.clone()) {
                    open.push(child.clone());
                }
            }
        }
        found
    }

    /// The object, and the indexes of a table or materialized view.
    fn doubt(&mut self, key: &Key) {
        let own = self.catalog.object(key).map(|object| (key, object));
        let indexes = self
            .catalog
            .belongings(&key.name)
            .filter(|_| key.part.is_empty());
        let indexes = indexes.filter(|(index, _)| index.kind == ObjectKind::Index);
        for (key, object) in own.into_iter().chain(indexes) {
            self.doubtful.insert(identity(key, object));
        }
    }

    fn doubt_all(&mut self, is_doubtful: impl Fn(&Key) -> bool) {
        let keys: Vec<Key> = self.catalog.objects().map(|(key, _)| key.clone()).collect();
        for key in keys.iter().filter(|key| is_doubtful(key)) {
            self.doubt(key);
        }
    }

    /// A table with its columns, indexes and whatever else is its own.
    fn doubt_table(&mut self, table: &Name) {
        self.doubt_all(|key| key.name == *table);
    }

    /// Those that may refer to a table.
    fn doubt_foreign_keys(&mut self, table: &Name) {
        let names = self.names_of(&table.name);
        let is_other = |key: &Key| key.kind == ObjectKind::Constraint && key.name != *table;
        let objects = self.catalog.objects().filter(|(key, _)| is_other(key));
        let found = objects.filter(|(_, object)| {
            names
                .iter()
                .any(|name| object.definition.names_in_code(name))
        });
        let found: Vec<Key> = found.map(|(key, _)| key.clone()).collect();
        for key in &found {
            self.doubt(key);
        }
    }

    /// What it is called, and was: definitions have the names of their time.
    fn names_of(&self, name: &str) -> BTreeSet<String> {
        let former = self.former.get(name).cloned().unwrap_or_default();
        former.into_iter().chain([name.to_owned()]).collect()
    }

    /// Everything whose definition has the word, and what rests on that.
    fn doubt_dependents(&mut self, word: &str) {
        let mut seen = self.names_of(word);
        let mut open: Vec<String> = seen.iter().cloned().collect();
        while let Some(word) = open.pop() {
            let objects = self.catalog.objects();
            let dependent = objects.filter(|(_, object)| object.definition.names_in_code(&word));
            let keys: Vec<Key> = dependent.map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.doubt(&key);
                let name = if key.part.is_empty() {
                    &key.name.name
                } else {
                    &key.part
                };
                if key.kind != ObjectKind::Constraint && seen.insert(name.clone()) {
                    open.push(name.clone());
                }
            }
        }
    }

    fn known(self) -> Vec<Key> {
        let is_left_out = |key: &Key, object: &Object| {
            let of_unknown = |table: &Name| self.catalog.is_unknown(&table.name);
            key.name.is_temporary()
                || object.on.as_ref().is_some_and(of_unknown)
                || self.doubtful.contains(&identity(key, object))
                || key.kind == ObjectKind::Sequence && self.owned.contains(&key.name)
                || self.catalog.is_unknown(&key.name.name)
                || self.catalog.is_unknown(&key.part)
                || object.on.iter().any(|on| self.catalog.is_unknown(&on.name))
        };
        let objects = self.catalog.objects();
        let objects = objects.filter(|(key, object)| !is_left_out(key, object));
        objects.map(|(key, _)| key.clone()).collect()
    }
}

fn identity(key: &Key, object: &Object) -> Identity {
    let name = if key.part.is_empty() {
        &key.name.name
    } else {
        &key.part
    };
    (
        key.kind,
        name.clone(),
        object.born,
        object.made_at.map(|span| span.start),
    )
}
