//! `check --format sarif`: the OASIS Static Analysis Results Interchange Format 2.1.0,
//! which code hosts and editors read.

use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::location::Location;
use serde_json::{Value, json};

use crate::cluster::percent_encode;
use crate::workspace::severity;

/// One document with everything that was found.
pub(super) fn document(compiled: &Compiled) -> Value {
    let mut rules: Vec<&Diagnostic> = Vec::new();
    for found in &compiled.diagnostics {
        if rules.iter().all(|rule| rule.rule != found.rule) {
            rules.push(found);
        }
    }
    let results = compiled.diagnostics.iter().map(|found| {
        let index = rules.iter().position(|rule| rule.rule == found.rule);
        result(found, index, &compiled.locations(found))
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pgstrata",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|found| rule(found)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// A rule, described by the first finding of it: layout and lock have no table of rules.
fn rule(found: &Diagnostic) -> Value {
    let help = sentences([found.why, found.help.as_deref()]);
    json!({
        "id": found.rule,
        "shortDescription": { "text": found.rule.replace('-', " ") },
        "help": { "text": help.unwrap_or_else(|| found.message.clone()) },
    })
}

fn sentences(sentences: [Option<&str>; 2]) -> Option<String> {
    let given: Vec<&str> = sentences.into_iter().flatten().collect();
    (!given.is_empty()).then(|| given.join("\n"))
}

fn result(found: &Diagnostic, rule: Option<usize>, locations: &[Location]) -> Value {
    let help = found.help.as_ref().map(|help| format!("help: {help}"));
    let message = sentences([Some(&found.message), help.as_deref()]);
    let (main, others) = locations.split_at(locations.len().min(1));
    let mut result = json!({
        "ruleId": found.rule,
        "ruleIndex": rule,
        "level": severity(found),
        "message": { "text": message },
        "locations": main.iter().map(location).collect::<Vec<_>>(),
    });
    if !others.is_empty() {
        let related = others.iter().map(|place| {
            let mut related = location(place);
            if !place.text.is_empty() {
                related["message"] = json!({ "text": place.text });
            }
            related
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(place: &Location) -> Value {
    // An artifact's location is a URI reference: RFC 3986, section 4.1.
    let parts: Vec<String> = place
        .path
        .split('/')
        .map(|part| percent_encode(part.as_bytes()))
        .collect();
    let mut physical = json!({ "artifactLocation": { "uri": parts.join("/") } });
    if let Some((start, end)) = place.range {
        physical["region"] = json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        });
    }
    json!({ "physicalLocation": physical })
}
