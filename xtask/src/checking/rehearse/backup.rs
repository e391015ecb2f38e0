//! A backup of a real database, for which only the pending migrations are rehearsed: what
//! `pg_dump` has written, restored on the throw-away server by PostgreSQL's own programs.

pub(crate) mod load;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Take};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::catalog_session::CatalogSession;
use crate::cluster::{Cluster, leading_number, quote_identifier};
use crate::connect::clients::{self, client};
use crate::context::Context;
use crate::failure::Failure;
use crate::shadow::{HISTORY, ShadowDatabase, caused};
use load::Said;

/// Versions stand at the beginning of a dump in SQL.
const HEAD: u64 = 8192;

/// A file, and what restores it.
#[derive(Debug)]
pub(super) struct Backup {
    path: PathBuf,
    kind: BackupFormat,
    program: PathBuf,
    /// The major version of the server it comes from, where the file says so.
    server: Option<u32>,
    /// Where its history is.
    history: (String, String),
}

/// How it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BackupFormat {
    /// `pg_dump --format=custom`, `tar` or `directory`.
    Archive,
    /// SQL.
    Plain,
    /// SQL, compressed by `gzip`.
    Compressed,
}

impl Backup {
    /// Looks at the file, and for the program that restores it.
    pub(super) fn find(path: &Path, context: &Context) -> Result<Self, Failure> {
        let unread = |error: std::io::Error| Failure::file("read", path, &error);
        let mut head = Vec::new();
        let kind = if path.join("toc.dat").is_file() {
            BackupFormat::Archive
        } else {
            beginning(File::open(path).map_err(unread)?)
                .read_to_end(&mut head)
                .map_err(unread)?;
            kind(&head)
        };
        if kind == BackupFormat::Compressed {
            let mut gzip = unzip(path)?;
            head.clear();
            if let Some(stdout) = gzip.stdout.take() {
                beginning(stdout).read_to_end(&mut head).map_err(unread)?;
            }
            // It still writes, into nothing.
            let _ = gzip.wait();
        }
        let (program, head) = match kind {
            BackupFormat::Archive => listed(path)?,
            BackupFormat::Plain | BackupFormat::Compressed => {
                let head = String::from_utf8_lossy(&head).into_owned();
                (client("psql", version(&head, DUMPED_BY))?, head)
            }
        };
        let history = (
            context.history.schema.clone(),
            context.history.table.clone(),
        );
        Ok(Self {
            path: path.to_owned(),
            kind,
            program,
            server: version(&head, DUMPED_FROM),
            history,
        })
    }

    /// A server that takes it: of the version that was asked for, or of one that is not older
    /// than the backup.
    pub(super) fn server(&self, major: Option<u32>) -> Result<Cluster, Failure> {
        let start = |major| Cluster::start(major).map_err(|error| Failure::caused(&error));
        let Some(needed) = self.server else {
            return start(major);
        };
        let cluster = start(major)?;
        let version = cluster.server_version();
        if leading_number(version).is_none_or(|major| major >= needed) {
            return Ok(cluster);
        }
        if major.is_some() || cluster.is_borrowed() {
            return Err(Failure::configuration(format!(
                "{} comes from PostgreSQL {needed}, which {version} cannot restore; take a server of {needed} or newer",
                self.path.display()
            )));
        }
        cluster.stop().map_err(|error| Failure::caused(&error))?;
        start(Some(needed))
    }

    /// The database, with its history where the rehearsal looks for it.
    pub(super) fn restore<'c>(&self, cluster: &'c Cluster) -> Result<ShadowDatabase<'c>, Failure> {
        // An archive has its schema apart, which shows at once what roles are missing.
        let only_schema = self.kind == BackupFormat::Archive;
        let mut made = BTreeSet::new();
        let (mut shadow, mut said) = self.tried(cluster, only_schema)?;
        if !said.roles.is_empty() {
            make_roles(cluster, &said.roles)?;
            made.append(&mut said.roles);
        }
        if only_schema || !made.is_empty() {
            shadow.discard()?;
            (shadow, said) = self.tried(cluster, false)?;
        }
        if let Some(role) = said.roles.first() {
            return Err(self.refused(&[format!("role {role:?} does not exist")]));
        }
        if !said.errors.is_empty() {
            return Err(self.refused(&said.errors));
        }
        self.take_history(&mut shadow)?;
        Ok(shadow)
    }

    fn tried<'c>(
        &self,
        cluster: &'c Cluster,
        only_schema: bool,
    ) -> Result<(ShadowDatabase<'c>, Said), Failure> {
        let shadow = ShadowDatabase::empty(cluster)?;
        let said = load::load(self, shadow.name(), cluster, only_schema)?;
        Ok((shadow, said))
    }

    fn refused(&self, errors: &[String]) -> Failure {
        let shown: Vec<&str> = errors.iter().take(5).map(String::as_str).collect();
        let more = errors.len() - shown.len();
        let more = if more > 0 {
            format!("\n  and {more} more")
        } else {
            String::new()
        };
        Failure::configuration(format!(
            "{} cannot be restored by {}:\n  {}{more}\n  what it needs, such as extensions, must be installed beside the throw-away server; or name a server that has it with PGSTRATA_TEST_URL",
            self.path.display(),
            self.program.display(),
            shown.join("\n  ")
        ))
    }

    /// Moves the history to where the rehearsal has its own, out of sight of the comparison.
    fn take_history(&self, shadow: &mut ShadowDatabase<'_>) -> Result<(), Failure> {
        let (schema, table) = &self.history;
        let client = &mut shadow.link()?.client;
        let found: bool = CatalogSession::open(client)
            .and_then(|mut own| {
                own.row(include_str!("backup/find.sql"), &[schema, table])?
                    .try_get(0)
            })
            .map_err(caused)?;
        if !found {
            return Err(Failure::configuration(format!(
                "{} has no table {schema}.{table}, so nothing says what is applied; name the history with --history-schema and --history-table, or dump a database that `up` or `baseline` has seen",
                self.path.display()
            )));
        }
        let [events, failures] = ["_events", "_failed"].map(|suffix| format!("{table}{suffix}"));
        let moved = include_str!("backup/move.sql")
            .replace("{schema}", &quote_identifier(schema))
            .replace("{table}", &quote_identifier(table))
            .replace("{events}", &quote_identifier(&events))
            .replace("{failures}", &quote_identifier(&failures))
            .replace("{home}", HISTORY);
        client.batch_execute(&moved).map_err(caused)
    }
}

const DUMPED_FROM: &str = "Dumped from database version";
const DUMPED_BY: &str = "Dumped by pg_dump version";

/// The major version behind these words, which stand in a comment.
fn version(head: &str, words: &str) -> Option<u32> {
    let (_, rest) = head.split_once(words)?;
    leading_number(rest.trim_start_matches([':', ' ']))
}

fn beginning<R: std::io::Read>(file: R) -> Take<R> {
    file.take(HEAD)
}

/// By the signs that a file begins with.
fn kind(head: &[u8]) -> BackupFormat {
    let is_tar = head.get(257..262) == Some(b"ustar");
    match head {
        [b'P', b'G', b'D', b'M', b'P', ..] => BackupFormat::Archive,
        [0x1f, 0x8b, ..] => BackupFormat::Compressed,
        _ if is_tar => BackupFormat::Archive,
        _ => BackupFormat::Plain,
    }
}

/// The newest `pg_restore`, or the one that the archive wants, and what it says of the archive.
fn listed(path: &Path) -> Result<(PathBuf, String), Failure> {
    let list = |program: &Path| {
        let output = Command::new(program)
            .arg("--list")
            .arg(path)
            .stdin(Stdio::null())
            .output();
        output.map_err(|error| Failure::file("run", program, &error))
    };
    // Whatever the archive needs, the newest one there is reads it, if any does.
    let newest = clients::newest("pg_restore")?;
    let output = list(&newest)?;
    if !output.status.success() {
        return Err(Failure::configuration(format!(
            "{} cannot read {}: {}; where it was made by a newer pg_dump, install the newer client programs",
            newest.display(),
            path.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    let head = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((client("pg_restore", version(&head, DUMPED_BY))?, head))
}

/// Starts `gzip`, which writes the file as it was.
fn unzip(path: &Path) -> Result<std::process::Child, Failure> {
    let mut command = Command::new("gzip");
    command.args(["--decompress", "--stdout"]).arg(path);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().map_err(|error| {
        Failure::configuration(format!(
            "{} needs gzip, which cannot be run: {error}",
            path.display()
        ))
    })
}

fn make_roles(cluster: &Cluster, roles: &BTreeSet<String>) -> Result<(), Failure> {
    let names: Vec<&str> = roles.iter().map(String::as_str).collect();
    if cluster.is_borrowed() {
        return Err(Failure::configuration(format!(
            "the backup names roles that the server of $PGSTRATA_TEST_URL does not have: {}; create them there",
            names.join(", ")
        )));
    }
    let mut client = cluster.connect().map_err(|error| Failure::caused(&error))?;
    for name in names {
        client
            .batch_execute(&format!("CREATE ROLE {}", quote_identifier(name)))
            .map_err(caused)?;
    }
    Ok(())
}
