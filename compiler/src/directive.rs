//! `-- pgstrata: …` comments, strictly parsed.
//!
//! It is long because it has a reader for each directive, and all of them say what was meant.

use std::time::Duration;

use crate::cursor::{Cursor, Name};
use crate::diagnostic::Diagnostic;
use crate::file_name::{Purpose, is_repeatable};
use crate::lexer::{Token, TokenKind, tokens};
use crate::rust_path::is_function;
use crate::spelling::{edit_distance, nearest};
use crate::split::split;
use crate::statement::Statement;

/// An instruction in a comment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Directive {
    /// Run this file's statements one by one, outside a transaction.
    NoTransaction,
    /// In a down file: there is no way back, and why.
    Irreversible(String),
    /// Behind the file's statements, in the same transaction, runs the Rust function with
    /// this path.
    Code(String),
    /// These must exist and come before.
    Requires(Vec<Required>),
    /// These extensions are installed before the migration runs.
    RequiresExtension(Vec<String>),
    /// Somebody else makes these tables.
    RequiresTable(Vec<ForeignTable>),
    /// The extension is left out where the server does not have it.
    Optional,
    /// The part of a change without downtime that this is.
    Phase(Phase),
    /// Repeat the statement, a transaction each, until it touches no row.
    Batch(Pace),
    /// A query for the number of rows in all.
    Total(String),
    /// The column along which a batch walks.
    Key(String),
    /// In a SQL test: the statement fails with this SQLSTATE.
    ExpectError(String),
    /// Instead of the runner's.
    LockTimeout(Duration),
    /// Instead of the runner's.
    StatementTimeout(Duration),
    /// Silences one rule, with a reason.
    Allow {
        /// The rule's id.
        rule: String,
        /// Why it is right here.
        reason: String,
    },
}

/// What comes before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Required {
    /// A migration.
    Version(u64),
    /// A repeatable script.
    Repeatable(String),
}

/// A table that no migration of the directory makes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ForeignTable {
    /// As written, without blanks: `other_repo.account`.
    pub written: String,
    /// As the catalog knows it.
    pub name: Name,
}

/// The parts of a change that old and new programs live through together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Adds.
    Expand,
    /// Moves data.
    Migrate,
    /// Removes.
    Contract,
}

/// How fast and how far a batch goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pace {
    /// Between two transactions.
    pub pause: Option<Duration>,
    /// More would be a mistake.
    pub max_batches: Option<u64>,
}

/// What a directive is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// The whole file, from its header.
    File,
    /// The statement below.
    Statement,
    /// The file from its header, or the statement below.
    Either,
}

/// Every directive's name.
const NAMES: [&str; 15] = [
    "no-transaction",
    "irreversible",
    "code",
    "requires",
    "requires-extension",
    "requires-table",
    "optional",
    "phase",
    "batch",
    "total",
    "key",
    "expect-error",
    "lock-timeout",
    "statement-timeout",
    "allow",
];

const PHASES: [(&str, Phase); 3] = [
    ("expand", Phase::Expand),
    ("migrate", Phase::Migrate),
    ("contract", Phase::Contract),
];

impl Directive {
    /// Reads one `--` comment; `None` if it is an ordinary one.
    pub fn parse(comment: &str) -> Option<Result<Self, Diagnostic>> {
        let content = comment.trim_start_matches('-').trim();
        let (word, rest) = match content.split_once(':') {
            Some((word, rest)) => (word.trim_end(), rest.trim()),
            None => content
                .split_once(char::is_whitespace)
                .unwrap_or((content, "")),
        };
        let colon = content[word.len()..].trim_start().starts_with(':');
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let is_name = NAMES.contains(&name);
        if word == "pgstrata" && colon {
            return Some(directive(name, argument.trim()));
        }
        // A slip in the word itself would otherwise be an ordinary comment.
        if is_name && edit_distance(&word.to_ascii_lowercase(), "pgstrata") <= 2 {
            let message = format!("this looks like a directive, but it begins with `{word}`");
            return Some(Err(
                error(message).help(format!("write `-- pgstrata: {rest}`"))
            ));
        }
        None
    }

    /// What it is about, and the files that may say it.
    pub fn place(&self) -> (Scope, &'static [Purpose]) {
        use Purpose::{Down, Repeatable, Test, Up, Verify};
        match self {
            Self::NoTransaction | Self::Code(_) => (Scope::File, &[Up, Down]),
            Self::Irreversible(_) => (Scope::File, &[Down]),
            Self::Requires(_) => (Scope::File, &[Up, Repeatable]),
            Self::RequiresExtension(_) | Self::RequiresTable(_) | Self::Phase(_) => {
                (Scope::File, &[Up])
            }
            // The way back is stored in the database as SQL, without what directives say.
            Self::Optional | Self::Batch(_) | Self::Total(_) | Self::Key(_) => {
                (Scope::Statement, &[Up])
            }
            Self::ExpectError(_) => (Scope::Statement, &[Test]),
            Self::LockTimeout(_) | Self::StatementTimeout(_) => {
                (Scope::File, &[Up, Down, Verify, Repeatable, Test])
            }
            Self::Allow { .. } => (Scope::Either, &[Up, Down, Verify, Repeatable, Test]),
        }
    }

    /// It stands in a file that may not say it.
    pub fn misplaced(&self) -> Diagnostic {
        let (name, (scope, purposes)) = (self.name(), self.place());
        let (message, help) = match purposes {
            [Purpose::Up] if scope == Scope::Statement => (
                format!("`{name}` belongs in an up file"),
                "a way back is stored in the database as its SQL alone; write what it needs as SQL",
            ),
            [Purpose::Test] => (
                format!("`{name}` belongs in a SQL test"),
                "SQL tests lie in the folder `tests`; a statement of a migration must not fail",
            ),
            [Purpose::Down] => (
                format!("`{name}` belongs in the down file"),
                "move the line to the file that would take this migration back",
            ),
            [Purpose::Up, Purpose::Down] if name == "code" => (
                format!("`{name}` belongs in an up or down file"),
                "move the line to a migration; all other files are SQL alone",
            ),
            [Purpose::Up, Purpose::Down] => (
                format!("`{name}` belongs in an up or down file"),
                "what cannot run in a transaction belongs in a migration of its own",
            ),
            _ => (
                format!("`{name}` belongs in an up file"),
                "move the line to the file that applies the migration, or remove it",
            ),
        };
        Diagnostic::error("directive", message).help(help)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoTransaction => "no-transaction",
            Self::Irreversible(_) => "irreversible",
            Self::Code(_) => "code",
            Self::Requires(_) => "requires",
            Self::RequiresExtension(_) => "requires-extension",
            Self::RequiresTable(_) => "requires-table",
            Self::Optional => "optional",
            Self::Phase(_) => "phase",
            Self::Batch(_) => "batch",
            Self::Total(_) => "total",
            Self::Key(_) => "key",
            Self::ExpectError(_) => "expect-error",
            Self::LockTimeout(_) => "lock-timeout",
            Self::StatementTimeout(_) => "statement-timeout",
            Self::Allow { .. } => "allow",
        }
    }
}

fn directive(name: &str, argument: &str) -> Result<Directive, Diagnostic> {
    let without_argument = |directive| match argument {
        "" => Ok(directive),
        _ => Err(error(format!("`{name}` takes no argument"))
            .help(format!("write `-- pgstrata: {name}`"))),
    };
    match name {
        "no-transaction" => without_argument(Directive::NoTransaction),
        "irreversible" if argument.is_empty() => Err(error("`irreversible` needs a reason")
            .help("write `-- pgstrata: irreversible the old values are gone`, for example")),
        "irreversible" => Ok(Directive::Irreversible(argument.to_owned())),
        "code" => code(argument),
        "requires" => requires(argument),
        "requires-extension" => extensions(argument),
        "requires-table" => tables(argument),
        "optional" => without_argument(Directive::Optional),
        "phase" => phase(argument),
        "batch" => batch(argument),
        "total" => total(argument),
        "key" => key(argument),
        "expect-error" => expect_error(argument),
        "lock-timeout" => timeout(name, argument).map(Directive::LockTimeout),
        "statement-timeout" => timeout(name, argument).map(Directive::StatementTimeout),
        "allow" => allow(argument),
        _ => Err(unknown(name)),
    }
}

fn code(argument: &str) -> Result<Directive, Diagnostic> {
    if is_function(argument) {
        return Ok(Directive::Code(argument.to_owned()));
    }
    Err(
        error(format!("`{argument}` is no path of a function")).help(
            "write `-- pgstrata: code crate::migrations::hash_passwords`, with the whole path from \
         the crate on",
        ),
    )
}

fn requires(argument: &str) -> Result<Directive, Diagnostic> {
    let required = |word: &str| {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            word.parse().ok().map(Required::Version)
        } else {
            is_repeatable(word).then(|| Required::Repeatable(word.to_owned()))
        }
    };
    let all: Option<Vec<_>> = argument
        .split(',')
        .map(|word| required(word.trim()))
        .collect();
    all.map(Directive::Requires).ok_or_else(|| {
        error(format!("`{argument}` is no list of versions"))
            .help("write `-- pgstrata: requires 0003, 0007`")
    })
}

fn extensions(argument: &str) -> Result<Directive, Diagnostic> {
    let extension = |cursor: &mut Cursor<'_>| cursor.identifier().filter(|name| !name.is_empty());
    list(argument, extension)
        .map(Directive::RequiresExtension)
        .ok_or_else(|| {
            error(format!("`{argument}` is no list of extensions")).help(
                "write `-- pgstrata: requires-extension pg_trgm, \"uuid-ossp\"`; names with other \
             signs than letters, digits and `_` stand in double quotes",
            )
        })
}

fn tables(argument: &str) -> Result<Directive, Diagnostic> {
    let table = |cursor: &mut Cursor<'_>| {
        let before = cursor.rest();
        let name = cursor
            .name()
            .filter(|name| !name.schema.is_empty() && !name.name.is_empty())?;
        let parts = &before.tokens[..before.tokens.len() - cursor.rest().tokens.len()];
        let written = parts.iter().map(|part| part.span.of(argument)).collect();
        // A database and a schema: the first would have to be the one that is connected to.
        (parts.len() <= 3).then_some(ForeignTable { written, name })
    };
    list(argument, table)
        .map(Directive::RequiresTable)
        .ok_or_else(|| {
            error(format!("`{argument}` is no list of tables"))
                .help("write `-- pgstrata: requires-table accounts.account, accounts.team`")
        })
}

/// One thing after the other, as SQL writes them, between commas.
fn list<T>(argument: &str, one: impl Fn(&mut Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let tokens: Vec<Token> = tokens(argument)
        .filter(|token| token.kind != TokenKind::Whitespace)
        .collect();
    let mut cursor = Cursor::new(Statement::new(argument, &tokens));
    let mut all = vec![one(&mut cursor)?];
    while cursor.eat_text(",") {
        all.push(one(&mut cursor)?);
    }
    cursor.is_at_end().then_some(all)
}

fn phase(argument: &str) -> Result<Directive, Diagnostic> {
    if let Some((_, phase)) = PHASES.iter().find(|(word, _)| *word == argument) {
        return Ok(Directive::Phase(*phase));
    }
    let help = match nearest(argument, PHASES.map(|(word, _)| word)) {
        Some(word) => format!("did you mean `-- pgstrata: phase {word}`?"),
        None => "write `-- pgstrata: phase expand`, `migrate` or `contract`".to_owned(),
    };
    Err(error(format!("`{argument}` is no phase")).help(help))
}

fn batch(argument: &str) -> Result<Directive, Diagnostic> {
    const FORM: &str = "write `-- pgstrata: batch pause 100ms max-batches 5000`, or leave out \
                        what is not needed";
    let mut pace = Pace::default();
    let mut words = argument.split_whitespace();
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        let twice = match word {
            "pause" => pace.pause.replace(timeout("batch pause", value)?).is_some(),
            "max-batches" => {
                let number = value.parse().ok().filter(|&number: &u64| number > 0);
                let number = number.ok_or_else(|| {
                    error(format!("`{value}` is no number of batches")).help(FORM)
                })?;
                pace.max_batches.replace(number).is_some()
            }
            _ => {
                let help = match nearest(word, ["pause", "max-batches"]) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => FORM.to_owned(),
                };
                return Err(error(format!("`{word}` is no part of `batch`")).help(help));
            }
        };
        if twice {
            return Err(error(format!("`{word}` stands here twice")).help("keep one of them"));
        }
    }
    Ok(Directive::Batch(pace))
}

fn total(argument: &str) -> Result<Directive, Diagnostic> {
    let split = split("", argument);
    let query = match &split.statements[..] {
        [range] if split.diagnostics.is_empty() => {
            Statement::new(argument, &split.tokens[range.clone()])
        }
        _ => return Err(no_total()),
    };
    let has_parameter = query
        .tokens
        .iter()
        .any(|token| token.kind == TokenKind::Parameter);
    if !(query.is(0, "select") || query.is(0, "with")) || has_parameter {
        return Err(no_total());
    }
    Ok(Directive::Total(query.span().of(argument).to_owned()))
}

fn no_total() -> Diagnostic {
    error("`total` needs one query, in one line").help(
        "write `-- pgstrata: total SELECT count(*) FROM account WHERE email IS NULL`, for example",
    )
}

fn key(argument: &str) -> Result<Directive, Diagnostic> {
    let column = |cursor: &mut Cursor<'_>| cursor.identifier().filter(|name| !name.is_empty());
    match list(argument, column).as_deref() {
        Some([key]) => Ok(Directive::Key(key.clone())),
        _ => Err(error(format!("`{argument}` is no column"))
            .help("write `-- pgstrata: key id`, with the one column to walk along")),
    }
}

fn expect_error(argument: &str) -> Result<Directive, Diagnostic> {
    let is_code = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if argument.len() == 5 && argument.bytes().all(is_code) {
        return Ok(Directive::ExpectError(argument.to_owned()));
    }
    Err(error(format!("`{argument}` is no SQLSTATE")).help(
        "write `-- pgstrata: expect-error 23505`; the PostgreSQL manual lists them in its \
         appendix on error codes",
    ))
}

fn timeout(name: &str, argument: &str) -> Result<Duration, Diagnostic> {
    duration(argument).ok_or_else(|| {
        error(format!("`{argument}` is no duration")).help(format!(
            "write `-- pgstrata: {name} 30s`; units are ms, s, min and h, up to 24 days"
        ))
    })
}

/// A number and a unit; not longer than PostgreSQL's timeouts, which are 32-bit milliseconds.
pub(crate) fn duration(argument: &str) -> Option<Duration> {
    let digits = argument.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = argument.split_at(digits);
    let milliseconds: u64 = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let total = number.parse::<u64>().ok()?.checked_mul(milliseconds)?;
    i32::try_from(total)
        .is_ok()
        .then(|| Duration::from_millis(total))
}

fn allow(argument: &str) -> Result<Directive, Diagnostic> {
    match argument
        .split_once(':')
        .map(|(rule, reason)| (rule.trim(), reason.trim()))
    {
        Some((rule, reason)) if !rule.is_empty() && !reason.is_empty() => Ok(Directive::Allow {
            rule: rule.to_owned(),
            reason: reason.to_owned(),
        }),
        _ => Err(error("`allow` needs a rule and a reason")
            .help("write `-- pgstrata: allow <rule>: <why it is right here>`")),
    }
}

fn unknown(name: &str) -> Diagnostic {
    let diagnostic = error(format!("`{name}` is no directive"));
    match nearest(name, NAMES) {
        Some(known) => diagnostic.help(format!("did you mean `-- pgstrata: {known}`?")),
        None => diagnostic.help("see the list of directives in the README"),
    }
}

fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("directive", message)
}

#[cfg(test)]
mod tests;
