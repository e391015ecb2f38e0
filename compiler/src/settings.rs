//! `pgstrata.toml`: what a team has decided about its directory, strictly parsed.
//!
//! The file is long because each setting brings its type, its values and its error.
//!
//! The file is long because each setting has its type, its words and its refusals here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml_span::value::{Table, Value};

use crate::diagnostic::Diagnostic;
use crate::directive::duration;
use crate::source::SETTINGS_FILE;
use crate::span::Span;
use crate::spelling::nearest;

/// The settings of one directory; without a file, the defaults.
#[derive(Debug, Default)]
pub struct Settings {
    /// How versions follow each other.
    pub numbering: Numbering,
    /// What may stand beside the migrations.
    pub ignore: Vec<Pattern>,
    /// The first migration that rules look at, where that is not the first of all.
    pub check_from: Option<CheckFrom>,
    /// The majors of PostgreSQL that the migrations must run on, where somebody said so.
    pub postgres: Option<RangeInclusive<u16>>,
    /// What `up` keeps before it changes anything.
    pub backup: KeptBefore,
    /// When `up` applies a contract step.
    pub contract: Contract,
    /// How old its expand step must be, where that was asked for.
    pub contract_after: Option<Duration>,
    /// The roles that may own the history's tables, beside those that are trusted anyway.
    pub history_owners: Vec<String>,
    /// Where names without a schema are looked up; the usual schema where nothing is said.
    pub search_path: Vec<String>,
    /// Whether stored down scripts run that are not the program's own.
    pub trusts_stored_down: bool,
    /// The rules whose level is not their own.
    pub levels: BTreeMap<&'static str, Level>,
}

/// How versions follow each other.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Numbering {
    /// Without gaps; timestamps are taken as such.
    #[default]
    Sequential,
    /// Numbers may be left out.
    Gaps,
    /// Every version is a UTC timestamp.
    Timestamp,
}

/// What is backed up before a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum KeptBefore {
    /// The schema, and the rows of the tables that are changed.
    #[default]
    Affected,
    /// The schema.
    Schema,
    /// Everything.
    Full,
    /// Nothing.
    None,
}

/// When a contract step may follow its expand step, on a database that has a history.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Contract {
    /// When another list of migrations runs than the one that expanded.
    #[default]
    NextRelease,
    /// In the same run.
    WithExpand,
}

/// A file name in which `*` stands for any letters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Rules look at this version and those behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckFrom {
    /// The number.
    pub version: u64,
    /// `0043`, as written.
    pub digits: String,
    /// Where it stands.
    pub span: Span,
}

/// What a finding of a rule comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// The directory is refused.
    Deny,
    /// It is reported.
    Warn,
    /// Nothing.
    Off,
}

const NUMBERINGS: [(&str, Numbering); 3] = [
    ("sequential", Numbering::Sequential),
    ("gaps", Numbering::Gaps),
    ("timestamp", Numbering::Timestamp),
];

const KEPT: [(&str, KeptBefore); 4] = [
    ("affected", KeptBefore::Affected),
    ("schema", KeptBefore::Schema),
    ("full", KeptBefore::Full),
    ("none", KeptBefore::None),
];

const CONTRACTS: [(&str, Contract); 2] = [
    ("next-release", Contract::NextRelease),
    ("with-expand", Contract::WithExpand),
];

const STORED_DOWN: [(&str, bool); 2] = [("refuse", false), ("trust", true)];

const LEVELS: [(&str, Level); 3] = [
    ("deny", Level::Deny),
    ("warn", Level::Warn),
    ("off", Level::Off),
];

/// Every key of the file.
const KEYS: [&str; 11] = [
    "numbering",
    "ignore",
    "check-from",
    "postgres",
    "backup",
    "contract",
    "contract-after",
    "history-owner",
    "search-path",
    "stored-down",
    "rules",
];

/// The majors that the project supports.
const SUPPORTED: RangeInclusive<u16> = 13..=18;

impl Settings {
    /// Reads the text of a settings file; everything that is wrong is reported, and then
    /// nothing of it holds.
    pub fn parse(text: &str, rules: &[&'static str]) -> Result<Self, Vec<Diagnostic>> {
        let document = toml_span::parse(text).map_err(|error| vec![broken(text, &error)])?;
        let mut settings = Self::default();
        let mut diagnostics = Vec::new();
        for (key, value) in document.as_table().into_iter().flatten() {
            let refused = match &*key.name {
                "numbering" => one_of("numbering", value, &NUMBERINGS)
                    .map(|numbering| settings.numbering = numbering)
                    .map_err(|refused| vec![refused]),
                "ignore" => patterns(value).map(|patterns| settings.ignore = patterns),
                "check-from" => check_from(value)
                    .map(|from| settings.check_from = Some(from))
                    .map_err(|refused| vec![refused]),
                "postgres" => postgres(value)
                    .map(|majors| settings.postgres = Some(majors))
                    .map_err(|refused| vec![refused]),
                "backup" => one_of("backup", value, &KEPT)
                    .map(|kept| settings.backup = kept)
                    .map_err(|refused| vec![refused]),
                "contract" => one_of("contract", value, &CONTRACTS)
                    .map(|contract| settings.contract = contract)
                    .map_err(|refused| vec![refused]),
                "contract-after" => contract_after(value)
                    .map(|after| settings.contract_after = Some(after))
                    .map_err(|refused| vec![refused]),
                "history-owner" => roles(value)
                    .map(|roles| settings.history_owners = roles)
                    .map_err(|refused| vec![refused]),
                "search-path" => schemas(value)
                    .map(|schemas| settings.search_path = schemas)
                    .map_err(|refused| vec![refused]),
                "stored-down" => one_of("stored-down", value, &STORED_DOWN)
                    .map(|trusts| settings.trusts_stored_down = trusts)
                    .map_err(|refused| vec![refused]),
                "rules" => match value.as_table() {
                    Some(table) => levels(table, rules).map(|levels| settings.levels = levels),
                    None => Err(vec![wrong_type(
                        "rules",
                        value,
                        "a table",
                        "write `[rules]`",
                    )]),
                },
                unknown => Err(vec![unknown_key(unknown, span(key.span))]),
            };
            diagnostics.extend(refused.err().into_iter().flatten());
        }
        let mut all = document.as_table().into_iter().flatten();
        let after = all.find(|(key, _)| key.name == "contract-after");
        if let (Contract::WithExpand, Some((_, value))) = (settings.contract, after) {
            let message = "with `contract = \"with-expand\"` no contract step waits";
            diagnostics.push(refused(message, span(value.span)).help("remove one of the two"));
        }
        // A table is sorted by its keys, a reader goes from top to bottom.
        diagnostics.sort_by_key(|found| found.labels[0].span.map(|span| span.start));
        if diagnostics.is_empty() {
            Ok(settings)
        } else {
            Err(diagnostics)
        }
    }

    /// The majors of PostgreSQL that the migrations must run on.
    pub fn postgres(&self) -> RangeInclusive<u16> {
        self.postgres.clone().unwrap_or(SUPPORTED)
    }

    /// Whether a file may stand beside the migrations.
    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether rules look at this version.
    pub fn are_rules_for(&self, version: u64) -> bool {
        self.check_from
            .as_ref()
            .is_none_or(|from| version >= from.version)
    }
}

impl Pattern {
    /// Whether this is the pattern of a file name.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.text.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        // The earliest place of each part leaves most room for the next.
        for part in parts {
            match rest.split_once(part) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

fn patterns(value: &Value<'_>) -> Result<Vec<Pattern>, Vec<Diagnostic>> {
    let wrong = |value| {
        let help = "write `ignore = [\"notes.txt\", \"*.md\"]`, for example";
        wrong_type("ignore", value, "a list of strings", help)
    };
    let Some(values) = value.as_array() else {
        return Err(vec![wrong(value)]);
    };
    let (mut patterns, mut diagnostics) = (Vec::new(), Vec::new());
    for value in values {
        match value.as_str().map(|text| Pattern {
            text: text.to_owned(),
            span: span(value.span),
        }) {
            None => diagnostics.push(wrong(value)),
            Some(pattern) if pattern.text.is_empty() || pattern.text.contains(NOT_IN_PATTERNS) => {
                let message = format!("`{}` is no pattern of a file name", pattern.text);
                let help = "write the name of a file beside the migrations; only `*` is special";
                diagnostics.push(refused(message, pattern.span).help(help));
            }
            Some(pattern) => patterns.push(pattern),
        }
    }
    if diagnostics.is_empty() {
        Ok(patterns)
    } else {
        Err(diagnostics)
    }
}

/// Folders, and what other programs' patterns have: taken as a letter, it would match
/// nothing.
const NOT_IN_PATTERNS: [char; 8] = ['/', '\\', '?', '[', ']', '{', '}', '!'];

fn check_from(value: &Value<'_>) -> Result<CheckFrom, Diagnostic> {
    let help = "write a version as the file names have it: `check-from = \"0043\"`";
    let Some(digits) = value.as_str() else {
        return Err(wrong_type("check-from", value, "a string", help));
    };
    match digits.parse() {
        Ok(version) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(CheckFrom {
            version,
            digits: digits.to_owned(),
            span: span(value.span),
        }),
        _ => Err(refused(format!("`{digits}` is no version"), span(value.span)).help(help)),
    }
}

/// One major, or the lowest and the highest.
fn postgres(value: &Value<'_>) -> Result<RangeInclusive<u16>, Diagnostic> {
    let help = "write a major or two of them: `postgres = \"15\"` or `postgres = [\"13\", \"18\"]`";
    let major = |value: &Value<'_>| {
        let Some(text) = value.as_str() else {
            return Err(wrong_type(
                "postgres",
                value,
                "a string or a list of two",
                help,
            ));
        };
        match text.parse() {
            Ok(major) if SUPPORTED.contains(&major) => Ok(major),
            _ => {
                let (lowest, highest) = (SUPPORTED.start(), SUPPORTED.end());
                let message = format!("`{text}` is no PostgreSQL from {lowest} to {highest}");
                Err(refused(message, span(value.span)).help(help))
            }
        }
    };
    let Some(values) = value.as_array() else {
        return major(value).map(|major| major..=major);
    };
    let [lowest, highest] = &values[..] else {
        return Err(refused("`postgres` takes two majors", span(value.span)).help(help));
    };
    let (lowest, highest) = (major(lowest)?, major(highest)?);
    if lowest > highest {
        let message = format!("{lowest} is higher than {highest}");
        return Err(refused(message, span(value.span)).help("write the lower one first"));
    }
    Ok(lowest..=highest)
}

/// A number and a unit, as directives have them.
fn contract_after(value: &Value<'_>) -> Result<Duration, Diagnostic> {
    let help = "write `contract-after = \"24h\"`; units are ms, s, min and h, up to 24 days";
    let Some(text) = value.as_str() else {
        return Err(wrong_type("contract-after", value, "a string", help));
    };
    duration(text)
        .ok_or_else(|| refused(format!("`{text}` is not a duration"), span(value.span)).help(help))
}

/// One role, or a list of them.
fn roles(value: &Value<'_>) -> Result<Vec<String>, Diagnostic> {
    let help = "write `history-owner = \"app_owner\"`, or a list of roles";
    names("history-owner", "the name of a role", help, value)
}

fn schemas(value: &Value<'_>) -> Result<Vec<String>, Diagnostic> {
    let help = "write `search-path = \"app\"`, or a list of schemas in which names are looked up";
    names("search-path", "the name of a schema", help, value)
}

/// One name, or a list of them.
fn names(key: &str, what: &str, help: &str, value: &Value<'_>) -> Result<Vec<String>, Diagnostic> {
    let one = |value: &Value<'_>| match value.as_str() {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(wrong_type(key, value, what, help)),
    };
    match value.as_array() {
        Some(values) => values.iter().map(one).collect(),
        None => one(value).map(|name| vec![name]),
    }
}

fn levels(
    table: &Table<'_>,
    rules: &[&'static str],
) -> Result<BTreeMap<&'static str, Level>, Vec<Diagnostic>> {
    let (mut levels, mut diagnostics) = (BTreeMap::new(), Vec::new());
    for (key, value) in table {
        match rules.iter().find(|rule| **rule == key.name) {
            None => diagnostics.push(unknown_rule(&key.name, span(key.span), rules)),
            Some(rule) => match one_of(rule, value, &LEVELS) {
                Ok(level) => _ = levels.insert(*rule, level),
                Err(refused) => diagnostics.push(refused),
            },
        }
    }
    if diagnostics.is_empty() {
        Ok(levels)
    } else {
        Err(diagnostics)
    }
}

fn one_of<T: Copy>(key: &str, value: &Value<'_>, choices: &[(&str, T)]) -> Result<T, Diagnostic> {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let list = format!("write one of \"{}\"", words.join("\", \""));
    let Some(text) = value.as_str() else {
        return Err(wrong_type(key, value, "a string", &list));
    };
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*choice);
    }
    let help = match nearest(text, words) {
        Some(word) => format!("did you mean \"{word}\"?"),
        None => list,
    };
    Err(refused(format!("`{text}` is no value of `{key}`"), span(value.span)).help(help))
}

fn unknown_key(name: &str, span: Span) -> Diagnostic {
    let help = match nearest(name, KEYS) {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("the settings are {}", KEYS.join(", ")),
    };
    refused(format!("`{name}` is no setting"), span).help(help)
}

fn unknown_rule(name: &str, span: Span, rules: &[&str]) -> Diagnostic {
    let help = match nearest(name, rules.iter().copied()) {
        // TOML takes everything below `[rules]` for a part of it.
        _ if KEYS.contains(&name) => format!("`{name}` is a setting: move it above `[rules]`"),
        Some(rule) => format!("did you mean `{rule}`?"),
        None => format!("the rules are {}", rules.join(", ")),
    };
    refused(format!("`{name}` is no rule"), span).help(help)
}

fn wrong_type(key: &str, value: &Value<'_>, expected: &str, help: &str) -> Diagnostic {
    let found = value.as_ref().type_str();
    let message = format!("`{key}` takes {expected}, not this {found}");
    refused(message, span(value.span)).help(help)
}

/// The parser's own words, and its places held to the text: some reach behind its end or
/// end within a character.
fn broken(text: &str, error: &toml_span::Error) -> Diagnostic {
    let mut start = error.span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let letter = text[start..].chars().next().map_or(0, char::len_utf8);
    let end = match error.kind {
        toml_span::ErrorKind::Wanted { .. } => start + letter,
        _ if text.get(start..error.span.end).is_some() => error.span.end,
        _ => start + letter,
    };
    let diagnostic = refused(format!("this is not TOML: {error}"), Span::new(start, end));
    match &error.kind {
        toml_span::ErrorKind::DuplicateKey { first, .. }
        | toml_span::ErrorKind::DuplicateTable { first, .. } => {
            diagnostic.labelled(SETTINGS_FILE, Some(span(*first)), "the first")
        }
        toml_span::ErrorKind::InvalidNumber | toml_span::ErrorKind::UnquotedString => {
            diagnostic.help("words and versions stand in quotes: `check-from = \"0043\"`")
        }
        _ => diagnostic.help("the format is described at https://toml.io"),
    }
}

fn refused(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error("settings", message).at(SETTINGS_FILE, span)
}

fn span(span: toml_span::Span) -> Span {
    Span::new(span.start, span.end)
}

#[cfg(test)]
mod tests;
