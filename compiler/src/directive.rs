//! `-- pgstrata: …` comments, strictly parsed.

use std::time::Duration;

use crate::diagnostic::Diagnostic;

/// An instruction in a comment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Directive {
    /// Run this file's statements one by one, outside a transaction.
    NoTransaction,
    /// In a down file: there is no way back, and why.
    Irreversible(String),
    /// These versions must exist and be lower.
    Requires(Vec<u64>),
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

/// Every directive's name, and whether this version knows what to do with it.
const NAMES: [(&str, bool); 14] = [
    ("no-transaction", true),
    ("irreversible", true),
    ("requires", true),
    ("lock-timeout", true),
    ("statement-timeout", true),
    ("allow", true),
    ("requires-extension", false),
    ("requires-table", false),
    ("optional", false),
    ("phase", false),
    ("batch", false),
    ("total", false),
    ("key", false),
    ("expect-error", false),
];

impl Directive {
    /// Reads one `--` comment; `None` if it is an ordinary one.
    pub fn parse(comment: &str) -> Option<Result<Self, Diagnostic>> {
        let content = comment.trim_start_matches('-').trim();
        let (word, rest) = match content.split_once(':') {
            Some((word, rest)) => (word.trim_end(), rest.trim()),
            None => content.split_once(char::is_whitespace).unwrap_or((content, "")),
        };
        let colon = content[word.len()..].trim_start().starts_with(':');
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let is_name = NAMES.iter().any(|(known, _)| *known == name);
        if word == "pgstrata" && colon {
            return Some(directive(name, argument.trim()));
        }
        // A slip in the word itself would otherwise be an ordinary comment.
        if is_name && edit_distance(&word.to_ascii_lowercase(), "pgstrata") <= 2 {
            let message = format!("this looks like a directive, but it begins with `{word}`");
            return Some(Err(error(message).help(format!("write `-- pgstrata: {rest}`"))));
        }
        None
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
        "requires" => requires(argument),
        "lock-timeout" => duration(name, argument).map(Directive::LockTimeout),
        "statement-timeout" => duration(name, argument).map(Directive::StatementTimeout),
        "allow" => allow(argument),
        _ => Err(unknown(name)),
    }
}

fn requires(argument: &str) -> Result<Directive, Diagnostic> {
    let versions: Result<Vec<u64>, _> =
        argument.split(',').map(|version| version.trim().parse()).collect();
    versions.map(Directive::Requires).map_err(|_| {
        error(format!("`{argument}` is no list of versions"))
            .help("write `-- pgstrata: requires 0003, 0007`")
    })
}

fn duration(name: &str, argument: &str) -> Result<Duration, Diagnostic> {
    let digits = argument.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = argument.split_at(digits);
    let milliseconds: Option<u64> = match unit.trim() {
        "ms" => Some(1),
        "s" => Some(1000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let parsed = number.parse::<u64>().ok().zip(milliseconds);
    // PostgreSQL keeps these settings as 32-bit milliseconds.
    let total = parsed.and_then(|(number, unit)| number.checked_mul(unit));
    total.filter(|&total| i32::try_from(total).is_ok()).map(Duration::from_millis).ok_or_else(
        || {
            error(format!("`{argument}` is no duration")).help(format!(
                "write `-- pgstrata: {name} 30s`; units are ms, s, min and h, up to 24 days"
            ))
        },
    )
}

fn allow(argument: &str) -> Result<Directive, Diagnostic> {
    match argument.split_once(':').map(|(rule, reason)| (rule.trim(), reason.trim())) {
        Some((rule, reason)) if !rule.is_empty() && !reason.is_empty() => {
            Ok(Directive::Allow { rule: rule.to_owned(), reason: reason.to_owned() })
        }
        _ => Err(error("`allow` needs a rule and a reason")
            .help("write `-- pgstrata: allow <rule>: <why it is right here>`")),
    }
}

fn unknown(name: &str) -> Diagnostic {
    if NAMES.iter().any(|(known, _)| *known == name) {
        return error(format!("`{name}` is not supported by this version"))
            .why("it would have no effect, and a directive is never silently ignored");
    }
    let supported = NAMES.iter().filter(|(_, supported)| *supported).map(|(known, _)| *known);
    let diagnostic = error(format!("`{name}` is no directive"));
    match nearest(name, supported) {
        Some(known) => diagnostic.help(format!("did you mean `-- pgstrata: {known}`?")),
        None => diagnostic.help("see the list of directives in the README"),
    }
}

fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("directive", message)
}

/// The known word that was probably meant: at most three letters away, and less than half
/// of it is wrong.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|known| (edit_distance(word, known), known));
    let (distance, known) = distances.min()?;
    (distance <= 3 && distance * 2 < known.len()).then_some(known)
}

/// Levenshtein's distance in bytes: how many letters to add, drop or change.
pub fn edit_distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{Directive, edit_distance, nearest};
    use std::time::Duration;

    fn parsed(comment: &str) -> Directive {
        Directive::parse(comment).expect("a directive").expect("a good one")
    }

    fn refused(comment: &str) -> String {
        let diagnostic = Directive::parse(comment).expect("a directive").expect_err("a bad one");
        format!("{} | {}", diagnostic.message, diagnostic.help.unwrap_or_default())
    }

    #[test]
    fn good_directives() {
        assert_eq!(parsed("-- pgstrata: no-transaction"), Directive::NoTransaction);
        assert_eq!(parsed("--pgstrata:no-transaction"), Directive::NoTransaction);
        assert_eq!(parsed("-- pgstrata: requires 0003, 0007"), Directive::Requires(vec![3, 7]));
        assert_eq!(
            parsed("-- pgstrata: lock-timeout 2min"),
            Directive::LockTimeout(Duration::from_secs(120))
        );
        assert_eq!(
            parsed("-- pgstrata: irreversible the values are gone: all of them"),
            Directive::Irreversible("the values are gone: all of them".to_owned())
        );
        assert_eq!(
            parsed("-- pgstrata: allow psql-variable: an array slice"),
            Directive::Allow {
                rule: "psql-variable".to_owned(),
                reason: "an array slice".to_owned()
            }
        );
    }

    #[test]
    fn slips_are_errors_with_a_suggestion() {
        for (comment, expected) in [
            (
                "-- pgstrata: no-transactoin",
                "`no-transactoin` is no directive | did you mean `-- pgstrata: no-transaction`?",
            ),
            (
                "-- pgstarta: no-transaction",
                "this looks like a directive, but it begins with `pgstarta` | write `-- pgstrata: no-transaction`",
            ),
            (
                "-- pgstrata no-transaction",
                "this looks like a directive, but it begins with `pgstrata` | write `-- pgstrata: no-transaction`",
            ),
            (
                "-- PGSTRATA: no-transaction",
                "this looks like a directive, but it begins with `PGSTRATA` | write `-- pgstrata: no-transaction`",
            ),
            (
                "-- pgstrata: no-transaction please",
                "`no-transaction` takes no argument | write `-- pgstrata: no-transaction`",
            ),
            (
                "-- pgstrata: irreversible",
                "`irreversible` needs a reason | write `-- pgstrata: irreversible the old values are gone`, for example",
            ),
            (
                "-- pgstrata: lock-timeout 5",
                "`5` is no duration | write `-- pgstrata: lock-timeout 30s`; units are ms, s, min and h, up to 24 days",
            ),
            (
                "-- pgstrata: lock-timeout 99999999999999999999s",
                "`99999999999999999999s` is no duration | write `-- pgstrata: lock-timeout 30s`; units are ms, s, min and h, up to 24 days",
            ),
            (
                "-- pgstrata: allow x",
                "`allow` needs a rule and a reason | write `-- pgstrata: allow <rule>: <why it is right here>`",
            ),
            ("-- pgstrata: phase expand", "`phase` is not supported by this version | "),
        ] {
            assert_eq!(refused(comment), expected, "{comment}");
        }
    }

    #[test]
    fn ordinary_comments_are_left_alone() {
        for comment in [
            "-- pgstrata runs this file",
            "--",
            "-- note: allow it",
            "-- requires 0001",
            "-- é: requires 1",
        ] {
            assert!(Directive::parse(comment).is_none(), "{comment}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn what_was_probably_meant() {
        let levels = ["deny", "warn", "off"];
        assert_eq!(nearest("of", levels), Some("off"));
        assert_eq!(nearest("warning", ["warning-level", "warn"]), None);
        assert_eq!(nearest("on", levels), None, "half of a short word is another word");
        assert_eq!(nearest("", levels), None);
    }
}
