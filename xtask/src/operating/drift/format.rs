//! Drift as people read it, and as JSON.

use serde_json::{Value, json};

use super::Expected;
use crate::schema::{Drift, DriftKind, Schema};

/// Prints to standard output.
pub(super) fn print(json: bool, quiet: bool, expected: &Expected, found: &Schema, all: &[Drift]) {
    let view = expected.schema.common_view(found);
    if json {
        let document = json!({
            "format": "pgstrata drift 1",
            "expected": expected.origin,
            "postgres": { "expected": expected.schema.major(), "found": found.major() },
            "view": view.to_string(),
            "differences": all.iter().map(object).collect::<Vec<_>>(),
        });
        println!("{document}");
        return;
    }
    for drift in all {
        let note = if drift.is_note { "note: " } else { "" };
        println!("{note}{drift}");
        for line in drift.repair.iter().flat_map(|sql| sql.lines()) {
            println!("    {line}");
        }
    }
    if all.is_empty() && !quiet {
        println!("no drift from {}", expected.origin);
    }
}

/// One difference, for programs.
pub(crate) fn object(drift: &Drift) -> Value {
    let (what, expected, found) = match &drift.what {
        DriftKind::Missing => ("missing", None, None),
        DriftKind::Extra => ("extra", None, None),
        DriftKind::Changed {
            property,
            expected,
            found,
        } => (&**property, expected.as_ref(), found.as_ref()),
    };
    json!({
        "kind": drift.kind,
        "name": drift.name,
        "what": what,
        "expected": expected,
        "found": found,
        "note": drift.is_note,
        "repair": drift.repair,
    })
}
