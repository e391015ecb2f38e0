//! dbmate, goose and sql-migrate: one file a migration, in which comments say what goes up and what down.

use std::path::Path;

use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::lexer::{TokenKind, tokens};

use super::part::{Part, Parts, files, numbered, text};
use crate::failure::Failure;

/// What a comment says.
enum Mark {
    Section {
        purpose: Purpose,
        transaction: bool,
    },
    /// The whole file runs outside a transaction.
    NoTransaction,
    /// Something that only the other tool needs.
    Other,
}

/// `-- migrate:up transaction:false`.
pub(super) fn read_dbmate(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    read(folder, parts, |comment| {
        let mut words = comment.split_whitespace();
        let purpose = match words.next()? {
            "migrate:up" => Purpose::Up,
            "migrate:down" => Purpose::Down,
            _ => return None,
        };
        let transaction = words.all(|word| word != "transaction:false");
        Some(Mark::Section {
            purpose,
            transaction,
        })
    })
}

/// `-- +goose Up`, `-- +goose NO TRANSACTION`, `-- +goose StatementBegin`.
pub(super) fn read_goose(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    read(folder, parts, |comment| {
        let word = comment.strip_prefix("+goose")?.trim().to_ascii_lowercase();
        let section = |purpose| Mark::Section {
            purpose,
            transaction: true,
        };
        Some(match word.as_str() {
            "up" => section(Purpose::Up),
            "down" => section(Purpose::Down),
            "no transaction" => Mark::NoTransaction,
            _ => Mark::Other,
        })
    })
}

/// `-- +migrate Up notransaction`.
pub(super) fn read_sql_migrate(folder: &Path, parts: &mut Parts) -> Result<(), Failure> {
    read(folder, parts, |comment| {
        let mut words = comment.strip_prefix("+migrate")?.split_whitespace();
        let purpose = match words.next()?.to_ascii_lowercase().as_str() {
            "up" => Purpose::Up,
            "down" => Purpose::Down,
            _ => return Some(Mark::Other),
        };
        let transaction = words.all(|word| word != "notransaction");
        Some(Mark::Section {
            purpose,
            transaction,
        })
    })
}

fn read(
    folder: &Path,
    parts: &mut Parts,
    mark: impl Fn(&str) -> Option<Mark>,
) -> Result<(), Failure> {
    for (file, path) in files(folder)? {
        let Some(stem) = file.strip_suffix(".sql") else {
            continue;
        };
        let Some((digits, name)) = numbered(stem) else {
            parts.left_out.push(format!(
                "{file}: its name does not begin with a number and `_`"
            ));
            continue;
        };
        let text = text(&path)?;
        let sections = sections(&text, &mark);
        if sections.is_empty() {
            parts
                .left_out
                .push(format!("{file}: no comment says where its way up begins"));
        }
        for (purpose, transaction, sql) in sections {
            let part = Part::new(&file, digits, name, purpose, sql.trim());
            parts.all.push(Part {
                transaction,
                ..part
            });
        }
    }
    Ok(())
}

/// The text behind each mark of a section, without other marks.
fn sections(text: &str, mark: impl Fn(&str) -> Option<Mark>) -> Vec<(Purpose, bool, String)> {
    let mut sections: Vec<(Purpose, bool, String)> = Vec::new();
    let (mut is_apart, mut copied) = (false, 0);
    let comments = tokens(text).filter(|token| token.kind == TokenKind::LineComment);
    for comment in comments {
        let Some(mark) = mark(comment.span.of(text).trim_start_matches('-').trim()) else {
            continue;
        };
        if let Some((_, _, sql)) = sections.last_mut() {
            *sql += &text[copied..comment.span.start];
        }
        copied = comment.span.end;
        match mark {
            Mark::Section {
                purpose,
                transaction,
            } => {
                sections.push((purpose, transaction, String::new()));
            }
            Mark::NoTransaction => is_apart = true,
            Mark::Other => {}
        }
    }
    if let Some((_, _, sql)) = sections.last_mut() {
        *sql += &text[copied..];
    }
    for (_, transaction, _) in &mut sections {
        *transaction &= !is_apart;
    }
    sections
}
