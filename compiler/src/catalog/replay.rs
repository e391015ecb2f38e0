//! What each action does to the catalog.
//!
//! The file is long because every kind of action has its arm here.

use super::{Catalog, Key, Object, PARTS_OF_TABLE, Storage};
use crate::action::{
    Action, Change, ChangeKind, Column, Constraint, ConstraintKind, Create, CreateIndex,
    CreateTable, Drop, ObjectKind,
};
use crate::alteration::DomainChange;
use crate::command::{Class, Command, Verb};
use crate::cursor::Name;
use crate::definition;
use crate::facts::{self, Demands};
use crate::form::Form;
use crate::grammar;
use crate::query::words_of_code;
use crate::session;
use crate::signature;
use crate::statement::Statement;
use crate::tokens::Tokens;

impl Catalog {
    /// Does what the statement does.
    pub fn apply(&mut self, action: &Action, statement: Statement<'_>, version: u64) {
        self.statement = Some(statement.span());
        match action {
            Action::CreateTable(table) => self.create_table(table, version),
            Action::AlterTable { table, changes, .. } => {
                for change in changes {
                    self.alter_table(table, change, version);
                }
            }
            Action::CreateIndex(index) => self.create_index(index, version),
            Action::Create(create) => {
                self.create(create, version);
                if create.kind == ObjectKind::Schema {
                    self.create_elements(&create.name.name, statement, version);
                }
            }
            Action::Drop(drop) => self.drop_all(drop),
            Action::Rename { kind, from, to } => self.rename(*kind, from, to),
            Action::RenameValue { name, from, to } => {
                self.rename_value(name, from, to);
            }
            Action::AddValue { name, value, .. } => {
                self.put(
                    Key::part(ObjectKind::Value, name, value),
                    Object {
                        born: version,
                        ..Object::default()
                    },
                );
            }
            Action::Opaque => self.make_unknown(statement, version),
            Action::Alter(alter) => self.alter(alter),
            // Names mean something else from here on.
            Action::Set(set) if set.name == "search_path" => {
                match session::search_path(statement) {
                    Some(path) if path.is_empty() => self.path.clone_from(&self.first_path),
                    Some(path) => self.path = path,
                    None => self.opaque = Some(version),
                }
            }
            // Who writes there changes enums.
            Action::Data(data) if data.tables.iter().any(|it| it.name == "pg_enum") => {
                self.opaque = Some(version);
            }
            Action::Comment(comment) => self.comment(comment),
            Action::Grant(grant) => self.grant(grant),
            // New objects have privileges from the start.
            Action::Other if changes_defaults(statement) => self.has_defaults = true,
            _ => {}
        }
    }

    /// What `CREATE SCHEMA` makes in the schema, statements without a semicolon between them.
    fn create_elements(&mut self, schema: &str, statement: Statement<'_>, version: u64) {
        let outside = std::mem::replace(&mut self.path, vec![schema.to_owned()]);
        for element in grammar::elements(statement) {
            let action = grammar::read(element.named_by(self));
            self.apply(&action, element, version);
        }
        self.path = outside;
    }

    fn create_table(&mut self, create: &CreateTable, version: u64) {
        let key = Key::whole(ObjectKind::Table, &create.table);
        if create.if_not_exists && self.objects.contains_key(&key) {
            return;
        }
        let mut object = Object {
            born: version,
            on: create.parent.clone(),
            parents: create.inherits.clone(),
            storage: create.storage,
            access_method: create.access_method.clone(),
            partition_key: create.partition_key.clone(),
            bound: create.bound.clone(),
            has_more_columns: create.has_more_columns,
            ..Object::default()
        };
        for parameter in &create.parameters {
            object.set_parameter(parameter);
        }
        self.put(key, object);
        for column in &create.columns {
            self.add_column(&create.table, column, version);
        }
        let inline = create.columns.iter().flat_map(|column| &column.inline);
        for constraint in inline.chain(&create.constraints) {
            self.add_constraint(&create.table, constraint, version);
        }
    }

    fn add_column(&mut self, table: &Name, column: &Column, version: u64) {
        self.columns_made += 1;
        let is_serial = facts::is_serial(&column.definition);
        let is_identity = facts::is_identity(&column.definition);
        let object = Object {
            born: version,
            ordinal: self.columns_made,
            definition: column.definition.clone(),
            type_name: column.type_name.clone(),
            not_null: column.not_null || is_serial || is_identity,
            default: if is_serial {
                Some(Tokens::read(SEQUENCE))
            } else {
                column.default.clone()
            },
            ..Object::default()
        };
        self.put(Key::part(ObjectKind::Column, table, &column.name), object);
    }

    fn add_constraint(&mut self, table: &Name, constraint: &Constraint, version: u64) {
        if let Some(column) = constraint.filled_column() {
            // A constraint by name since PostgreSQL 18, and still the column's own matter.
            if !constraint.not_valid {
                self.change(&Key::part(ObjectKind::Column, table, &column), |object| {
                    object.not_null = true;
                });
            }
            return;
        }
        let name = constraint
            .name
            .clone()
            .or_else(|| self.chosen_name(table, constraint));
        let Some(name) = name else { return };
        let object = Object {
            born: version,
            definition: constraint.definition.clone(),
            not_valid: constraint.not_valid,
            shape: constraint.shape.clone(),
            ..Object::default()
        };
        self.put(Key::part(ObjectKind::Constraint, table, &name), object);
        if let Some(name) = constraint.index() {
            // The index has become part of the constraint and goes with it.
            let index = Name {
                schema: table.schema.clone(),
                name,
            };
            self.take(&Key::whole(ObjectKind::Index, &index));
        }
        if constraint.kind == ConstraintKind::PrimaryKey {
            let columns = constraint.definition.clone();
            let named: Vec<String> = self
                .parts(ObjectKind::Column, table)
                .filter(|(column, _)| columns.names(column))
                .map(|(column, _)| column.to_owned())
                .collect();
            for column in named {
                self.change(&Key::part(ObjectKind::Column, table, &column), |object| {
                    object.not_null = true;
                });
            }
        }
    }

    /// The name that the server gives to a constraint that has none.
    fn chosen_name(&self, table: &Name, constraint: &Constraint) -> Option<String> {
        let label = definition::label(constraint.kind)?;
        let columns = match (&constraint.shape, constraint.kind) {
            (_, ConstraintKind::PrimaryKey) => Vec::new(),
            (_, ConstraintKind::Check) => {
                // The name has the column where the condition is about one only.
                let all = self
                    .parts(ObjectKind::Column, table)
                    .map(|(column, _)| column);
                let named = all.filter(|column| constraint.definition.names(column));
                let named: Vec<String> = named.map(str::to_owned).collect();
                if named.len() == 1 { named } else { Vec::new() }
            }
            (Some(shape), _) => shape.columns.clone(),
            (None, _) => return None,
        };
        self.free_name(table, &columns, label)
    }

    /// A number is added to a name that is taken.
    fn free_name(&self, table: &Name, columns: &[String], label: &str) -> Option<String> {
        let numbers =
            std::iter::once(String::new()).chain((1..100).map(|number| number.to_string()));
        numbers
            .map(|number| {
                definition::chosen_name(&table.name, columns, &format!("{label}{number}"))
            })
            .find(|name| {
                let whole = Name {
                    schema: table.schema.clone(),
                    name: name.clone(),
                };
                let taken =
                    [ObjectKind::Index, ObjectKind::Table].map(|kind| Key::whole(kind, &whole));
                !self
                    .objects
                    .contains_key(&Key::part(ObjectKind::Constraint, table, name))
                    && !taken.iter().any(|key| self.objects.contains_key(key))
            })
    }

    fn create_index(&mut self, create: &CreateIndex, version: u64) {
        let chosen = || self.free_name(&create.table, create.columns.as_deref()?, "idx");
        let Some(name) = create.name.clone().or_else(chosen) else {
            return;
        };
        // An index lives in the schema of its table.
        let key = Key::whole(
            ObjectKind::Index,
            &Name {
                schema: create.table.schema.clone(),
                name: name.clone(),
            },
        );
        // A unique constraint has an index of its own name.
        let constraint = Key::part(ObjectKind::Constraint, &create.table, &name);
        let exists = self.objects.contains_key(&key) || self.objects.contains_key(&constraint);
        if create.if_not_exists && exists {
            return;
        }
        let object = Object {
            born: version,
            definition: create.definition.clone(),
            on: Some(create.table.clone()),
            is_unique: create.is_unique,
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
        // Another function of the same name stands beside it.
        let signature =
            (create.kind == ObjectKind::Function).then(|| signature::of(&create.definition));
        let replaced = exists.filter(|_| create.replace || signature.is_some());
        let (born, made_at) =
            replaced.map_or((version, None), |object| (object.born, object.made_at));
        let mut object = Object {
            born,
            made_at,
            definition: create.definition.clone(),
            ..Object::default()
        };
        if let Some(replaced) = replaced {
            object.keep_properties(replaced);
            object.overloads.clone_from(&replaced.overloads);
        }
        object.set_at_birth(create.kind, &create.definition);
        if matches!(create.kind, ObjectKind::View | ObjectKind::MaterializedView) {
            object.stars = self.stars(&create.definition);
        }
        if let Some(signature) = signature {
            object
                .overloads
                .insert(signature, create.definition.clone());
        }
        self.put(key, object);
        if create.kind == ObjectKind::Domain {
            let demands = Demands::of(&create.definition);
            self.change(&Key::whole(ObjectKind::Domain, &create.name), |object| {
                object.not_null = demands.not_null;
                object.checks = demands.checks;
                object.default = demands.default;
            });
        }
        for value in &create.values {
            let object = Object {
                born,
                ..Object::default()
            };
            self.put(Key::part(ObjectKind::Value, &create.name, value), object);
        }
    }

    /// What a domain demands from here on.
    pub(super) fn alter_domain(&mut self, domain: &Name, change: &DomainChange) {
        self.change(
            &Key::whole(ObjectKind::Domain, domain),
            |object| match change {
                DomainChange::Add { .. } => object.checks += 1,
                DomainChange::DropConstraint => object.checks = object.checks.saturating_sub(1),
                DomainChange::SetNotNull => object.not_null = true,
                DomainChange::DropNotNull => object.not_null = false,
                DomainChange::Default(value) => object.default.clone_from(value),
                DomainChange::Validate | DomainChange::Other => {}
            },
        );
    }

    fn drop_all(&mut self, drop: &Drop) {
        for (name, signature) in drop.names.iter().zip(&drop.signatures) {
            if drop.kind == ObjectKind::Function && self.drop_overload(name, signature.as_ref()) {
                continue;
            }
            match (&drop.on, drop.kind) {
                (None, ObjectKind::Table | ObjectKind::MaterializedView) => {
                    self.drop_table(name);
                    // What leads there goes with CASCADE, or the statement fails.
                    let keys: Vec<Key> = self.foreign_keys_to(name).cloned().collect();
                    self.take_all(&keys);
                }
                (None, ObjectKind::Schema) => {
                    let inside = self
                        .objects
                        .keys()
                        .filter(|key| key.name.schema == name.name);
                    self.take_all(&inside.cloned().collect::<Vec<_>>());
                }
                (None, ObjectKind::Index) => self.take_all(&self.attached_indexes(name)),
                (None, ObjectKind::Type) => {
                    self.take_all(&self.keys_of(&[ObjectKind::Value], name));
                }
                _ => {}
            }
            if drop.cascade {
                self.take_all(&self.dependents(drop.kind, name));
            }
            let key = match &drop.on {
                Some(table) => Key::part(drop.kind, table, &name.name),
                None => Key::whole(drop.kind, name),
            };
            self.take_or_hear(&key, drop.if_exists);
        }
    }

    /// Takes one of several functions away; whether others of its name are left.
    fn drop_overload(&mut self, name: &Name, signature: Option<&String>) -> bool {
        let key = Key::whole(ObjectKind::Function, name);
        let has_others = self
            .object(&key)
            .is_some_and(|object| object.overloads.len() > 1);
        if let Some(signature) = signature.filter(|_| has_others) {
            self.change(&key, |object| {
                if object.overloads.remove(signature).is_none() {
                    // Which one it is nobody knows here.
                    object.overloads.clear();
                }
            });
            return true;
        }
        false
    }

    /// Whether it is known that the table has no such column.
    fn lacks_column(&self, table: &Name, column: &str) -> bool {
        let is_known = self
            .table(table)
            .is_some_and(|table| !table.has_more_columns);
        let is_unknown = self.is_unknown(&table.name) || self.is_unknown(column);
        let key = Key::part(ObjectKind::Column, table, column);
        is_known && !is_unknown && !self.objects.contains_key(&key)
    }

    /// The indexes of partitions that a partitioned index has taken over: those that are like it.
    fn attached_indexes(&self, index: &Name) -> Vec<Key> {
        let Some(object) = self.objects.get(&Key::whole(ObjectKind::Index, index)) else {
            return Vec::new();
        };
        let mut open: Vec<Name> = object.on.iter().cloned().collect();
        let mut found = Vec::new();
        while let Some(table) = open.pop() {
            for (key, below) in self.belongings(&table) {
                if key.kind == ObjectKind::Table {
                    open.push(key.name.clone());
                } else if key.name != *index && below.definition == object.definition {
                    found.push(key.clone());
                }
            }
        }
        if object
            .on
            .as_ref()
            .is_some_and(|table| self.is_partitioned(table))
        {
            found
        } else {
            Vec::new()
        }
    }

    /// What goes with CASCADE, as far as names tell: the triggers that call a function, and the
    /// columns of a type.
    fn dependents(&self, kind: ObjectKind, name: &Name) -> Vec<Key> {
        if kind != ObjectKind::Function {
            return self.columns_of_type(kind, name);
        }
        let triggers = self
            .objects
            .iter()
            .filter(|(key, _)| key.kind == ObjectKind::Trigger);
        let calling = triggers.filter(|(_, trigger)| trigger.definition.names(&name.name));
        calling.map(|(key, _)| key.clone()).collect()
    }

    fn drop_table(&mut self, table: &Name) {
        self.take_all(&self.keys_of(&PARTS_OF_TABLE, table));
        for key in self.belonging_to(table) {
            if key.kind == ObjectKind::Table {
                self.drop_table(&key.name);
            }
            self.take(&key);
        }
    }

    fn take_all(&mut self, keys: &[Key]) {
        for key in keys {
            self.take(key);
        }
    }

    fn alter_table(&mut self, table: &Name, change: &Change, version: u64) {
        let column = |name: &str| Key::part(ObjectKind::Column, table, name);
        match &change.what {
            ChangeKind::AddColumn {
                column: added,
                if_not_exists,
            } => {
                if !(*if_not_exists && self.objects.contains_key(&column(&added.name))) {
                    self.add_column(table, added, version);
                    for constraint in &added.inline {
                        self.add_constraint(table, constraint, version);
                    }
                }
            }
            ChangeKind::DropColumn {
                name, if_exists, ..
            } => {
                let is_absent = *if_exists && self.lacks_column(table, name);
                if !is_absent {
                    self.take_or_hear(&column(name), false);
                }
                let mut dependent = self.keys_of(&[ObjectKind::Constraint], table);
                dependent.extend(self.belonging_to(table));
                dependent.retain(|key| self.object(key).is_some_and(|object| uses(object, name)));
                self.take_all(&dependent);
            }
            ChangeKind::SetType {
                column: name,
                definition,
                type_name,
            } => {
                let (definition, type_name) = (definition.clone(), type_name.clone());
                self.change(&column(name), |object| {
                    object.definition = definition;
                    object.type_name = type_name;
                });
            }
            ChangeKind::NotNull { column: name, set } => {
                self.change(&column(name), |object| object.not_null = *set);
            }
            ChangeKind::Default {
                column: name,
                value,
            } => {
                let value = value.clone();
                self.change(&column(name), |object| object.default = value);
            }
            ChangeKind::AddConstraint(constraint) => {
                self.add_constraint(table, constraint, version);
            }
            ChangeKind::DropConstraint { name, .. } => {
                self.take_or_hear(&Key::part(ObjectKind::Constraint, table, name), false);
            }
            ChangeKind::AlterConstraint { name, options } => {
                let key = Key::part(ObjectKind::Constraint, table, name);
                self.change(&key, |object| {
                    if let Some(shape) = &mut object.shape {
                        shape.options.deferrable = options.deferrable;
                    }
                });
            }
            ChangeKind::ValidateConstraint(name) => {
                let key = Key::part(ObjectKind::Constraint, table, name);
                self.change(&key, |object| object.not_valid = false);
            }
            ChangeKind::RenameColumn { from, to } => {
                self.rename_column(table, from, to);
            }
            ChangeKind::RenameConstraint { from, to } => {
                self.move_part(ObjectKind::Constraint, table, from, to);
            }
            ChangeKind::SetSchema(schema) => {
                let to = Name {
                    schema: schema.clone(),
                    name: table.name.clone(),
                };
                self.move_whole(ObjectKind::Table, table, &to);
            }
            ChangeKind::Inherit { parent, is_set } => {
                self.change(&Key::whole(ObjectKind::Table, table), |object| {
                    object.parents.retain(|known| known != parent);
                    object.parents.extend(is_set.then(|| parent.clone()));
                });
            }
            ChangeKind::Form(form) => self.form(table, form),
        }
    }

    fn form(&mut self, table: &Name, form: &Form) {
        let own = Key::whole(ObjectKind::Table, table);
        match form {
            Form::RowSecurity(change) => self.row_security(&own, *change),
            Form::Trigger { .. } => self.set_firing(table, form),
            Form::SetParameters(parameters) => self.change(&own, |object| {
                for parameter in parameters {
                    object.set_parameter(parameter);
                }
            }),
            Form::ResetParameters(parameters) => self.change(&own, |object| {
                for parameter in parameters {
                    object.reset_parameter(parameter);
                }
            }),
            Form::Logged(is_logged) => self.change(&own, |object| {
                object.storage = if *is_logged {
                    Storage::Permanent
                } else {
                    Storage::Unlogged
                };
            }),
            Form::AccessMethod(method) => self.change(&own, |object| {
                object.access_method.clone_from(method);
            }),
            Form::Attach { partition, bound } => {
                self.change(&Key::whole(ObjectKind::Table, partition), |object| {
                    object.on = Some(table.clone());
                    object.bound.clone_from(bound);
                });
            }
            Form::Detach { partition, .. } => {
                self.change(&Key::whole(ObjectKind::Table, partition), |object| {
                    object.on = None;
                    object.bound = None;
                });
            }
            _ => {}
        }
    }

    /// Every word of the code becomes unknown; code that runs SQL which it makes up can
    /// do anything.
    fn make_unknown(&mut self, statement: Statement<'_>, version: u64) {
        for (word, executes) in words_of_code(statement) {
            if executes {
                self.opaque = Some(version);
            }
            self.unknown.insert(word, version);
        }
    }
}

/// Whether privileges come and go with it in ways that are not followed.
fn changes_defaults(statement: Statement<'_>) -> bool {
    let command = Command::of(statement);
    command.is(Verb::Alter, Class::DefaultPrivileges) || command.is(Verb::Drop, Class::Owned)
}

/// The default of a `serial` column.
const SEQUENCE: &str = "nextval ( … )";

/// Whether a constraint or an index is about this column.
pub(super) fn uses(object: &Object, column: &str) -> bool {
    match &object.shape {
        Some(shape) => shape.columns.iter().any(|used| used == column),
        None => object.definition.names(column),
    }
}
