//! What each migration is for, needs and makes, read from its text: from a directory, or from the
//! list that a program embeds.

mod header;
mod past;
mod read;
mod text;
mod json;

use std::collections::BTreeMap;

use pgstrata::Migrations;
use pgstrata_compiler::catalog::Key;
use pgstrata_compiler::locks::Locks;

pub(crate) use json::migration;
pub(crate) use past::{Failed, Happened, Past, Record, event_rows, failure_rows, record, took};
pub(crate) use text::broken;

/// All migrations of a list, described.
///
/// ```
/// # fn main() {
/// # let compiled = pgstrata_compiler::compile("../migrations".as_ref(), "migrations", pgstrata_compiler::Depth::Certain);
/// # pgstrata_tools::with_migrations(&compiled, |migrations| {
/// // `migrations` is the list that the program embeds: `&schema::MIGRATIONS`.
/// let inventory = pgstrata_tools::Inventory::of(migrations);
/// println!("{}", inventory.markdown());
/// assert!(inventory.mermaid().starts_with("flowchart LR\n"));
/// # });
/// # }
/// ```
#[derive(Debug)]
pub struct Inventory {
    pub(crate) entries: Vec<Entry>,
    /// How long the newest application took, in seconds, where a database was asked.
    pub(crate) took: Option<BTreeMap<String, f64>>,
}

/// One migration, described.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) version: u64,
    pub(crate) label: String,
    /// The first words of the up file's header.
    pub(crate) description: String,
    /// The directives of the up file, as they are written.
    pub(crate) directives: Vec<String>,
    /// The versions that the file says it requires.
    pub(crate) requires: Vec<u64>,
    /// The versions that made what it uses.
    pub(crate) uses: Vec<u64>,
    pub(crate) objects: Vec<Key>,
    /// How many rows of constants it inserts.
    pub(crate) seed_rows: usize,
    pub(crate) irreversible: Option<String>,
    pub(crate) statements: Vec<Statement>,
}

/// A statement of an up file, and what it locks of what was there before.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) line: u32,
    pub(crate) sql: String,
    pub(crate) locks: Locks,
}

impl Inventory {
    /// Reads the SQL of the list; asks no database.
    pub fn of(migrations: &Migrations<'_>) -> Self {
        Self::on_path(migrations, &[])
    }

    /// The same, with names without a schema looked up along this path.
    pub(crate) fn on_path(migrations: &Migrations<'_>, search_path: &[String]) -> Self {
        Self {
            entries: read::entries(migrations, search_path),
            took: None,
        }
    }

    /// With how long the newest application of each took.
    pub(crate) fn with_past(self, past: Past) -> Self {
        Self {
            took: Some(past),
            ..self
        }
    }

    /// The number of migrations.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A table of `width` columns, or a paragraph a migration where there is no room for one.
    pub fn text(&self, width: usize) -> String {
        text::table(self, width)
    }

    /// A table of a Markdown document.
    pub fn markdown(&self) -> String {
        text::markdown(self)
    }

    /// One document, with the format `pgstrata list 1`.
    pub fn json(&self) -> String {
        format!("{:#}\n", json::document(self))
    }
}

impl Entry {
    /// The label without the version.
    pub(crate) fn name(&self) -> &str {
        self.label
            .split_once('_')
            .map_or(&*self.label, |(_, name)| name)
    }

    /// The digits at the start of the label.
    pub(crate) fn digits(&self) -> &str {
        self.label
            .split_once('_')
            .map_or(&*self.label, |(digits, _)| digits)
    }

    /// How many objects of each kind, such as `2 tables, 1 index`.
    pub(crate) fn counts(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for key in &self.objects {
            match counts.iter_mut().find(|(word, _)| *word == key.kind.word()) {
                Some((_, count)) => *count += 1,
                None => counts.push((key.kind.word(), 1)),
            }
        }
        let counts = counts.iter().map(|(word, count)| match (*count, *word) {
            (1, word) => format!("1 {word}"),
            (count, "index") => format!("{count} indexes"),
            (count, "policy") => format!("{count} policies"),
            (count, word) => format!("{count} {word}s"),
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}
