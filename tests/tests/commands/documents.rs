//! Every JSON document that a command prints or writes is what its schema in `docs/schemas` says, and
//! has no field that the schema lacks: the tests look at all that any command does in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

/// By format, as `status 1`.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
    let all: Vec<(PathBuf, Value)> = std::fs::read_dir(folder)
        .expect("the schemas")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a schema");
            let mut schema = serde_json::from_str(&text).expect("JSON");
            close(&mut schema);
            (path, schema)
        })
        .collect();
    let registry = all.iter().fold(Registry::new(), |registry, (_, schema)| {
        let name = schema["$id"].as_str().expect("an id").to_owned();
        registry.add(name, schema.clone()).expect("a name")
    });
    let registry = registry
        .prepare()
        .expect("schemas that refer to each other");
    all.iter()
        .map(|(path, schema)| {
            let options = jsonschema::options().with_registry(&registry);
            let validator = options.should_validate_formats(true).build(schema);
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .replace('-', " ");
            (
                name,
                validator.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            )
        })
        .collect()
});

/// What programs may ignore is a fault here: a field that nobody has described.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Standard output, and the files that were named or are known.
pub(crate) fn check(dir: &Path, arguments: &[&str], stdout: &str) {
    check_text(stdout, "standard output");
    let named = arguments.iter().map(PathBuf::from);
    let known = [dir.join("schema.snapshot.json")];
    let kept = std::fs::read_dir(dir.join(".backups"))
        .into_iter()
        .flatten();
    let kept = kept.filter_map(|entry| Some(entry.ok()?.path()));
    for file in named.chain(known).chain(kept) {
        let is_json = file
            .extension()
            .is_some_and(|it| it == "json" || it == "jsonl");
        if is_json && let Ok(text) = std::fs::read_to_string(&file) {
            check_text(&text, &file.display().to_string());
        }
    }
}

fn check_text(text: &str, source: &str) {
    let documents: Vec<Value> = match serde_json::from_str(text) {
        Ok(one) => vec![one],
        Err(_) => text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    };
    let format = |value: &Value| {
        value["format"]
            .as_str()?
            .strip_prefix("pgstrata ")
            .map(str::to_owned)
    };
    // Of a log the first line tells it.
    let is_log = documents.first().and_then(format).as_deref() == Some("log 1");
    for document in &documents {
        let format = if is_log {
            Some("log 1".to_owned())
        } else {
            format(document)
        };
        if let Some(faults) = format.map(|format| faults(&format, document)) {
            assert!(faults.is_empty(), "{source}: {faults:#?}\n{document:#}");
        }
    }
}

fn faults(format: &str, document: &Value) -> Vec<String> {
    let Some(schema) = SCHEMAS.get(format) else {
        return vec![format!("no schema of {format}")];
    };
    let fault =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    schema.iter_errors(document).map(fault).collect()
}

#[test]
fn what_a_schema_does_not_say_is_a_fault() {
    let row = json!({ "version": 1, "label": "a", "state": "applied", "applied_at": "2026-01-31T12:00:00Z", "applied_by": "me" });
    let document = json!({ "format": "pgstrata status 1", "code": 0, "migrations": [row] });
    assert_eq!(faults("status 1", &document), [""; 0]);
    let changed = |path: &str, value: Value| {
        let mut document = document.clone();
        match path.split_once('/') {
            Some((list, field)) => document[list][0][field] = value,
            None => document[path] = value,
        }
        faults("status 1", &document).len()
    };
    assert_eq!(changed("code", json!("0")), 1);
    assert_eq!(changed("more", json!(1)), 1);
    assert_eq!(changed("migrations/state", json!("gone")), 1);
    assert_eq!(changed("migrations/applied_at", json!("yesterday")), 1);
    assert_eq!(changed("migrations/more", json!(1)), 1);
    assert_eq!(faults("nothing 1", &document).len(), 1);
}
