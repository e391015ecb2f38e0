//! `VACUUM`, `ANALYZE`, `CLUSTER` and `REINDEX`; `LOCK` and `COPY`.

use crate::command::{Class, Command, Verb};
use crate::cursor::{Cursor, Name};

/// `VACUUM`, `ANALYZE`, `CLUSTER` or `REINDEX`.
#[derive(Clone, Debug)]
pub struct Upkeep {
    /// Which of them.
    pub verb: Verb,
    /// What `REINDEX` is about.
    pub class: Class,
    /// `VACUUM FULL`.
    pub is_full: bool,
    /// `REINDEX CONCURRENTLY`.
    pub is_concurrent: bool,
    /// Tables, or of `REINDEX` what it names; none where every table is meant.
    pub names: Vec<Name>,
    /// Nothing stands behind the options.
    pub is_for_all: bool,
}

/// `LOCK TABLE`.
#[derive(Clone, Debug)]
pub struct LockTable {
    /// The tables, each with whether it says `ONLY`.
    pub tables: Vec<(Name, bool)>,
    /// The words of `IN … MODE`, in capitals.
    pub mode: Option<String>,
}

/// `COPY`.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The table; none where a query is copied.
    pub table: Option<Name>,
    /// Into the table.
    pub is_from: bool,
}

impl Upkeep {
    pub(crate) fn read(command: &Command<'_>) -> Self {
        let mut cursor = command.name;
        let mut read = Self {
            verb: command.verb,
            class: command.class,
            is_full: false,
            is_concurrent: command.concurrently.is_some(),
            names: Vec::new(),
            is_for_all: false,
        };
        if command.verb == Verb::Reindex {
            read.names.extend(cursor.name());
            return read;
        }
        let options = cursor.parenthesised().unwrap_or_default();
        read.is_full = options.iter().any(|option| option.is_on("full"));
        for word in ["full", "freeze", "verbose", "analyze"] {
            read.is_full |= cursor.eat(&[word]) && word == "full";
        }
        read.is_for_all = cursor.is_at_end();
        while let Some(table) = cursor.name() {
            read.names.push(table);
            cursor.parenthesised();
            if !cursor.eat_text(",") {
                break;
            }
        }
        read
    }

    /// What it is called if it writes all rows again.
    pub fn rewrites(&self) -> Option<&'static str> {
        match self.verb {
            Verb::Cluster => Some("CLUSTER"),
            Verb::Vacuum if self.is_full => Some("VACUUM FULL"),
            _ => None,
        }
    }
}

impl LockTable {
    /// What stands behind `LOCK`.
    pub(crate) fn read(mut cursor: Cursor<'_>) -> Self {
        cursor.eat(&["table"]);
        let mode = cursor.finds(&["in"]).and_then(mode);
        let mut tables = Vec::new();
        loop {
            let only = cursor.eat(&["only"]);
            let Some(table) = cursor.name() else { break };
            tables.push((table, only));
            cursor.eat_text("*");
            if !cursor.eat_text(",") {
                break;
            }
        }
        Self { tables, mode }
    }
}

/// `IN … MODE`.
fn mode(mut cursor: Cursor<'_>) -> Option<String> {
    cursor.advance();
    let mut words = Vec::new();
    while !cursor.sees(&["mode"]) {
        words.push(cursor.identifier()?);
    }
    Some(words.join(" ").to_ascii_uppercase())
}

impl Copy {
    /// What stands behind `COPY`.
    pub(crate) fn read(mut cursor: Cursor<'_>) -> Self {
        let table = cursor.name();
        let is_from = table.is_some() && cursor.finds(&["from"]).is_some();
        Self { table, is_from }
    }
}
