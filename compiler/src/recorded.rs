//! Lines of the lock for files that may change: repeatable scripts and the settings.
//!
//! They say what such a file was when `cargo pgstrata lock` ran last, so that a release is
//! made of nothing that nobody has looked at. No chain leads over them, as an edit is no fault.

use crate::checksum::{ALGORITHM, hex, sha256};
use crate::diagnostic::Diagnostic;
use crate::file_name::repeatable_name;
use crate::repeatable::Repeatable;
use crate::source::{LOCK_FILE, SETTINGS_FILE, Source};
use crate::span::Span;

/// One file's line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recorded {
    /// `repeatable/active_accounts.sql`, or that of the settings.
    pub file: String,
    /// What it was; `None` where it was new.
    pub content: Option<Content>,
    /// The name in the lock.
    pub span: Span,
}

/// What a file was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Content {
    /// Which rule made the checksum.
    pub algorithm: u16,
    /// Of a script's tokens, or of the settings' text.
    pub checksum: String,
}

impl Recorded {
    /// A line for a file that is new.
    pub fn open(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            content: None,
            span: Span::new(0, 0),
        }
    }

    /// Whether the line of a lock that begins with this word is one of these.
    pub fn is_named(word: &str) -> bool {
        word == SETTINGS_FILE || repeatable_name(word).is_ok()
    }

    /// The line as written.
    pub fn written(&self) -> String {
        match &self.content {
            None => format!("{} open", self.file),
            Some(Content {
                algorithm,
                checksum,
            }) => {
                format!("{} {algorithm} checksum:{checksum}", self.file)
            }
        }
    }

    /// Reads the words of a line; `None` if it is not complete.
    pub fn parse(words: &[&str], span: Span) -> Option<Self> {
        let content = match words[1..] {
            ["open"] => None,
            [algorithm, checksum] => Some(Content {
                algorithm: algorithm.parse().ok()?,
                checksum: checksum.strip_prefix("checksum:")?.to_owned(),
            }),
            _ => return None,
        };
        Some(Self {
            file: words[0].to_owned(),
            content,
            span,
        })
    }
}

/// What there is to record of a directory as it is now, sorted by name.
pub fn now(repeatables: &[Repeatable], settings: Option<&Source>) -> Vec<Recorded> {
    let sealed = |file: &str, digest| {
        let content = Content {
            algorithm: ALGORITHM,
            checksum: hex(&digest),
        };
        Recorded {
            content: Some(content),
            ..Recorded::open(file)
        }
    };
    let scripts = repeatables
        .iter()
        .map(|it| sealed(&it.script.file, it.script.checksum));
    let settings = settings.and_then(|source| Some((&source.name, source.text.as_ref()?)));
    let settings = settings.map(|(name, text)| sealed(name, sha256(text.as_bytes())));
    let mut all: Vec<Recorded> = scripts.chain(settings).collect();
    all.sort_by(by_place);
    all
}

/// Scripts by name, the settings behind them.
pub fn by_place(one: &Recorded, other: &Recorded) -> std::cmp::Ordering {
    let place = |it: &Recorded| it.file == SETTINGS_FILE;
    place(one)
        .cmp(&place(other))
        .then_with(|| one.file.cmp(&other.file))
}

/// Files that are not what their lines say, or have none, and lines without a file. Nothing
/// of it is refused before a release.
pub fn compare(recorded: &[Recorded], now: &[Recorded]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for it in now {
        match recorded.iter().find(|line| line.file == it.file) {
            None => {
                let message = format!("`{}` is not in {LOCK_FILE}", it.file);
                diagnostics.push(stale(message).in_file(&it.file));
            }
            Some(line) if line.content.is_some() && line.content != it.content => {
                let message = format!("`{}` is not as {LOCK_FILE} has it", it.file);
                let found = stale(message).in_file(&it.file);
                diagnostics.push(found.labelled(LOCK_FILE, Some(line.span), "recorded here"));
            }
            Some(_) => {}
        }
    }
    for line in recorded
        .iter()
        .filter(|line| now.iter().all(|it| it.file != line.file))
    {
        let message = format!("{LOCK_FILE} has a line for `{}`, which is gone", line.file);
        diagnostics.push(stale(message).at(LOCK_FILE, line.span));
    }
    diagnostics
}

fn stale(message: String) -> Diagnostic {
    Diagnostic::warning("lock-stale", message)
        .why("`cargo pgstrata check --sealed` refuses it, as a release is what the lock says")
        .help("record it with `cargo pgstrata lock`")
}
