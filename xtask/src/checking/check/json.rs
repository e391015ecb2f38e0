//! `check --format json`: one object a line, as rustc and Cargo write theirs.

use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::location::Location;
use serde_json::{Value, json};

use crate::workspace::severity;

/// Every finding on a line of its own.
pub(super) fn lines(compiled: &Compiled) -> String {
    let lines = compiled
        .diagnostics
        .iter()
        .map(|found| format!("{}\n", object(compiled, found)));
    lines.collect()
}

/// The main place is spread over the object itself; `labels` holds all of them.
fn object(compiled: &Compiled, found: &Diagnostic) -> Value {
    let locations = compiled.locations(found);
    let mut object = place(locations.first());
    object["format"] = json!("pgstrata check 1");
    object["rule"] = json!(found.rule);
    object["severity"] = json!(severity(found));
    object["message"] = json!(found.message);
    object["why"] = json!(found.why);
    object["help"] = json!(found.help);
    let label = |at: &Location| {
        let mut label = place(Some(at));
        label["text"] = json!(at.text);
        label
    };
    object["labels"] = locations.iter().map(label).collect();
    object
}

fn place(place: Option<&Location>) -> Value {
    let (start, end) = place.and_then(|place| place.range).unzip();
    json!({
        "file": place.map(|place| &place.path),
        "line": start.map(|start| start.line),
        "column": start.map(|start| start.column),
        "end_line": end.map(|end| end.line),
        "end_column": end.map(|end| end.column),
    })
}
