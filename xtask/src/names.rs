//! Names as SQL has them.

use pgstrata_compiler::cursor::Name;

/// A name in quotes.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As `to_regclass` reads it.
pub(crate) fn quoted(name: &Name) -> String {
    format!("{}.{}", identifier(&name.schema), identifier(&name.name))
}

/// How the history's tables are called.
#[derive(Debug)]
pub(crate) struct HistoryNames {
    pub(crate) schema: String,
    pub(crate) table: String,
    /// Roles that may own them, beside those that always may.
    pub(crate) owners: Vec<String>,
}

impl HistoryNames {
    /// The history, its events and its failures, in quotes and with their schema.
    pub(crate) fn tables(&self) -> [String; 3] {
        ["", "_events", "_failed"].map(|suffix| {
            quoted(&Name {
                schema: self.schema.clone(),
                name: format!("{}{suffix}", self.table),
            })
        })
    }

    /// A query with the names of these tables, which may look like a blank themselves.
    pub(crate) fn fill(&self, sql: &str) -> String {
        let [history, events, failures] = self.tables();
        let within = |part: &str| {
            let parts = part.split("{events}");
            let parts: Vec<String> = parts.map(|it| it.replace("{history}", &history)).collect();
            parts.join(&events)
        };
        let parts: Vec<String> = sql.split("{failures}").map(within).collect();
        parts.join(&failures)
    }
}
