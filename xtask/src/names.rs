//! Names as SQL has them.

use pgstrata_compiler::cursor::Name;

use crate::flags::Common;

/// A name in quotes.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As `to_regclass` reads it.
pub(crate) fn quoted(name: &Name) -> String {
    format!("{}.{}", identifier(&name.schema), identifier(&name.name))
}

/// The history, its events and its failures, in quotes and with their schema.
pub(crate) fn history_tables(common: &Common) -> [String; 3] {
    let Common {
        history_schema,
        history_table,
        ..
    } = common;
    ["", "_events", "_failed"].map(|suffix| {
        let name = format!("{history_table}{suffix}");
        quoted(&Name {
            schema: history_schema.clone(),
            name,
        })
    })
}

/// A query with the names of the history's tables, which may look like a blank themselves.
pub(crate) fn with_history(sql: &str, common: &Common) -> String {
    let [history, events, failures] = history_tables(common);
    let within = |part: &str| {
        let parts = part.split("{events}");
        let parts: Vec<String> = parts.map(|it| it.replace("{history}", &history)).collect();
        parts.join(&events)
    };
    let parts: Vec<String> = sql.split("{failures}").map(within).collect();
    parts.join(&failures)
}
