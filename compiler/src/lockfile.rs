//! `migrations.lock`: which migrations there are, and what they were when they were
//! sealed.
//!
//! One line a migration: its label, then either `open`, or the checksum algorithm's id,
//! the checksums of its scripts and a chain hash over this line and all lines before
//! it. Two branches that each add a migration change the same place of the file, so
//! that git reports the conflict. Below stands what may change, a line a file, with a
//! line between that keeps git from joining the changes of both.
//!
//! The file is long because reading, writing and comparing follow one format.

use std::collections::{BTreeMap, BTreeSet};

use crate::checksum::{self, Sha256Digest, hex, sha256};
use crate::diagnostic::Diagnostic;
use crate::directive::Phase;
use crate::file_name::digits_of;
use crate::migration::Migration;
use crate::recorded::{Recorded, by_place};
use crate::script::Script;
use crate::source::{LOCK_FILE, first_line};
use crate::span::Span;

/// Says what the file is, also to a later version of this program.
const HEADER: &str = "# pgstrata lock 1. Written by `cargo pgstrata new` and `cargo pgstrata lock`; commit it, do not edit it.";

/// What begins every header of this format.
const HEADER_START: &str = "# pgstrata lock 1";

/// Between what is sealed and what may change.
const SEPARATOR: &str = "# Below: files that may change, as they were when `lock` ran last.";

/// A lock file, read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LockFile {
    /// The migrations' lines, in order: sealed ones first.
    pub lines: Vec<Line>,
    /// The lines of other files.
    pub recorded: Vec<Recorded>,
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
    /// Of the verify script, where there was one.
    pub verify: Option<String>,
}

impl Line {
    /// A line for a migration that may still be edited.
    pub fn open(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            seal: None,
            span: Span::new(0, 0),
        }
    }

    /// A line that fixes what a migration is now.
    pub fn sealed(migration: &Migration) -> Self {
        let seal = Seal {
            algorithm: checksum::ALGORITHM,
            up: hex(&migration.up.checksum),
            down: hex(&migration.down.checksum),
            verify: migration
                .verify
                .as_ref()
                .map(|verify| hex(&verify.checksum)),
        };
        Self {
            seal: Some(seal),
            ..Self::open(&migration.label)
        }
    }

    /// The line as written, without the chain hash.
    fn content(&self) -> String {
        match &self.seal {
            None => format!("{} open", self.label),
            Some(Seal {
                algorithm,
                up,
                down,
                verify,
            }) => {
                let verify = verify.as_ref().map(|verify| format!(" verify:{verify}"));
                let verify = verify.unwrap_or_default();
                format!("{} {algorithm} up:{up} down:{down}{verify}", self.label)
            }
        }
    }
}

/// What is said without a lock file.
pub(crate) fn missing(directory: &str) -> Diagnostic {
    Diagnostic::warning("no-lock", format!("there is no {LOCK_FILE}"))
        .in_file("")
        .why("without it nothing notices a migration that was edited after its release")
        .help(format!(
            "create it with `cargo pgstrata lock --dir {directory}` and commit it"
        ))
}

impl LockFile {
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
        let mut recorded: Vec<&Recorded> = self.recorded.iter().collect();
        recorded.sort_by(|one, other| by_place(one, other));
        if !recorded.is_empty() {
            let lines = recorded.iter().map(|line| line.written());
            text.extend(
                [SEPARATOR.to_owned()]
                    .into_iter()
                    .chain(lines)
                    .map(|line| line + "\n"),
            );
        }
        text
    }

    /// Whether this migration is sealed.
    pub fn seals(&self, label: &str) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.label == label && line.seal.is_some())
    }

    /// Whether this script of a migration is sealed as it is now, so that it cannot change.
    pub fn holds(&self, script: &Script) -> bool {
        let mut parts = script.file.split('.');
        let (label, purpose) = (parts.next(), parts.next());
        let mut lines = self.lines.iter();
        let seal =
            lines.find_map(|line| line.seal.as_ref().filter(|_| Some(&*line.label) == label));
        let sealed = seal.and_then(|seal| match purpose {
            Some("up") => Some(&seal.up),
            Some("down") => Some(&seal.down),
            Some("verify") => seal.verify.as_ref(),
            _ => None,
        });
        sealed.is_some_and(|sealed| *sealed == hex(&script.checksum))
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
                Ok(Read::Recorded(line)) => {
                    if lock.recorded.iter().any(|other| other.file == line.file) {
                        let message = format!("`{}` has two lines", line.file);
                        diagnostics.push(refused(&message, span).help(
                            "remove one of them; `cargo pgstrata lock` then records the file as it is",
                        ));
                        break;
                    }
                    lock.recorded.push(line);
                }
                Ok(Read::Migration(line, written_chain)) => {
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
        if diagnostics.is_empty() {
            Ok(lock)
        } else {
            Err(diagnostics)
        }
    }
}

/// The first line that git wrote between the lines of two branches.
pub fn conflict_marker(text: &str) -> Option<Span> {
    let mut offset = 0;
    text.split_inclusive('\n').find_map(|line| {
        let span = Span::new(offset, offset + line.trim_end().len());
        offset += line.len();
        let is_marker = |marker| line.starts_with(marker);
        ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
            .into_iter()
            .any(is_marker)
            .then_some(span)
    })
}

/// The lines that can be read of a file that two branches changed; their chain hashes
/// fit neither branch and are not looked at.
pub fn legible_lines(text: &str) -> Vec<Line> {
    let lines = text
        .lines()
        .filter_map(|line| match parse_line(line, Span::new(0, 0)) {
            Ok(Read::Migration(line, _)) => Some(line),
            _ => None,
        });
    lines.collect()
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

/// A line, read.
enum Read<'a> {
    /// With the chain hash that stands in it.
    Migration(Line, Option<&'a str>),
    Recorded(Recorded),
}

fn parse_line(text: &str, span: Span) -> Result<Read<'_>, Diagnostic> {
    let malformed = || refused("this line is not complete", span).help(RESTORE);
    let fields: Vec<&str> = text.split(' ').collect();
    let label = Span::new(span.start, span.start + fields[0].len());
    let line = |name: &str, seal| Line {
        label: name.to_owned(),
        seal,
        span: label,
    };
    let hash = |field: &str, name: &str| {
        field
            .strip_prefix(name)
            .map(str::to_owned)
            .ok_or_else(malformed)
    };
    match fields[..] {
        [name, ..] if Recorded::is_named(name) => Recorded::parse(&fields, label)
            .map(Read::Recorded)
            .ok_or_else(malformed),
        [name, "open"] => Ok(Read::Migration(line(name, None), None)),
        [name, algorithm, up, down, ref verify @ .., chain] if verify.len() <= 1 => {
            let seal = Seal {
                algorithm: algorithm.parse().map_err(|_| malformed())?,
                up: hash(up, "up:")?,
                down: hash(down, "down:")?,
                verify: verify
                    .first()
                    .map(|field| hash(field, "verify:"))
                    .transpose()?,
            };
            let chain = chain.strip_prefix("chain:").ok_or_else(malformed)?;
            Ok(Read::Migration(line(name, Some(seal)), Some(chain)))
        }
        _ => Err(malformed()),
    }
}

/// Compares the migrations of the directory with its lock.
pub fn compare(lock: &LockFile, migrations: &[Migration]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let by_label: BTreeMap<&str, &Migration> = migrations
        .iter()
        .map(|migration| (migration.label.as_str(), migration))
        .collect();
    let by_digits: BTreeMap<&str, &Migration> = migrations
        .iter()
        .map(|migration| (digits_of(&migration.label), migration))
        .collect();
    let mut previous = "";
    for line in &lock.lines {
        if line.label.as_str() <= previous {
            let message = format!(
                "`{}` stands behind `{previous}`, which comes later",
                line.label
            );
            diagnostics.push(refused(&message, line.span).help(RESTORE));
        }
        previous = &line.label;
        match by_label.get(line.label.as_str()) {
            Some(migration) => diagnostics.extend(edited(line, migration)),
            None => diagnostics.push(removed(
                line,
                by_digits.get(digits_of(&line.label)).copied(),
            )),
        }
    }
    // A renamed migration has its line under the old name.
    let locked: BTreeSet<&str> = lock
        .lines
        .iter()
        .map(|line| digits_of(&line.label))
        .collect();
    let last_sealed = lock.lines.iter().rfind(|line| line.seal.is_some());
    for migration in migrations
        .iter()
        .filter(|new| !locked.contains(digits_of(&new.label)))
    {
        let sealed_later = last_sealed.filter(|last| migration.label < last.label);
        diagnostics.push(match sealed_later {
            Some(last) => out_of_order(migration, last),
            None => not_in_lock(migration),
        });
    }
    diagnostics
}

fn out_of_order(migration: &Migration, last: &Line) -> Diagnostic {
    let message = format!(
        "`{}` is new, but comes before `{}`, which is sealed",
        migration.label, last.label
    );
    Diagnostic::error("out-of-order", message)
        .in_file(&migration.up.file)
        .labelled(LOCK_FILE, Some(last.span), "sealed here")
        .why("databases that have the later one already would never run this one in order")
        .help("give it a number behind the last one")
}

/// Contract steps that are not the last of what a base does not have: where one is held, all that
/// comes after it waits for the next release as well. A base that holds nothing is an empty database,
/// where nothing is held.
pub fn contract_not_last(
    migrations: &[Migration],
    is_in_base: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let new = |migration: &&Migration| !is_in_base(&migration.label);
    if migrations.iter().all(|migration| new(&migration)) {
        return Vec::new();
    }
    let is_contract = |it: &Migration| it.up.phase == Some(Phase::Contract);
    let last = migrations.iter().filter(new).rfind(|it| !is_contract(it));
    let contracts = migrations.iter().filter(new).filter(|it| is_contract(it));
    let early = contracts.filter_map(|contract| {
        let last = last.filter(|last| contract.version < last.version)?;
        let message = format!(
            "`{}` contracts, and is not the last new migration: `{}` comes after it",
            contract.label, last.label
        );
        let found = Diagnostic::error("contract-not-last", message)
            .in_file(&contract.up.file)
            .why(
                "`up` holds a contract step until the release after its expand step, and what \
                 comes after it waits as long",
            )
            .help(
                "give it a number after all other new migrations, or leave it to the next release",
            );
        Some(found)
    });
    early.collect()
}

fn not_in_lock(migration: &Migration) -> Diagnostic {
    Diagnostic::error(
        "not-in-lock",
        format!("`{}` is not in {LOCK_FILE}", migration.label),
    )
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
        let message = format!(
            "checksum algorithm {} is unknown to this version",
            seal.algorithm
        );
        return vec![refused(&message, line.span).help("update pgstrata")];
    }
    let mut changed: Vec<Diagnostic> = [
        (Some(&seal.up), Some(&migration.up)),
        (Some(&seal.down), Some(&migration.down)),
        (seal.verify.as_ref(), migration.verify.as_ref()),
    ]
    .into_iter()
    .filter_map(|(sealed, script)| Some((sealed, script?)))
    .filter(|(sealed, script)| *sealed != Some(&hex(&script.checksum)))
    .map(|(sealed, script)| {
        if sealed.is_none() {
            return added(line, script);
        }
        Diagnostic::error(
            "sealed",
            format!("`{}` was changed after it was sealed", script.file),
        )
        .in_file(&script.file)
        .labelled(LOCK_FILE, Some(line.span), "sealed here")
        .why("databases that ran it will not run it again, and would refuse the program")
        .help("restore the file, and make the change in a new migration")
    })
    .collect();
    if seal.verify.is_some() && migration.verify.is_none() {
        let message = format!("`{}.verify.sql` is missing", line.label);
        changed.push(refused(&message, line.span).help("restore it from version control"));
    }
    changed
}

/// A verify script of a migration that was sealed without one. Databases do not know it.
fn added(line: &Line, verify: &Script) -> Diagnostic {
    let message = format!("`{}` was added after its migration was sealed", verify.file);
    let version = digits_of(&line.label);
    Diagnostic::error("sealed", message)
        .in_file(&verify.file)
        .labelled(LOCK_FILE, Some(line.span), "sealed here")
        .help(format!(
            "seal it as well with `cargo pgstrata lock --amend {version}`"
        ))
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
        return Diagnostic {
            rule: "lock-open",
            ..diagnostic
        }
        .help(help);
    }
    diagnostic.help(help)
}
