//! What `squawk-parser` 2.68 refuses and PostgreSQL's own parser accepts.
//!
//! Asked after a refusal only. `tests/tests/grammar` holds both lists against servers.

use crate::lexer::TokenKind;
use crate::statement::Statement;

/// Beginnings of statements whose grammar the parser knows too little of to be believed.
const UNJUDGED: [&[&str]; 21] = [
    // `user` is a keyword that stands for a role here.
    &["alter", "user", "mapping", "for", "user"],
    &["alter", "statistics", "if", "exists"],
    // The server's own names of settings: `SET ROLE x`, `RESET TIME ZONE`, `SET NAMES 'x'`.
    &["alter", "database"],
    &["alter", "role"],
    &["alter", "user"],
    &["set", "names"],
    &["set", "role", "to"],
    &["alter", "extension"],
    // Options in any order.
    &["create", "extension"],
    &["alter", "default", "privileges"],
    &["create", "statistics"],
    &["create", "trusted"],
    &["create", "procedural"],
    &["create", "or", "replace", "trusted"],
    &["create", "server"],
    &["alter", "server"],
    &["drop", "event", "trigger"],
    &["reindex", "("],
    &["security", "label"],
    &["declare"],
    &["import", "foreign", "schema"],
];

/// Whether nothing is said of the statement, whatever the parser says.
pub(super) fn is_unjudged(statement: &Statement<'_>) -> bool {
    UNJUDGED.iter().any(|words| are(statement, 0, words)) || setting_of_a_role(statement)
}

/// Whether these words or signs stand from `index` on.
fn are(statement: &Statement<'_>, index: usize, words: &[&str]) -> bool {
    let mut words = words.iter().zip(index..);
    words.all(|(word, index)| statement.word(index).eq_ignore_ascii_case(word))
}

/// `SET SESSION role = DEFAULT`.
fn setting_of_a_role(statement: &Statement<'_>) -> bool {
    let next = |words: &[&str]| are(statement, 0, words);
    ["session", "local"]
        .iter()
        .any(|scope| next(&["set", scope, "role"]))
        || next(&["set", "role", "="])
}

/// The text of the statement with blanks where the parser errs, if it errs anywhere.
pub(super) fn corrected(statement: &Statement<'_>) -> Option<String> {
    let mut text = statement.span().of(statement.text).to_owned();
    let start = statement.span().start;
    let mut blank = |range: std::ops::Range<usize>, instead: &str| {
        let (first, last) = (
            statement.tokens[range.start],
            statement.tokens[range.end - 1],
        );
        let (from, to) = (first.span.start - start, last.span.end - start);
        let filled = format!("{instead:width$}", width = to - from);
        text.replace_range(from..to, &filled);
    };
    let mut found = false;
    for class in operator_classes(statement) {
        blank(class, "");
        found = true;
    }
    for name in names_like_keywords(statement) {
        blank(name..name + 1, "c");
        found = true;
    }
    found.then_some(text)
}

/// The operator classes and orders in `EXCLUDE (<expression> <class> DESC WITH <operator>, …)`: what
/// follows a whole expression.
fn operator_classes(statement: &Statement<'_>) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < statement.tokens.len() {
        if are(statement, index, &["exclude"]) {
            index += 1;
            if are(statement, index, &["using"]) {
                index += 2;
            }
            if are(statement, index, &["("]) {
                index = elements(statement, index + 1, &mut found);
                continue;
            }
        }
        index += 1;
    }
    found
}

/// Reads to the closing parenthesis; returns what is behind it.
fn elements(
    statement: &Statement<'_>,
    mut index: usize,
    found: &mut Vec<std::ops::Range<usize>>,
) -> usize {
    let is = |index: usize, text: &str| are(statement, index, &[text]);
    while index < statement.tokens.len() {
        // A column, a call or an expression in parentheses.
        if is(index, "(") {
            index = closed(statement, index);
        } else {
            index = name(statement, index);
            if is(index, "(") {
                index = closed(statement, index);
            }
        }
        if is(index, "collate") {
            index = name(statement, index + 1);
        }
        let first = index;
        let is_class = !["with", "asc", "desc", "nulls", ",", ")"]
            .iter()
            .any(|word| is(index, word));
        if is_class && is_name(statement, index) {
            index = name(statement, index);
            if is(index, "(") {
                index = closed(statement, index);
            }
        }
        index += usize::from(is(index, "asc") || is(index, "desc"));
        if is(index, "nulls") && (is(index + 1, "first") || is(index + 1, "last")) {
            index += 2;
        }
        if index > first {
            found.push(first..index);
        }
        while index < statement.tokens.len() && !is(index, ",") && !is(index, ")") {
            index = if is(index, "(") {
                closed(statement, index)
            } else {
                index + 1
            };
        }
        if is(index, ")") {
            return index + 1;
        }
        index += 1;
    }
    index
}

/// Behind a name and what is qualified by it.
fn name(statement: &Statement<'_>, mut index: usize) -> usize {
    index += 1;
    while are(statement, index, &["."]) {
        index += 2;
    }
    index
}

fn is_name(statement: &Statement<'_>, index: usize) -> bool {
    let kind = statement.tokens.get(index).map(|token| token.kind);
    matches!(kind, Some(TokenKind::Word | TokenKind::QuotedIdentifier))
}

/// Behind the parenthesis that closes the one at `index`.
fn closed(statement: &Statement<'_>, mut index: usize) -> usize {
    let mut depth = 0_usize;
    while index < statement.tokens.len() {
        match statement.word(index) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        index += 1;
        if depth == 0 {
            break;
        }
    }
    index
}

/// `cascade` and `restrict` behind a comma of a `DROP`: no reserved words, so names there.
fn names_like_keywords(statement: &Statement<'_>) -> Vec<usize> {
    if !are(statement, 0, &["drop"]) {
        return Vec::new();
    }
    let behind_comma = |index: &usize| {
        let is = |word| are(statement, *index, &[",", word]);
        is("cascade") || is("restrict")
    };
    (0..statement.tokens.len())
        .filter(behind_comma)
        .map(|index| index + 1)
        .collect()
}
