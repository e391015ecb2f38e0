//! `migrations.lock`: which migrations there are, and what they were when they were
//! sealed.
//!
//! One line a migration: its label, then either `open`, or the checksum algorithm's id,
//! the checksums of both scripts and a chain hash over this line and all lines before
//! it. Two branches that each add a migration change the same place of the file, so
//! that git reports the conflict.

use std::collections::{BTreeMap, BTreeSet};

use crate::checksum::{self, Sha256Digest, hex, sha256};
use crate::diagnostic::Diagnostic;
use crate::file_name::digits_of;
use crate::migration::Migration;
use crate::source::{LOCK_FILE, first_line};
use crate::span::Span;

/// Says what the file is, also to a later version of this program.
const HEADER: &str = "# pgstrata lock 1. Written by `cargo pgstrata new` and `cargo pgstrata lock`; commit it, do not edit it.";

/// What begins every header of this format.
const HEADER_START: &str = "# pgstrata lock 1";

/// A lock file, read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lock {
    /// Its lines, in order: sealed ones first.
    pub lines: Vec<Line>,
}

/// One migration's line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// `0007_add_email`.
    pub label: String,
    /// What it was when it was sealed; `None` while it may be edited.
    pub seal: Option<Seal>,
    /// The label in the file.
    pub span: Span,
}

/// The content of a migration at the time of sealing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seal {
    /// Which rule made the checksums.
    pub algorithm: u16,
    /// Of the up script.
    pub up: String,
    /// Of the down script.
    pub down: String,
}

impl Line {
    /// A line for a migration that may still be edited.
    pub fn open(label: &str) -> Self {
        Self { label: label.to_owned(), seal: None, span: Span::new(0, 0) }
    }

    /// A line that fixes what a migration is now.
    pub fn sealed(migration: &Migration) -> Self {
        let seal = Seal {
            algorithm: checksum::ALGORITHM,
            up: hex(&migration.up.checksum),
            down: hex(&migration.down.checksum),
        };
        Self { seal: Some(seal), ..Self::open(&migration.label) }
    }

    /// The line as written, without the chain hash.
    fn content(&self) -> String {
        match &self.seal {
            None => format!("{} open", self.label),
            Some(seal) => {
                format!("{} {} up:{} down:{}", self.label, seal.algorithm, seal.up, seal.down)
            }
        }
    }
}

impl Lock {
    /// The file's text.
    pub fn write(&self) -> String {
        let mut text = format!("{HEADER}\n");
        let mut chain = Sha256Digest::default();
        for line in &self.lines {
            text.push_str(&line.content());
            if line.seal.is_some() {
                chain = chained(&chain, line);
                text.push_str(" chain:");
                text.push_str(&hex(&chain));
            }
            text.push('\n');
        }
        text
    }

    /// Reads a lock file; every line that is wrong is reported.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut lock = Self::default();
        let mut diagnostics = Vec::new();
        if let Some(span) = conflict_marker(text) {
            let message = "two branches changed the lock file, and the merge is not finished";
            return Err(vec![refused(message, span).help(
                "`cargo pgstrata lock --rebase BASE` keeps the lines of the branch BASE and \
                 numbers your own migrations behind them",
            )]);
        }
        if !text.starts_with(HEADER_START) {
            let message = "this is no lock file of this version of pgstrata";
            return Err(vec![refused(message, first_line(text)).help(RESTORE)]);
        }
        let mut chain = Sha256Digest::default();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let span = Span::new(offset, offset + line.trim_end().len());
            offset += line.len();
            if span.start == span.end || line.starts_with('#') {
                continue;
            }
            match parse_line(span.of(text), span) {
                Ok((line, written_chain)) => {
                    if line.seal.is_some() {
                        chain = chained(&chain, &line);
                    }
                    let expected = line.seal.is_some().then(|| hex(&chain));
                    if written_chain != expected.as_deref() {
                        let message = "the lock file was changed by hand in this line or above it";
                        diagnostics.push(refused(message, span).help(RESTORE));
                        break;
                    }
                    lock.lines.push(line);
                }
                Err(diagnostic) => {
                    diagnostics.push(diagnostic);
                    break;
                }
            }
        }
        if diagnostics.is_empty() { Ok(lock) } else { Err(diagnostics) }
    }
}

/// The first line that git wrote between the lines of two branches.
pub fn conflict_marker(text: &str) -> Option<Span> {
    let mut offset = 0;
    text.split_inclusive('\n').find_map(|line| {
        let span = Span::new(offset, offset + line.trim_end().len());
        offset += line.len();
        let is_marker = |marker| line.starts_with(marker);
        ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].into_iter().any(is_marker).then_some(span)
    })
}

/// The lines that can be read of a file that two branches changed; their chain hashes
/// fit neither branch and are not looked at.
pub fn legible_lines(text: &str) -> Vec<Line> {
    text.lines().filter_map(|line| Some(parse_line(line, Span::new(0, 0)).ok()?.0)).collect()
}

const RESTORE: &str = "restore the file from version control: git checkout -- migrations.lock";

fn refused(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error("lock", message).at(LOCK_FILE, span)
}

fn chained(before: &Sha256Digest, line: &Line) -> Sha256Digest {
    let mut bytes = before.to_vec();
    bytes.extend_from_slice(line.content().as_bytes());
    sha256(&bytes)
}

/// The line, and the chain hash that stands in it.
fn parse_line(text: &str, span: Span) -> Result<(Line, Option<&str>), Diagnostic> {
    let malformed = || refused("this line is not complete", span).help(RESTORE);
    let fields: Vec<&str> = text.split(' ').collect();
    let label = Span::new(span.start, span.start + fields[0].len());
    let line = |name: &str, seal| Line { label: name.to_owned(), seal, span: label };
    match fields[..] {
        [name, "open"] => Ok((line(name, None), None)),
        [name, algorithm, up, down, chain] => {
            let seal = Seal {
                algorithm: algorithm.parse().map_err(|_| malformed())?,
                up: up.strip_prefix("up:").ok_or_else(malformed)?.to_owned(),
                down: down.strip_prefix("down:").ok_or_else(malformed)?.to_owned(),
            };
            let chain = chain.strip_prefix("chain:").ok_or_else(malformed)?;
            Ok((line(name, Some(seal)), Some(chain)))
        }
        _ => Err(malformed()),
    }
}

/// Compares the migrations of the directory with its lock.
pub fn compare(lock: &Lock, migrations: &[Migration]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let by_label: BTreeMap<&str, &Migration> =
        migrations.iter().map(|migration| (migration.label.as_str(), migration)).collect();
    let by_digits: BTreeMap<&str, &Migration> =
        migrations.iter().map(|migration| (digits_of(&migration.label), migration)).collect();
    let mut previous = "";
    for line in &lock.lines {
        if line.label.as_str() <= previous {
            let message = format!("`{}` stands behind `{previous}`, which comes later", line.label);
            diagnostics.push(refused(&message, line.span).help(RESTORE));
        }
        previous = &line.label;
        match by_label.get(line.label.as_str()) {
            Some(migration) => diagnostics.extend(edited(line, migration)),
            None => diagnostics.push(removed(line, by_digits.get(digits_of(&line.label)).copied())),
        }
    }
    // A renamed migration has its line under the old name.
    let locked: BTreeSet<&str> = lock.lines.iter().map(|line| digits_of(&line.label)).collect();
    let last_sealed = lock.lines.iter().rfind(|line| line.seal.is_some());
    for migration in migrations.iter().filter(|new| !locked.contains(digits_of(&new.label))) {
        let sealed_later = last_sealed.filter(|last| migration.label < last.label);
        diagnostics.push(match sealed_later {
            Some(last) => out_of_order(migration, last),
            None => not_in_lock(migration),
        });
    }
    diagnostics
}

fn out_of_order(migration: &Migration, last: &Line) -> Diagnostic {
    let message =
        format!("`{}` is new, but comes before `{}`, which is sealed", migration.label, last.label);
    Diagnostic::error("out-of-order", message)
        .in_file(&migration.up.file)
        .labelled(LOCK_FILE, Some(last.span), "sealed here")
        .why("databases that have the later one already would never run this one in order")
        .help("give it a number behind the last one")
}

fn not_in_lock(migration: &Migration) -> Diagnostic {
    Diagnostic::error("not-in-lock", format!("`{}` is not in {LOCK_FILE}", migration.label))
        .in_file(&migration.up.file)
        .why("a crate that does not read the directory when it is built would miss it")
        .help("add it with `cargo pgstrata lock`; next time `cargo pgstrata new` does both")
}

/// A sealed migration whose files say something else now.
fn edited(line: &Line, migration: &Migration) -> Vec<Diagnostic> {
    let Some(seal) = &line.seal else {
        return Vec::new();
    };
    if seal.algorithm != checksum::ALGORITHM {
        let message = format!("checksum algorithm {} is unknown to this version", seal.algorithm);
        return vec![refused(&message, line.span).help("update pgstrata")];
    }
    [(&seal.up, &migration.up), (&seal.down, &migration.down)]
        .into_iter()
        .filter(|(sealed, script)| **sealed != hex(&script.checksum))
        .map(|(_, script)| {
            Diagnostic::error(
                "sealed",
                format!("`{}` was changed after it was sealed", script.file),
            )
            .in_file(&script.file)
            .labelled(LOCK_FILE, Some(line.span), "sealed here")
            .why("databases that ran it will not run it again, and would refuse the program")
            .help("restore the file, and make the change in a new migration")
        })
        .collect()
}

/// A line whose files are gone, or have another name.
fn removed(line: &Line, renamed: Option<&Migration>) -> Diagnostic {
    let open = line.seal.is_none();
    let (message, help) = match renamed {
        Some(migration) => (
            format!("`{}` was renamed to `{}`", line.label, migration.label),
            format!("give both files their old name, {}", line.label),
        ),
        None => (
            format!("the files of `{}` are missing", line.label),
            "restore both files from version control; to undo a migration, write a new one"
                .to_owned(),
        ),
    };
    let diagnostic = refused(&message, line.span);
    if open {
        // Nobody has run it yet, so the lock follows the files.
        let help = "record it with `cargo pgstrata lock`, or restore the files";
        return Diagnostic { rule: "lock-open", ..diagnostic }.help(help);
    }
    diagnostic.help(help)
}
