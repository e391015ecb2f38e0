//! diesel: a folder a migration, with `up.sql`, `down.sql` and perhaps `metadata.toml`.

use std::path::Path;

use pgstrata_compiler::file_name::Purpose;

use super::part::{Part, Parts, files, text};
use crate::failure::Failure;

pub(super) fn read(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    for (label, path) in files(folder)?.into_iter().filter(|(_, path)| path.is_dir()) {
        // The version is all before the first `_`, its dashes left out.
        let version = label
            .split_once('_')
            .map(|(date, name)| (date.replace('-', ""), name));
        let is_number = |digits: &str| digits.bytes().all(|sign| sign.is_ascii_digit());
        let Some((digits, name)) = version.filter(|(digits, _)| is_number(digits)) else {
            parts.left_out.push(format!(
                "{label}: its name does not begin with a version and `_`"
            ));
            continue;
        };
        let metadata = path.join("metadata.toml");
        let metadata = if metadata.exists() {
            text(&metadata)?
        } else {
            String::new()
        };
        let transaction = !metadata.lines().any(|line| {
            let said = line
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()));
            said == Some(("run_in_transaction", "false"))
        });
        for purpose in [Purpose::Up, Purpose::Down] {
            let file = format!("{}.sql", purpose.word());
            let path = path.join(&file);
            if path.exists() {
                let part = Part::new(
                    &format!("{label}/{file}"),
                    &digits,
                    name,
                    purpose,
                    &text(&path)?,
                );
                parts.all.push(Part {
                    transaction,
                    ..part
                });
            }
        }
    }
    Ok(())
}
