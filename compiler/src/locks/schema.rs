//! Every statement but `ALTER TABLE` and those that change rows: long, because each command
//! has its row here.

use super::domains;
use super::relatives::{is_relation, partitions, referenced, referenced_by, referencing};
use super::{LockMode, RowAccess, Taker};
use crate::action::{Action, Create, CreateIndex, CreateTable, Drop, ObjectKind};
use crate::catalog::Key;
use crate::cursor::{Cursor, Name};
use crate::partition::Bound;
use crate::statement::Statement;

impl Taker<'_> {
    pub(super) fn statement(&mut self, action: &Action) {
        match action {
            Action::CreateTable(create) => self.create_table(create),
            Action::AlterTable { table, changes, .. } if self.is_table(table) => {
                self.alter_table(table, changes);
            }
            Action::CreateIndex(index) => self.create_index(index),
            Action::Create(create) => self.create(create),
            Action::Drop(drop) => self.drop(drop),
            Action::Rename { kind, from, .. } => {
                let is_table = *kind == ObjectKind::Table && self.is_table(from);
                if is_table || matches!(kind, ObjectKind::View | ObjectKind::MaterializedView) {
                    self.take(from, LockMode::AccessExclusive, RowAccess::None);
                }
            }
            Action::Data(data) => self.data(data),
            Action::Refresh { concurrently, view } => self.refresh(view, *concurrently),
            _ => self.other(),
        }
    }

    /// `ALTER TABLE` may name an index or a sequence.
    fn is_table(&self, name: &Name) -> bool {
        let others = [ObjectKind::Index, ObjectKind::Sequence].into_iter();
        others
            .into_iter()
            .all(|kind| self.catalog.object(&Key::whole(kind, name)).is_none())
    }

    fn create_table(&mut self, create: &CreateTable) {
        if let Some(parent) = &create.parent {
            self.take(parent, LockMode::AccessExclusive, RowAccess::None);
            if let Some(bound) = Bound::of(self.statement) {
                self.read_default_partition(parent, &bound);
            }
        }
        let inline = create.columns.iter().flat_map(|column| &column.inline);
        let keys = inline.chain(&create.constraints);
        for other in keys.filter_map(|key| referenced(key.shape.as_ref())) {
            // A reference to itself is made with it.
            if *other != create.table {
                self.take(other, LockMode::ShareRowExclusive, RowAccess::None);
            }
        }
        for parent in &create.inherits {
            self.take(parent, LockMode::ShareUpdateExclusive, RowAccess::None);
        }
        let mut cursor = Cursor::new(self.statement);
        while !cursor.is_at_end() && cursor.text() != "(" {
            cursor.advance();
        }
        for mut part in cursor.parenthesised().unwrap_or_default() {
            if part.eat(&["like"])
                && let Some(model) = part.name()
            {
                self.take(&model, LockMode::AccessShare, RowAccess::None);
            }
        }
        self.read_all(self.statement);
    }

    fn create_index(&mut self, index: &CreateIndex) {
        let mode = if index.concurrently {
            LockMode::ShareUpdateExclusive
        } else {
            LockMode::Share
        };
        if Cursor::new(self.statement).finds(&["on", "only"]).is_some() {
            self.take(&index.table, mode, RowAccess::None);
        } else {
            self.take_with_partitions(&index.table, mode, RowAccess::Scan);
        }
    }

    fn create(&mut self, create: &Create) {
        match (create.kind, &create.on) {
            (ObjectKind::Trigger, Some(table)) => {
                self.take_with_partitions(table, LockMode::ShareRowExclusive, RowAccess::None);
            }
            (ObjectKind::Policy | ObjectKind::Rule, Some(table)) => {
                self.take(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::View | ObjectKind::MaterializedView, _) => {
                if create.replace && self.is_there(create.kind, &create.name) {
                    self.take(&create.name, LockMode::AccessExclusive, RowAccess::None);
                }
                self.read_all(self.statement);
            }
            // An extension's script may do anything, but has no table of ours to do it to.
            _ => {}
        }
    }

    fn is_there(&self, kind: ObjectKind, name: &Name) -> bool {
        self.catalog.object(&Key::whole(kind, name)).is_some()
    }

    fn drop(&mut self, drop: &Drop) {
        match (drop.kind, &drop.on) {
            (ObjectKind::Trigger, Some(table)) => {
                self.take_with_partitions(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::Policy | ObjectKind::Rule, Some(table)) => {
                self.take(table, LockMode::AccessExclusive, RowAccess::None);
            }
            (ObjectKind::Table, _) => drop
                .names
                .iter()
                .for_each(|name| self.drop_table(name, drop)),
            (ObjectKind::View | ObjectKind::MaterializedView, _) => {
                for name in &drop.names {
                    self.take(name, LockMode::AccessExclusive, RowAccess::None);
                }
                self.locks.is_incomplete |= drop.cascade;
            }
            (ObjectKind::Index, _) => {
                let concurrently = self.statement.finds_word("concurrently");
                let mode = if concurrently {
                    LockMode::ShareUpdateExclusive
                } else {
                    LockMode::AccessExclusive
                };
                drop.names
                    .iter()
                    .for_each(|name| self.take_table_of(name, mode, RowAccess::None));
            }
            // What depends on them is known to the server only.
            _ => self.locks.is_incomplete |= drop.cascade,
        }
    }

    /// A foreign key has triggers on both its tables, which go with it.
    fn drop_table(&mut self, table: &Name, drop: &Drop) {
        self.take(table, LockMode::AccessExclusive, RowAccess::None);
        let object = self.catalog.table(table);
        if let Some(parent) = object.and_then(|object| object.on.as_ref()) {
            self.take(parent, LockMode::AccessExclusive, RowAccess::None);
            // What it may hold is more from here on.
            if let Some(default) = self.catalog.default_partition(parent).cloned() {
                self.take(&default, LockMode::AccessExclusive, RowAccess::None);
            }
        }
        for gone in [vec![table.clone()], partitions(self.catalog, table)].concat() {
            self.take(&gone, LockMode::AccessExclusive, RowAccess::None);
            for other in referenced_by(self.catalog, &gone) {
                self.take(&other, LockMode::AccessExclusive, RowAccess::None);
            }
            if drop.cascade {
                for (other, _) in referencing(self.catalog, &gone) {
                    self.take(other, LockMode::AccessExclusive, RowAccess::None);
                }
            }
        }
        // Views on it are dropped too, and nobody knows here which they are.
        self.locks.is_incomplete |= drop.cascade;
    }

    fn refresh(&mut self, view: &Name, concurrently: bool) {
        let mode = if concurrently {
            LockMode::Exclusive
        } else {
            LockMode::AccessExclusive
        };
        let work = if concurrently {
            RowAccess::Scan
        } else {
            RowAccess::Rewrite
        };
        self.take(view, mode, work);
        if let Some(object) = self
            .catalog
            .object(&Key::whole(ObjectKind::MaterializedView, view))
        {
            self.read_kept(&object.definition);
        }
    }

    /// The table of an index.
    fn take_table_of(&mut self, index: &Name, mode: LockMode, work: RowAccess) {
        let object = self.catalog.object(&Key::whole(ObjectKind::Index, index));
        match object.and_then(|object| object.on.as_ref()) {
            Some(table) => self.take_with_partitions(table, mode, work),
            None => self.locks.is_incomplete = true,
        }
    }

    /// Statements that the catalog does not ask about.
    fn other(&mut self) {
        let mut cursor = Cursor::new(self.statement);
        let first = cursor.text().to_ascii_lowercase();
        match first.as_str() {
            "select" | "with" | "table" => {
                self.query();
                self.locks.is_incomplete |= calls(self.statement);
            }
            "copy" => self.copy(cursor),
            "lock" => self.lock(cursor),
            "grant" | "revoke" => self.grant(&cursor),
            "comment" => self.comment(cursor),
            "vacuum" | "analyze" | "cluster" | "reindex" => self.maintain(&first, cursor),
            "do" | "call" | "execute" | "explain" | "reassign" => self.locks.is_incomplete = true,
            "alter" => {
                cursor.advance();
                self.alter(cursor);
            }
            "create" => {
                cursor.advance();
                self.create_other(cursor);
            }
            "drop" => {
                self.locks.is_incomplete |=
                    self.statement.finds_word("cascade") || self.statement.is(1, "owned");
            }
            _ => {}
        }
    }

    /// Since PostgreSQL 18 the table is looked up under a lock.
    fn grant(&mut self, cursor: &Cursor<'_>) {
        let Some(mut cursor) = cursor.finds(&["on"]) else {
            return;
        };
        cursor.advance();
        cursor.eat(&["table"]);
        while let Some(table) = cursor
            .name()
            .filter(|table| is_relation(self.catalog, table))
        {
            self.take(&table, LockMode::AccessShare, RowAccess::None);
            if !cursor.eat_text(",") {
                break;
            }
        }
    }

    fn lock(&mut self, mut cursor: Cursor<'_>) {
        cursor.advance();
        cursor.eat(&["table"]);
        let mode = cursor.finds(&["in"]).and_then(lock_mode);
        let mode = mode.unwrap_or(LockMode::AccessExclusive);
        loop {
            let only = cursor.eat(&["only"]);
            let Some(table) = cursor.name() else { break };
            if only {
                self.take(&table, mode, RowAccess::None);
            } else {
                self.take_with_children(&table, mode, RowAccess::None);
            }
            cursor.eat_text("*");
            if !cursor.eat_text(",") {
                break;
            }
        }
    }

    /// `COMMENT ON TABLE`, `COLUMN`, or anything `ON` a table.
    fn comment(&mut self, mut cursor: Cursor<'_>) {
        cursor.advance();
        cursor.eat(&["on"]);
        let mode = LockMode::ShareUpdateExclusive;
        let whole = cursor.eat(&["table"])
            || cursor.eat(&["view"])
            || cursor.eat(&["materialized", "view"])
            || cursor.eat(&["foreign", "table"]);
        if whole {
            if let Some(table) = cursor.name() {
                self.take(&table, mode, RowAccess::None);
            }
        } else if cursor.eat(&["column"]) {
            if let Some(table) = table_of_column(cursor) {
                self.take(&table, mode, RowAccess::None);
            }
        } else if ["constraint", "trigger", "policy", "rule"]
            .iter()
            .any(|word| cursor.eat(&[word]))
        {
            cursor.advance();
            let is_domain = cursor.sees(&["on", "domain"]);
            if cursor.eat(&["on"])
                && !is_domain
                && let Some(table) = cursor.name()
            {
                self.take(&table, LockMode::AccessShare, RowAccess::None);
            }
        }
    }

    /// `VACUUM`, `ANALYZE`, `CLUSTER` and `REINDEX` of tables that are named.
    fn maintain(&mut self, command: &str, mut cursor: Cursor<'_>) {
        cursor.advance();
        let options = cursor.parenthesised().unwrap_or_default();
        let has = |word: &str| options.iter().any(|option| option.is_on(word));
        let mut full = has("full");
        let mut concurrently = has("concurrently");
        for word in ["full", "freeze", "verbose", "analyze"] {
            full |= cursor.eat(&[word]) && word == "full";
        }
        if command == "reindex" {
            let is_index = cursor.eat(&["index"]);
            let is_table = cursor.eat(&["table"]);
            concurrently |= cursor.eat(&["concurrently"]);
            let mode = if concurrently {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::Share
            };
            match cursor.name() {
                Some(index) if is_index => self.take_table_of(&index, mode, RowAccess::Scan),
                Some(table) if is_table => self.take_with_partitions(&table, mode, RowAccess::Scan),
                _ => self.locks.is_incomplete = true,
            }
            return;
        }
        let (mode, work) = match command {
            "cluster" => (LockMode::AccessExclusive, RowAccess::Rewrite),
            _ if full => (LockMode::AccessExclusive, RowAccess::Rewrite),
            "vacuum" => (LockMode::ShareUpdateExclusive, RowAccess::Scan),
            _ => (LockMode::ShareUpdateExclusive, RowAccess::None),
        };
        // Without a name every table is meant.
        self.locks.is_incomplete |= cursor.is_at_end();
        while let Some(table) = cursor.name() {
            self.take_with_partitions(&table, mode, work);
            cursor.parenthesised();
            if !cursor.eat_text(",") {
                break;
            }
        }
    }

    fn alter(&mut self, mut cursor: Cursor<'_>) {
        let strong = LockMode::AccessExclusive;
        if cursor.eat(&["index"]) {
            let parent = cursor.name();
            if let (Some(parent), true) = (parent, cursor.eat(&["attach", "partition"])) {
                for index in [Some(parent), cursor.name()].into_iter().flatten() {
                    if let Some(table) = self.catalog.table_of_index(&index) {
                        self.take(table, LockMode::AccessShare, RowAccess::None);
                    }
                }
            }
            return;
        }
        let is_view = cursor.eat(&["view"]) || cursor.eat(&["materialized", "view"]);
        if is_view {
            cursor.if_exists();
            if let Some(view) = cursor.name() {
                self.take(&view, strong, RowAccess::None);
            }
        } else if ["policy", "trigger", "rule"]
            .iter()
            .any(|word| cursor.eat(&[word]))
        {
            cursor.if_exists();
            cursor.advance();
            if cursor.eat(&["on"])
                && let Some(table) = cursor.name()
            {
                self.take(&table, strong, RowAccess::None);
            }
        } else {
            if cursor.eat(&["domain"]) {
                return self.alter_domain(cursor);
            }
            self.locks.is_incomplete |= ["extension", "publication"]
                .iter()
                .any(|word| cursor.eat(&[word]));
        }
    }

    /// The columns of a domain are looked up and read, where existing values must be right.
    fn alter_domain(&mut self, mut cursor: Cursor<'_>) {
        let Some(domain) = cursor.name() else { return };
        let not_valid = cursor.finds(&["not", "valid"]).is_some();
        let is_read = cursor.sees(&["add"]) && !not_valid
            || cursor.sees(&["validate"])
            || cursor.sees(&["set", "not", "null"]);
        for table in domains::tables(self.catalog, &domain) {
            if is_read {
                self.take_with_children(&table, LockMode::Share, RowAccess::Scan);
                if self.catalog.is_partitioned(&table) {
                    self.locks.tables.retain(|taken| taken.table != table);
                }
            }
        }
        // Those of arrays of it, and of types with such a part, too.
        self.locks.is_incomplete |= is_read || cursor.finds(&["cascade"]).is_some();
    }

    fn create_other(&mut self, mut cursor: Cursor<'_>) {
        if cursor.eat(&["statistics"]) {
            self.each_table(&cursor, "from");
        } else if cursor.eat(&["publication"]) {
            self.each_table(&cursor, "table");
        }
    }

    /// The tables of a list behind a word.
    fn each_table(&mut self, cursor: &Cursor<'_>, word: &str) {
        let Some(mut cursor) = cursor.finds(&[word]) else {
            return;
        };
        cursor.advance();
        while let Some(table) = cursor.name() {
            self.take(&table, LockMode::ShareUpdateExclusive, RowAccess::None);
            if !cursor.eat_text(",") {
                break;
            }
        }
    }
}

/// `IN … MODE`.
fn lock_mode(mut cursor: Cursor<'_>) -> Option<LockMode> {
    cursor.advance();
    let mut words = Vec::new();
    while !cursor.sees(&["mode"]) {
        words.push(cursor.identifier()?);
    }
    let said = words.join(" ").to_ascii_uppercase();
    LockMode::ALL.into_iter().find(|mode| mode.words() == said)
}

/// `table.column` or `schema.table.column`.
fn table_of_column(mut cursor: Cursor<'_>) -> Option<Name> {
    let mut parts = vec![cursor.identifier()?];
    while cursor.eat_text(".") {
        parts.push(cursor.identifier()?);
    }
    parts.pop()?;
    let name = parts.pop()?;
    Some(match parts.pop() {
        Some(schema) => Name { schema, name },
        None => Name::unqualified(&name),
    })
}

/// Whether a query calls functions, which may do anything.
fn calls(statement: Statement<'_>) -> bool {
    matches!(crate::grammar::read(statement), Action::Opaque)
}
