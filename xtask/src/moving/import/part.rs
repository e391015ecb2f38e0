//! One script of another tool, and what is read of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::split::{Split, split};
use pgstrata_compiler::statement::Statement;
use pgstrata_compiler::statement_kind::StatementKind;

use crate::failure::Failure;

/// A script, as it will be one of ours.
pub(super) struct Part {
    /// Where it was found, for messages.
    pub(super) file: String,
    /// Its version, which may be several numbers, such as 1.2; a repeatable script has none.
    pub(super) number: Vec<u64>,
    /// How wide the version was written.
    pub(super) digits: usize,
    pub(super) name: String,
    pub(super) purpose: Purpose,
    pub(super) sql: String,
    /// Whether the other tool ran it in a transaction.
    pub(super) transaction: bool,
}

/// Everything that was read.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) all: Vec<Part>,
    /// Files that are no script, each with the reason.
    pub(super) left_out: Vec<String>,
}

impl Part {
    /// A script whose version is one number, as `digits` say.
    pub(super) fn new(file: &str, digits: &str, name: &str, purpose: Purpose, sql: &str) -> Self {
        Self {
            file: file.to_owned(),
            number: vec![number(digits)],
            digits: digits.len(),
            name: name.to_owned(),
            purpose,
            sql: sql.to_owned(),
            transaction: true,
        }
    }

    /// Whether it has no statement.
    pub(super) fn is_empty(&self) -> bool {
        let split = split("", &self.sql);
        split.statements.is_empty() && split.diagnostics.is_empty()
    }

    /// The text of our file: transactions around all of it are what the runner makes, and where
    /// there can be none, a directive says so.
    pub(super) fn text(&self) -> String {
        let split = split("", &self.sql);
        let statements = statements(&self.sql, &split);
        let refuses = |it: &Statement<'_>| matches!(it.kind(), StatementKind::NotInTransaction(_));
        let body = within_transaction(&self.sql, &split, &statements, self.purpose);
        let is_whole = self.transaction || body.is_some();
        let is_bare = !is_whole || statements.iter().any(refuses);
        let directive = "-- pgstrata: no-transaction\n";
        let head = if is_bare && self.purpose != Purpose::Verify {
            directive
        } else {
            ""
        };
        let body = body.as_deref().unwrap_or(&self.sql);
        let end = if body.is_empty() || body.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        format!("{head}{body}{end}")
    }
}

fn statements<'t>(text: &'t str, split: &'t Split) -> Vec<Statement<'t>> {
    let statement = |it: &std::ops::Range<usize>| Statement::new(text, &split.tokens[it.clone()]);
    split.statements.iter().map(statement).collect()
}

/// The text without a `BEGIN` and a `COMMIT` that enclose all of it and say nothing else, where it
/// has them; of what verifies, the end is a `ROLLBACK`.
fn within_transaction(
    text: &str,
    split: &Split,
    statements: &[Statement<'_>],
    purpose: Purpose,
) -> Option<String> {
    let [first, inner @ .., last] = statements else {
        return None;
    };
    let is_plain = |it: &Statement<'_>| it.tokens.len() <= 2;
    let begins =
        (first.is(0, "begin") || first.are(0, &["start", "transaction"])) && is_plain(first);
    let commits = last.is(0, "commit") || last.is(0, "end");
    let ends = commits || last.is(0, "rollback") && purpose == Purpose::Verify;
    let is_control = |it: &Statement<'_>| matches!(it.kind(), StatementKind::TransactionControl(_));
    if !(begins && ends && is_plain(last)) || inner.iter().any(is_control) {
        return None;
    }
    // Each with its semicolon, and the line where nothing else is on it.
    let cut = |index: usize| {
        let range = &split.statements[index];
        let start = split.tokens[range.start].span.start;
        let end = split
            .tokens
            .get(range.end)
            .map_or(text.len(), |semicolon| semicolon.span.end);
        let rest = &text[end..];
        (
            start,
            end + rest.len() - rest.strip_prefix('\n').unwrap_or(rest).len(),
        )
    };
    let ((begin, body), (end, behind)) = (cut(0), cut(statements.len() - 1));
    Some(
        [
            &text[..begin],
            text[body..end].trim_end(),
            "\n",
            text[behind..].trim_end(),
        ]
        .concat(),
    )
}

/// The files of a folder, by name, with their paths.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let failed = |error| Failure::file("read", folder, &error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            files.push((name.to_owned(), path));
        }
    }
    files.sort();
    Ok(files)
}

/// A file's text, without byte order mark and with LF line ends.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// The number at the start of a name, and what comes behind its `_`.
pub(super) fn numbered(name: &str) -> Option<(&str, &str)> {
    let digits = &name[..name.bytes().take_while(u8::is_ascii_digit).count()];
    let rest = name[digits.len()..].strip_prefix('_')?;
    (!digits.is_empty()).then_some((digits, rest))
}

/// More than fit are the greatest: they are numbered anew.
pub(super) fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}
