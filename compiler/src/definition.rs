//! What a column or a constraint says, in one spelling, so that two files which say the
//! same in other words can be compared; and the names that the server gives to what has
//! none.

use crate::action::{Constraint, ConstraintKind, KeyOptions, Shape};
use crate::cursor::Cursor;
use crate::data_type::NEXT;
use crate::lexer::TokenKind;
use crate::literal;
use crate::statement::Statement;
use crate::tokens::Tokens;

/// The constraints that stand within a column's definition, as if they stood behind it.
pub(crate) fn inline_constraints(column: &str, mut cursor: Cursor<'_>) -> Vec<Constraint> {
    let mut found = Vec::new();
    let mut name = None;
    while !cursor.is_at_end() {
        if cursor.eat(&["constraint"]) {
            name = cursor.identifier();
            continue;
        }
        let start = cursor;
        let kind = match () {
            () if cursor.sees(&["references"]) => ConstraintKind::ForeignKey,
            () if cursor.eat(&["check"]) => ConstraintKind::Check,
            () if cursor.eat(&["unique"]) => ConstraintKind::Unique,
            () if cursor.eat(&["primary", "key"]) => ConstraintKind::PrimaryKey,
            () => {
                skip(&mut cursor, &mut name);
                continue;
            }
        };
        let columns = vec![column.to_owned()];
        found.push(Constraint {
            name: name.take(),
            span: start.span(),
            kind,
            not_valid: false,
            using_index: false,
            definition: start.normalised(),
            shape: shape(kind, columns, &mut cursor),
        });
    }
    found
}

/// Over anything in a column's definition that is no constraint with a name of its own.
fn skip(cursor: &mut Cursor<'_>, name: &mut Option<String>) {
    if cursor.eat(&["generated"]) {
        cursor.eat(&["always"]);
        cursor.eat(&["by", "default"]);
    } else if cursor.eat(&["not", "null"]) || cursor.eat(&["null"]) {
        *name = None;
    } else if cursor.eat(&["default"]) {
        // At least one token, then up to the next constraint.
        loop {
            if cursor.parenthesised().is_none() {
                cursor.advance();
            }
            if cursor.is_at_end() || NEXT.iter().any(|word| cursor.sees(&[word])) {
                break;
            }
        }
    } else if cursor.parenthesised().is_none() {
        cursor.advance();
    }
}

/// The shape of a table constraint, given its first word.
pub(crate) fn table_constraint(kind: ConstraintKind, mut cursor: Cursor<'_>) -> Option<Shape> {
    while !cursor.is_at_end() && cursor.text() != "(" {
        cursor.advance();
    }
    let columns = columns(&mut cursor)?;
    shape(kind, columns, &mut cursor)
}

/// What stands behind the columns; of a foreign key without the columns there, which are
/// those of the primary key where they are left out.
fn shape(kind: ConstraintKind, columns: Vec<String>, cursor: &mut Cursor<'_>) -> Option<Shape> {
    let plain = Shape {
        kind,
        columns,
        references: None,
        options: KeyOptions::default(),
    };
    match kind {
        ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclude => {
            Some(plain)
        }
        ConstraintKind::ForeignKey => {
            cursor.eat(&["references"]).then_some(())?;
            let references = Some(cursor.name()?);
            cursor.parenthesised();
            Some(Shape {
                references,
                options: options(cursor),
                ..plain
            })
        }
        ConstraintKind::Check | ConstraintKind::Other => None,
    }
}

/// What a foreign key does.
pub(crate) fn options(cursor: &mut Cursor<'_>) -> KeyOptions {
    let mut options = KeyOptions::default();
    loop {
        match () {
            () if cursor.eat(&["on", "delete"]) => options.on_delete = action(cursor),
            () if cursor.eat(&["on", "update"]) => options.on_update = action(cursor),
            () if cursor.eat(&["match"]) => cursor.advance(),
            () if cursor.eat(&["not", "deferrable"]) => {}
            () if cursor.eat(&["deferrable"]) => {
                if options.deferrable.is_empty() {
                    options.deferrable = "DEFERRABLE";
                }
            }
            () if cursor.eat(&["initially", "deferred"]) => {
                options.deferrable = "DEFERRABLE INITIALLY DEFERRED";
            }
            () if cursor.eat(&["initially", "immediate"]) => {}
            () => break,
        }
    }
    options
}

/// Empty for what happens where nothing is said.
fn action(cursor: &mut Cursor<'_>) -> &'static str {
    const ACTIONS: [(&[&str], &str); 5] = [
        (&["no", "action"], ""),
        (&["restrict"], "RESTRICT"),
        (&["cascade"], "CASCADE"),
        (&["set", "null"], "SET NULL"),
        (&["set", "default"], "SET DEFAULT"),
    ];
    let found = ACTIONS.iter().find(|(words, _)| cursor.eat(words));
    cursor.parenthesised();
    found.map_or("", |(_, action)| action)
}

/// The columns of an index or constraint, as far as each has a name of its own; those of
/// `INCLUDE` count, too (PostgreSQL source: `ChooseIndexColumnNames`).
pub(crate) fn columns(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut parts = cursor.parenthesised()?;
    if let Some(mut included) = cursor.finds(&["include"]) {
        included.advance();
        parts.extend(included.parenthesised().unwrap_or_default());
    }
    for mut part in parts {
        names.push(part.identifier()?);
        // A function gives its name, but not where it is qualified or a cast follows.
        if part.text() == "." {
            return None;
        }
    }
    Some(names)
}

/// The name that the server chooses (PostgreSQL source: `makeObjectName`): the longer of
/// the two names is cut until all fits.
pub(crate) fn chosen_name(table: &str, columns: &[String], label: &str) -> String {
    let addition = columns.join("_");
    let separators = if addition.is_empty() { 1 } else { 2 };
    let available = 63_usize.saturating_sub(label.len() + separators);
    let (mut first, mut second) = (table.len(), addition.len().min(63));
    while first + second > available {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let clipped = |text: &str, length: usize| {
        let end = (0..=length.min(text.len()))
            .rev()
            .find(|&end| text.is_char_boundary(end));
        text[..end.unwrap_or(0)].to_owned()
    };
    let (table, addition) = (clipped(table, first), clipped(&addition, second));
    if addition.is_empty() {
        format!("{table}_{label}")
    } else {
        format!("{table}_{addition}_{label}")
    }
}

/// The label in the name of a constraint that has none.
pub(crate) fn label(kind: ConstraintKind) -> Option<&'static str> {
    Some(match kind {
        ConstraintKind::Check => "check",
        ConstraintKind::ForeignKey => "fkey",
        ConstraintKind::Unique => "key",
        ConstraintKind::PrimaryKey => "pkey",
        ConstraintKind::Exclude => "excl",
        ConstraintKind::Other => return None,
    })
}

/// What stands between the commas of the first parentheses, such as the columns of an index or
/// a key.
pub(crate) fn listed(definition: &Tokens) -> Vec<Cursor<'_>> {
    let mut cursor = Cursor::of(definition);
    while !cursor.is_at_end() && cursor.text() != "(" {
        cursor.advance();
    }
    cursor.parenthesised().unwrap_or_default()
}

/// The same, as far as each is the name of a column, whatever its order.
pub(crate) fn listed_columns(definition: &Tokens) -> Vec<Option<String>> {
    let column = |mut element: Cursor<'_>| {
        let name = element.identifier()?;
        let is_word = |kind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let is_alone = element.peek().is_none_or(|token| is_word(token.kind));
        is_alone.then_some(name)
    };
    listed(definition).into_iter().map(column).collect()
}

/// What stands in parentheses behind some words.
pub(crate) fn clause(definition: &Tokens, words: &[&str]) -> Tokens {
    let Some(mut found) = Cursor::of(definition).finds(words) else {
        return Tokens::default();
    };
    for _ in words {
        found.advance();
    }
    let rest = found.rest();
    let mut behind = found;
    if behind.parenthesised().is_none() {
        return Tokens::default();
    }
    let length = rest.tokens.len() - behind.rest().tokens.len();
    Tokens::of(Statement {
        tokens: &rest.tokens[..length],
        ..rest
    })
}

/// Whether two defaults of one column are the same; `None` where only a server can tell.
pub(crate) fn same_default(before: Option<&Tokens>, now: Option<&Tokens>) -> Option<bool> {
    let (before, now) = match (before, now) {
        (Some(before), Some(now)) => (plain(before), plain(now)),
        // `DEFAULT NULL` is kept for some types only.
        (None, Some(default)) | (Some(default), None)
            if Cursor::of(&plain(default)).sees(&["null"]) =>
        {
            return None;
        }
        (None, None) => return Some(true),
        (None, Some(_)) | (Some(_), None) => return Some(false),
    };
    if before == now {
        return Some(true);
    }
    // Of an integer column `1.0` is `1`.
    let number = |default: &Tokens| default.shown().parse::<f64>().ok();
    if let (Some(before), Some(now)) = (number(&before), number(&now))
        && before.total_cmp(&now).is_eq()
    {
        return None;
    }
    (is_simple(&before) && is_simple(&now)).then_some(false)
}

/// One word or constant, or a call without arguments.
fn is_simple(default: &Tokens) -> bool {
    let words = default.statement();
    default.len() == 1 || default.len() == 3 && words.word(1) == "(" && words.word(2) == ")"
}

/// A default without what does not count: parentheses around it, casts behind it, quotes
/// around a number or a truth value.
fn plain(default: &Tokens) -> Tokens {
    let mut words = default.statement();
    while let [_, inner @ .., _] = words.tokens
        && words.word(0) == "("
        && words.word(inner.len() + 1) == ")"
        && !(1..=inner.len()).any(|index| words.word(index) == "(")
    {
        words = Statement {
            tokens: inner,
            ..words
        };
    }
    let cast = (0..words.tokens.len()).find(|&index| words.word(index) == "::");
    words.tokens = &words.tokens[..cast.unwrap_or(words.tokens.len())];
    let value = match words.tokens {
        [token] => literal::string(words.text, *token)
            .unwrap_or_else(|| words.word(0).to_owned())
            .to_ascii_lowercase(),
        _ => String::new(),
    };
    match value.as_str() {
        "t" | "true" => Tokens::read("true"),
        "f" | "false" => Tokens::read("false"),
        number if number.parse::<f64>().is_ok() => Tokens::read(number),
        _ => Tokens::of(words),
    }
}
