//! What migrations require of others, asked in one query before anything runs.

use pgstrata::{Migration, Requirement};
use postgres::{Client, SimpleQueryMessage};

use crate::failure::Failure;

/// Refuses while something that one of these migrations requires is not there.
pub(crate) fn check<'m>(
    client: &mut Client,
    migrations: impl Iterator<Item = &'m Migration<'m>>,
) -> Result<(), Failure> {
    let required: Vec<String> = migrations
        .flat_map(|migration| migration.requires.iter().filter_map(|it| row(migration.label, it)))
        .enumerate()
        .map(|(number, row)| format!("({number}, {row})"))
        .collect();
    if required.is_empty() {
        return Ok(());
    }
    let query = include_str!("requirements.sql").replace("{required}", &required.join(", "));
    let answer = client.simple_query(&query).map_err(|error| Failure::caused(&error))?;
    let missing = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let text = |index| row.get(index).unwrap_or_default();
            Some(sentence(text(0), text(1), text(2)))
        }
        _ => None,
    });
    let missing: Vec<String> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::check(format!("refused before anything was written:{}", missing.concat())))
}

fn row(label: &str, requirement: &Requirement<'_>) -> Option<String> {
    let (what, name) = match requirement {
        Requirement::Version(_) => return None,
        Requirement::Extension(name) => ("extension", name),
        Requirement::Table(name) => ("table", name),
    };
    let [label, name] = [label, name].map(|text| text.replace('\'', "''"));
    Some(format!("'{label}', '{what}', '{name}'"))
}

fn sentence(label: &str, what: &str, name: &str) -> String {
    match what {
        "extension" => format!(
            "\n  - {label} requires the extension {name}, which is not installed: as a role that \
             may, run CREATE EXTENSION \"{name}\""
        ),
        _ => format!(
            "\n  - {label} requires the table {name}, which is not there: whoever makes it has to \
             come first"
        ),
    }
}
