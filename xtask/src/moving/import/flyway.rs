//! Flyway: `V1.2__name.sql`, and refinery, which names its files alike.

use std::path::Path;

use pgstrata_compiler::file_name::Purpose;

use super::part::{Part, Parts, number, text};
use crate::failure::Failure;

/// All files below the folder.
pub(super) fn read(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    read_named(folder, parts, |prefix| match prefix {
        'V' => Ok(Purpose::Up),
        'U' => Ok(Purpose::Down),
        'R' => Ok(Purpose::Repeatable),
        'B' => Err("a baseline says nothing that the migrations do not say"),
        _ => Err("it is none of V, U and R"),
    })
}

/// Its U is no undo, but a migration that may come late.
pub(super) fn read_refinery(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    read_named(folder, parts, |prefix| match prefix {
        'V' | 'U' => Ok(Purpose::Up),
        _ => Err("it is none of V and U"),
    })
}

fn read_named(
    folder: &Path,
    parts: &mut Parts,
    purpose: impl Fn(char) -> Result<Purpose, &'static str>,
) -> Result<(), Failure> {
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::caused(&error))?;
        let path = entry.path();
        let file = path
            .strip_prefix(folder)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        let name = entry.file_name().to_string_lossy();
        let Some((version, name)) = name.split_once("__") else {
            if name.strip_suffix(".sql").is_some() {
                parts
                    .left_out
                    .push(format!("{file}: its name has no `__` behind a version"));
            }
            continue;
        };
        if name.strip_suffix(".rs").is_some() {
            parts
                .left_out
                .push(format!("{file}: Rust code is not read"));
        }
        let (Some(prefix), Some(name)) = (version.chars().next(), name.strip_suffix(".sql")) else {
            continue;
        };
        match purpose(prefix) {
            Ok(purpose) => {
                let version = &version[prefix.len_utf8()..];
                let numbers: Vec<&str> = version
                    .split(['.', '_'])
                    .filter(|digits| !digits.is_empty())
                    .collect();
                let transaction = !is_apart(path)?;
                let number = numbers.iter().map(|digits| number(digits)).collect();
                let part = Part::new(&file, version, name, purpose, &text(path)?);
                parts.all.push(Part {
                    number,
                    transaction,
                    ..part
                });
            }
            Err(why) => parts.left_out.push(format!("{file}: {why}")),
        }
    }
    Ok(())
}

/// Whether the file beside it, `V1__name.sql.conf`, says that it runs outside a transaction.
fn is_apart(path: &Path) -> Result<bool, Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".conf");
    let beside = Path::new(&beside);
    if !beside.exists() {
        return Ok(false);
    }
    let said = text(beside)?;
    let mut lines = said.lines().filter_map(|line| line.split_once('='));
    Ok(lines.any(|(key, value)| (key.trim(), value.trim()) == ("executeInTransaction", "false")))
}
