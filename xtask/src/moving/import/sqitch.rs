//! Sqitch: `sqitch.plan` names the changes in order; each has a file in `deploy`, and perhaps in
//! `revert` and in `verify`.

use std::path::Path;

use pgstrata_compiler::file_name::Purpose;

use super::part::{Part, Parts, text};
use crate::failure::Failure;

const FOLDERS: [(&str, Purpose); 3] = [
    ("deploy", Purpose::Up),
    ("revert", Purpose::Down),
    ("verify", Purpose::Verify),
];

pub(super) fn read(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    let plan = text(&folder.join("sqitch.plan"))?;
    for (index, (name, file)) in changes(&plan).into_iter().enumerate() {
        for (folder_name, purpose) in FOLDERS {
            let shown = format!("{folder_name}/{file}.sql");
            let path = folder.join(&shown);
            if path.exists() {
                let version = (index + 1).to_string();
                parts
                    .all
                    .push(Part::new(&shown, &version, name, purpose, &text(&path)?));
            } else if purpose == Purpose::Up {
                parts
                    .left_out
                    .push(format!("{shown}: the plan names it, and it is not there"));
            }
        }
    }
    Ok(())
}

/// Each change's name and the name of its files. One that was reworked is named several times: the
/// files of all but the last have the next tag behind their names.
fn changes(plan: &str) -> Vec<(&str, String)> {
    let lines: Vec<&str> = plan
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['%', '#']))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let is_tag = |line: &&str| line.starts_with('@');
    let changes = lines.iter().enumerate().filter(|(_, line)| !is_tag(line));
    let file = |(index, name): (usize, &&'_ str)| {
        let behind = &lines[index + 1..];
        let tag = behind.iter().find(|line| is_tag(line));
        match tag.filter(|_| behind.contains(name)) {
            Some(tag) => format!("{name}{tag}"),
            None => (*name).to_owned(),
        }
    };
    changes
        .map(|(index, name)| (*name, file((index, name))))
        .collect()
}
