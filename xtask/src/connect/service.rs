//! A service's section of a file of connections (PostgreSQL manual, libpq: The Connection Service
//! File).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keyword::Values;
use crate::failure::Failure;

/// What a service says; `file` is named beside it.
pub(super) fn read(name: &str, file: Option<&str>) -> Result<Values, Failure> {
    let files = file.map_or_else(files, |file| vec![PathBuf::from(file)]);
    for file in &files {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                if let Some(section) = section(&text, name) {
                    let mut values = Values::default();
                    for (keyword, value) in section {
                        values.set(&keyword, value).map_err(|failure| {
                            failure.and(format!("in the service {name} of {}", file.display()))
                        })?;
                    }
                    return Ok(values);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::file("read", file, &error)),
        }
    }
    let shown: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Err(Failure::configuration(format!(
        "there is no service `{name}` in {}; write a section [{name}] with host, dbname and user, \
         or name the file in PGSERVICEFILE",
        shown.join(" or ")
    )))
}

fn files() -> Vec<PathBuf> {
    let path = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let home = || path("HOME").map(|home| home.join(".pg_service.conf"));
    let own = path("PGSERVICEFILE").or_else(home);
    let system =
        path("PGSYSCONFDIR").unwrap_or_else(|| Path::new("/etc/postgresql-context").into());
    own.into_iter()
        .chain([system.join("pg_service.conf")])
        .collect()
}

fn section(text: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        if let Some(other) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if found.is_some() {
                break;
            }
            found = (other == name).then(BTreeMap::new);
        } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('=')) {
            found.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_ends_where_the_next_one_begins() {
        let text = "# all\n[a]\nhost=one\n\n[b]\nhost = two\n#port=1\nuser=u=v\n[c]\nhost=three\n";
        let b = section(text, "b").expect("a section");
        assert_eq!(
            b.into_iter().collect::<Vec<_>>(),
            [("host".into(), "two".into()), ("user".into(), "u=v".into())]
        );
        assert_eq!(section(text, "d"), None);
    }
}
