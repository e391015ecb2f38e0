//! Files with a number in front: those of golang-migrate and sqlx, and those that projects number
//! by hand.

use std::path::Path;

use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::lexer::TokenKind;
use pgstrata_compiler::split::split;

use super::part::{Part, Parts, files, numbered, text};
use crate::failure::Failure;

/// golang-migrate and sqlx: `1_name.up.sql` and `1_name.down.sql`, or `1_name.sql`.
pub(super) fn read_pairs(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    for (file, path) in files(folder)? {
        let Some(stem) = file.strip_suffix(".sql") else {
            continue;
        };
        let (stem, purpose) = match stem.rsplit_once('.') {
            Some((stem, "down")) => (stem, Purpose::Down),
            Some((stem, "up")) => (stem, Purpose::Up),
            _ => (stem, Purpose::Up),
        };
        let Some((digits, name)) = numbered(stem) else {
            parts.left_out.push(format!(
                "{file}: its name does not begin with a number and `_`"
            ));
            continue;
        };
        let sql = text(&path)?;
        // sqlx reads it from the first line.
        let transaction = comment_of(sql.lines().next()) != Some("no-transaction");
        parts.all.push(Part {
            transaction,
            ..Part::new(&file, digits, name, purpose, &sql)
        });
    }
    Ok(())
}

/// Numbered by hand: the way back is a file of its own, or a comment.
pub(super) fn read(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    for (file, path) in files(folder)? {
        if path.is_dir() && FOLDERS.contains(&&*file) {
            for (name, path) in files(&path)? {
                read_file(&format!("{file}/{name}"), &name, &path, true, parts)?;
            }
        } else {
            read_file(&file, &file, &path, false, parts)?;
        }
    }
    // A file counts more than a comment.
    parts
        .all
        .sort_by_key(|part| part.purpose == Purpose::Down && part.file.ends_with(COMMENT));
    Ok(())
}

/// Folders in which every file is a way back.
const FOLDERS: [&str; 6] = [
    "rollback",
    "rollbacks",
    "down",
    "undo",
    "revert",
    "backward",
];

/// In a name. Other words for it begin names of migrations, too, such as `down_payment`.
const BACK: &str = "rollback";

/// A comment that begins with one of these has the way back behind it.
const HEADS: [&str; 4] = ["rollback", "down", "undo", "revert"];

/// Behind the file's name, where the way back is a comment of it.
const COMMENT: &str = " (its comment)";

fn read_file(
    shown: &str,
    file: &str,
    path: &Path,
    is_back: bool,
    parts: &mut Parts,
) -> Result<(), Failure> {
    let Some(stem) = file.strip_suffix(".sql") else {
        return Ok(());
    };
    // `rollback_013_name` is `013_rollback_name`.
    let turned = stem
        .strip_prefix(BACK)
        .and_then(|rest| rest.strip_prefix('_'));
    let Some((digits, name)) = numbered(turned.unwrap_or(stem)) else {
        parts.left_out.push(format!(
            "{shown}: its name does not begin with a number and `_`"
        ));
        return Ok(());
    };
    let before = || name.strip_prefix(BACK)?.strip_prefix('_');
    let behind = || name.strip_suffix(BACK)?.strip_suffix(['_', '.']);
    let bare = before()
        .or_else(behind)
        .or_else(|| name.strip_suffix(".down"));
    let sql = text(path)?;
    if is_back || turned.is_some() || bare.is_some() {
        let name = bare.unwrap_or(name);
        parts
            .all
            .push(Part::new(shown, digits, name, Purpose::Down, &sql));
        return Ok(());
    }
    let name = name.strip_suffix(".up").unwrap_or(name);
    let (up, down) = commented(&sql);
    parts
        .all
        .push(Part::new(shown, digits, name, Purpose::Up, up));
    if let Some(down) = down {
        let shown = format!("{shown}{COMMENT}");
        parts
            .all
            .push(Part::new(&shown, digits, name, Purpose::Down, &down));
    }
    Ok(())
}

/// What comes before a comment that begins with `ROLLBACK`, and what the comments behind it hold,
/// where nothing else comes behind it.
fn commented(text: &str) -> (&str, Option<String>) {
    let split = split("", text);
    let behind = split.tokens.last().map_or(0, |last| last.span.end);
    let comments = split
        .comments
        .iter()
        .filter(|comment| comment.span.start >= behind && comment.kind == TokenKind::LineComment);
    let comments: Vec<_> = comments.collect();
    let is_head = |content: &str| {
        let first = content
            .split(|sign: char| !sign.is_ascii_alphabetic())
            .next();
        first.is_some_and(|word| HEADS.iter().any(|head| word.eq_ignore_ascii_case(head)))
    };
    let content = |comment: &str| comment_of(Some(comment)).unwrap_or_default().to_owned();
    let head = comments
        .iter()
        .position(|comment| is_head(&content(comment.span.of(text))));
    let Some(head) = head else {
        return (text, None);
    };
    let lines = comments[head + 1..]
        .iter()
        .map(|comment| content(comment.span.of(text)));
    let lines: Vec<String> = lines.filter(|line| !is_rule(line)).collect();
    // Prose does not end like this.
    if !lines
        .iter()
        .rfind(|line| !line.is_empty())
        .is_some_and(|line| line.ends_with(';'))
    {
        return (text, None);
    }
    (
        text[..comments[head].span.start].trim_end(),
        Some(lines.join("\n")),
    )
}

/// A line of one sign that only separates.
fn is_rule(line: &str) -> bool {
    line.len() > 2
        && line
            .bytes()
            .all(|sign| matches!(sign, b'=' | b'-' | b'*' | b'#'))
}

/// What a line comment says.
fn comment_of(line: Option<&str>) -> Option<&str> {
    line?.strip_prefix("--").map(str::trim)
}
