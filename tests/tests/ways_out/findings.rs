//! What the compiler finds of a statement.

use std::collections::BTreeSet;

use pgstrata_compiler::locks::LockMode;
use pgstrata_compiler::{Depth, compile};

use crate::kinds::Kind;
use crate::rows::{Case, ROWS, Row};

/// A finding.
pub(crate) struct Found {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Rules with a row that speak of more than the lock of one statement.
const OF_MORE: [&str; 5] = [
    "required-column",
    "validate-at-once",
    "several-tables-locked",
    "mixed-changes",
    "long-lock",
];

impl Found {
    pub(crate) fn is_about_a_lock(&self) -> bool {
        let mut rows = ROWS.iter();
        rows.any(|(rule, row)| *rule == self.rule && matches!(row, Row::Runs(_)))
            && !OF_MORE.contains(&self.rule.as_str())
    }
}

/// One rule speaks of a lock, and names it.
pub(crate) fn one_for_each_lock(found: &[Found]) -> Result<(), String> {
    let of_locks = found.iter().filter(|finding| finding.is_about_a_lock());
    let mut rules = BTreeSet::new();
    for finding in of_locks {
        rules.insert(&finding.rule);
        if !LockMode::ALL
            .iter()
            .any(|mode| finding.message.contains(mode.words()))
        {
            return Err(format!("names no lock: {}", finding.message));
        }
    }
    if rules.len() > 1 {
        return Err(format!("one lock, several findings: {rules:?}"));
    }
    Ok(())
}

/// What is found of the statement, behind a migration that makes the schema.
pub(crate) fn found(
    base: &str,
    case: &Case,
    kind: Kind,
    major: u32,
    statement: &str,
) -> Vec<Found> {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).expect("a file");
    };
    write("pgstrata.toml", &format!("postgres = \"{major}\"\n"));
    let header = if case.is_alone {
        "-- pgstrata: no-transaction\n"
    } else {
        ""
    };
    let version = if kind == Kind::Temporary {
        // It is gone with the session.
        write("0001_case.up.sql", &format!("{header}{base}{statement};\n"));
        "0001_case.up.sql"
    } else {
        write("0001_base.up.sql", base);
        write("0001_base.down.sql", "SELECT 1;\n");
        write("0002_case.up.sql", &format!("{header}{statement};\n"));
        "0002_case.up.sql"
    };
    write(&version.replace("up", "down"), "SELECT 1;\n");
    let compiled = compile(directory.path(), "migrations", Depth::Full);
    let found = compiled.diagnostics.into_iter().filter(|found| {
        let label = found.labels.first();
        label.is_some_and(|label| label.file == version)
    });
    found
        .map(|found| Found {
            rule: found.rule.to_owned(),
            message: found.message,
            help: found.help.unwrap_or_default(),
        })
        .collect()
}
