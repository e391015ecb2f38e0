//! The password file (PostgreSQL manual, libpq: The Password File).

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use postgres::Config;

/// The text of `file` or else of `~/.pgpass`.
pub(super) fn text(file: Option<PathBuf>) -> Option<String> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass"));
    let file = file.or_else(home)?;
    let metadata = std::fs::metadata(&file).ok()?;
    if metadata.mode() & 0o077 != 0 {
        let file = file.display();
        eprintln_coloured!(
            "warning: {file} is ignored, since others may read it: chmod 600 {file}"
        );
        return None;
    }
    std::fs::read_to_string(&file).ok()
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, (host, port): (String, u16), config: &Config) -> Option<String> {
    let port = port.to_string();
    let (database, user) = (config.get_dbname()?, config.get_user()?);
    text.lines()
        .find_map(|line| password(line, [&host, &port, database, user]))
}

/// The fifth field, where the others are these or a star.
fn password(line: &str, wanted: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, fields.len()) {
            ('\\', _) => fields.last_mut()?.extend(letters.next()),
            (':', 1..5) => fields.push(String::new()),
            _ => fields.last_mut()?.push(letter),
        }
    }
    let password = (fields.len() == 5).then(|| fields.pop()).flatten()?;
    let fits = |(field, wanted): (&String, &str)| field == "*" || field == wanted;
    fields.iter().zip(wanted).all(fits).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn a_line_fits_or_does_not() {
        let of = |line| password(line, ["h", "5432", "d", "u"]);
        assert_eq!(of("h:5432:d:u:secret").as_deref(), Some("secret"));
        assert_eq!(of("*:*:*:*:se\\:c:ret\\\\").as_deref(), Some("se:c:ret\\"));
        assert_eq!(of("h:5433:d:u:secret"), None);
        assert_eq!(of("#*:*:*:*:secret"), None);
        assert_eq!(of("h:5432:d"), None);
    }
}
