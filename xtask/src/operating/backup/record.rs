//! What is known of a backup, in a file beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::choice::Choice as _;
use crate::evidence::bytes;
use crate::failure::Failure;
use crate::operating::backup::Scope;
use crate::workspace;

const FORMAT: &str = "pgstrata backup 1";

/// How the name of a file begins that is not complete.
pub(super) const PARTIAL: &str = ".partial-";

/// A backup that was read back.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its name, without the folder.
    pub(crate) file: String,
    pub(crate) database: String,
    pub(crate) server: String,
    /// UTC, as `2026-01-31T12:00:00Z`.
    pub(crate) at: String,
    pub(crate) scope: Scope,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) entries: u64,
    /// Of the schema.
    pub(crate) exact: String,
    pub(crate) portable: String,
    pub(crate) major: u32,
    /// How many each table has, of which rows are kept.
    pub(crate) rows: BTreeMap<String, i64>,
}

impl Record {
    pub(crate) fn json(&self) -> Value {
        json!({
            "format": FORMAT,
            "file": self.file,
            "database": self.database,
            "server": self.server,
            "at": self.at,
            "scope": self.scope.name(),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "entries": self.entries,
            "fingerprint": { "exact": self.exact, "portable": self.portable, "postgres": self.major },
            "rows": self.rows,
        })
    }

    /// Writes it, and makes it the latest of its database.
    pub(super) fn write(&self, dir: &Path) -> Result<(), Failure> {
        workspace::write_whole(
            &beside(&dir.join(&self.file)),
            &format!("{:#}\n", self.json()),
        )?;
        workspace::write_whole(&latest(dir, &self.database), &format!("{}\n", self.file))
    }

    /// That of a backup.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let path = beside(file);
        let text =
            std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let refused = || Failure::configuration(format!("{} describes no backup", path.display()));
        Self::parse(&value).ok_or_else(refused)
    }

    fn parse(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let fingerprint = &value["fingerprint"];
        let rows = value["rows"].as_object()?.iter();
        (value["format"] == FORMAT).then_some(())?;
        Some(Self {
            file: text(&value["file"])?,
            database: text(&value["database"])?,
            server: text(&value["server"])?,
            at: text(&value["at"])?,
            scope: Scope::named(value["scope"].as_str()?)?,
            bytes: value["bytes"].as_u64()?,
            sha256: text(&value["sha256"])?,
            entries: value["entries"].as_u64()?,
            exact: text(&fingerprint["exact"])?,
            portable: text(&fingerprint["portable"])?,
            major: u32::try_from(fingerprint["postgres"].as_u64()?).ok()?,
            rows: rows
                .map(|(name, count)| Some((name.clone(), count.as_i64()?)))
                .collect::<Option<_>>()?,
        })
    }

    /// Refuses a file that is not the one which was read back.
    pub(crate) fn check(&self, file: &Path) -> Result<(), Failure> {
        let (bytes, sha256) = sha256_of(file)?;
        if bytes == self.bytes && sha256 == self.sha256 {
            return Ok(());
        }
        Err(Failure::configuration(format!(
            "{} is not as it was written: it has {bytes} bytes and SHA-256 {sha256}, and should have {} and {}",
            file.display(),
            self.bytes,
            self.sha256
        )))
    }
}

/// All of a database, the oldest first.
pub(super) fn all(dir: &Path, database: &str) -> Result<Vec<Record>, Failure> {
    let entries = std::fs::read_dir(dir).map_err(|error| Failure::file("read", dir, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| Failure::file("read", dir, &error))?
            .path();
        let Some(name) = path.to_str().and_then(|name| name.strip_suffix(".json")) else {
            continue;
        };
        // What cannot be read is nobody's business here.
        found.extend(
            Record::read(Path::new(name))
                .ok()
                .filter(|it| it.database == database),
        );
    }
    found.sort_by(|one, other| (&one.at, &one.file).cmp(&(&other.at, &other.file)));
    Ok(found)
}

/// The file that names the latest one.
pub(crate) fn latest(dir: &Path, database: &str) -> PathBuf {
    dir.join(format!("latest-{}.txt", safe(database)))
}

/// The file with the record of a backup.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

/// A database's name as a part of a file's.
pub(super) fn safe(database: &str) -> String {
    let plain = |sign: char| {
        if sign.is_alphanumeric() || sign == '_' {
            sign
        } else {
            '_'
        }
    };
    database.chars().map(plain).collect()
}

/// Size and hash of a file.
pub(super) fn sha256_of(path: &Path) -> Result<(u64, String), Failure> {
    let unread = |error: std::io::Error| Failure::file("read", path, &error);
    let mut file = File::open(path).map_err(unread)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer).map_err(unread)?;
        if count == 0 {
            break;
        }
        size += u64::try_from(count).unwrap_or(u64::MAX);
        hash.update(&buffer[..count]);
    }
    Ok((
        size,
        pgstrata_compiler::checksum::hex(&hash.finalize().into()),
    ))
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        write!(f, "backup {} ({size}, {} entries)", self.file, self.entries)?;
        match self.scope {
            Scope::Schema => f.write_str(": the schema"),
            Scope::Affected | Scope::Full => {
                let (tables, rows) = (self.rows.len(), self.rows.values().sum::<i64>());
                write!(f, ": the schema, and {rows} rows of {tables} tables")
            }
        }
    }
}
