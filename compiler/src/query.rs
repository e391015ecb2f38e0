//! What stands inside queries: the table that `SELECT … INTO` makes, and the rows that a `WITH`
//! clause or `MERGE` changes.

use crate::action::{CreateTable, Data, DataKind};
use crate::cursor::{Cursor, Name};
use crate::lexer::{Token, TokenKind, dollar_body, string_body, tokens};
use crate::literal::identifier;
use crate::statement::Statement;

/// The table that a query makes, given the cursor on its first word.
pub(crate) fn select_into(statement: Statement<'_>) -> Option<CreateTable> {
    let cursor = Cursor::new(statement);
    let mut verb = cursor.finds(&["select"])?;
    let others: [&[&str]; 4] = [&["insert"], &["update"], &["delete"], &["merge"]];
    // Of `WITH … INSERT INTO … SELECT` the INTO is another one.
    if others.iter().any(|words| cursor.finds(words).is_some()) {
        return None;
    }
    verb.advance();
    let mut into = verb.finds(&["into"])?;
    into.advance();
    let temporary = into.eat(&["temporary"])
        || into.eat(&["temp"])
        || into.eat(&["local", "temporary"])
        || into.eat(&["local", "temp"]);
    let is_unlogged = into.eat(&["unlogged"]);
    into.eat(&["table"]);
    let table = into.new_name()?.made(temporary);
    Some(CreateTable {
        is_filled: true,
        has_more_columns: true,
        ..CreateTable::of(table, is_unlogged)
    })
}

/// The changes of rows in a statement, outermost first: of `MERGE`, of a change with a `WITH`
/// before it, and of those within the `WITH`.
pub(crate) fn changes(statement: Statement<'_>) -> Vec<Data> {
    let mut found = Vec::new();
    for index in 0..statement.tokens.len() {
        let before = index.checked_sub(1);
        let is_start = before.is_none_or(|before| {
            // Behind the parenthesis that opens a query or closes the last one, or the list of columns.
            ["(", ")"].iter().any(|it| statement.word(before) == *it)
        });
        if !is_start {
            continue;
        }
        let rest = Statement {
            tokens: &statement.tokens[index..],
            ..statement
        };
        found.extend(of_one(rest));
    }
    found
}

/// One statement, up to the parenthesis that closes it; of `MERGE` what its branches do.
fn of_one(statement: Statement<'_>) -> Vec<Data> {
    let mut cursor = Cursor::new(own(statement));
    let verbs: [&[&str]; 4] = [
        &["insert", "into"],
        &["update"],
        &["delete", "from"],
        &["merge", "into"],
    ];
    let Some(verb) = verbs.iter().find(|words| cursor.eat(words)) else {
        return Vec::new();
    };
    cursor.eat(&["only"]);
    let Some(table) = cursor.name() else {
        return Vec::new();
    };
    let kinds = match verb[0] {
        "insert" => vec![insert(cursor)],
        "update" => vec![DataKind::Update {
            filtered: is_filtered(cursor),
        }],
        "delete" => vec![DataKind::Delete {
            filtered: is_filtered(cursor) || cursor.finds(&["using"]).is_some(),
        }],
        _ => merge(cursor),
    };
    let tables = || vec![table.clone()];
    let data = |kind| Data {
        kind,
        tables: tables(),
    };
    kinds.into_iter().map(data).collect()
}

fn insert(rest: Cursor<'_>) -> DataKind {
    let is_constant =
        rest.finds(&["values"]).is_some() && rest.finds(&["on", "conflict"]).is_none();
    if is_constant {
        DataKind::InsertConstants
    } else {
        DataKind::Insert
    }
}

/// Its rows are those that are joined, unless the join takes all, or a branch those that are not.
fn merge(rest: Cursor<'_>) -> Vec<DataKind> {
    let joins_all = rest.finds(&["on"]).is_some_and(|mut on| {
        on.advance();
        always_holds(on)
    });
    let takes_others = rest
        .finds(&["not", "matched", "by", "source", "then"])
        .is_some();
    let filtered = !joins_all && !takes_others;
    let mut kinds = Vec::new();
    if rest.finds(&["then", "delete"]).is_some() {
        kinds.push(DataKind::Delete { filtered });
    }
    if rest.finds(&["then", "update"]).is_some() {
        kinds.push(DataKind::Update { filtered });
    }
    if rest.finds(&["then", "insert"]).is_some() {
        kinds.push(DataKind::Insert);
    }
    kinds
}

/// Whether a `WHERE` says which rows: not one that always holds.
pub(crate) fn is_filtered(rest: Cursor<'_>) -> bool {
    rest.finds(&["where"]).is_some_and(|mut condition| {
        condition.advance();
        !always_holds(condition)
    })
}

/// Whether a condition is nothing but `true`, or a number that is equal to itself.
fn always_holds(mut condition: Cursor<'_>) -> bool {
    let is_end = |cursor: &Cursor<'_>| {
        cursor.is_at_end() || cursor.sees(&["returning"]) || cursor.sees(&["when"])
    };
    let condition = condition.up_to(is_end);
    let mut words = condition.statement();
    while let [_, inner @ .., _] = words.tokens
        && words.word(0) == "("
        && words.word(inner.len() + 1) == ")"
    {
        words.tokens = inner;
    }
    let is_number = || words.word(0).bytes().all(|byte| byte.is_ascii_digit());
    match words.tokens.len() {
        1 => words.is(0, "true"),
        3 => is_number() && words.word(1) == "=" && words.word(2) == words.word(0),
        _ => false,
    }
}

/// Without what stands behind the parenthesis that closes it.
fn own(statement: Statement<'_>) -> Statement<'_> {
    let mut depth = 0_usize;
    let end = (0..statement.tokens.len()).find(|&index| match statement.word(index) {
        "(" => {
            depth += 1;
            false
        }
        ")" if depth == 0 => true,
        ")" => {
            depth -= 1;
            false
        }
        _ => false,
    });
    Statement {
        tokens: &statement.tokens[..end.unwrap_or(statement.tokens.len())],
        ..statement
    }
}

/// Every table and view that a `FROM`, `JOIN` or `USING` names, in order. Functions, and names of a
/// `WITH`, are among them.
pub(crate) fn tables_read(statement: Statement<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    for index in 0..statement.tokens.len() {
        let is_start = ["from", "join", "using"]
            .iter()
            .any(|word| statement.is(index, word));
        if !is_start {
            continue;
        }
        let rest = Statement {
            tokens: &statement.tokens[index + 1..],
            ..statement
        };
        let mut cursor = Cursor::new(rest);
        loop {
            while cursor.eat_text("(") {}
            cursor.eat(&["only"]);
            let Some(name) = cursor.name() else { break };
            found.push(name);
            cursor.eat_text("*");
            cursor.eat(&["as"]);
            if cursor.text() != "," {
                // An alias; everything else ends the list.
                cursor.identifier();
            }
            if !cursor.eat_text(",") {
                break;
            }
        }
    }
    found
}

/// Whether a query locks the rows that it finds: `FOR UPDATE` and its like.
pub(crate) fn locks_rows(statement: Statement<'_>) -> bool {
    let strengths: [&[&str]; 4] = [
        &["for", "update"],
        &["for", "no", "key", "update"],
        &["for", "share"],
        &["for", "key", "share"],
    ];
    strengths.iter().any(|words| statement.finds_words(words))
}

/// The names of a list behind a word.
pub(crate) fn listed_behind(statement: Statement<'_>, word: &str) -> Vec<Name> {
    let mut names = Vec::new();
    if let Some(mut cursor) = Cursor::new(statement).finds(&[word]) {
        cursor.advance();
        while let Some(name) = cursor.name() {
            names.push(name);
            if !cursor.eat_text(",") {
                break;
            }
        }
    }
    names
}

/// Whether it says `ONLY`.
pub(crate) fn says_only(statement: Statement<'_>) -> bool {
    statement.finds_word("only")
}

/// Whether it says `CASCADE`.
pub(crate) fn cascades(statement: Statement<'_>) -> bool {
    statement.finds_word("cascade")
}

/// Whether it drops what depends on something: `ON DELETE CASCADE` and `ON UPDATE CASCADE` do not.
pub(crate) fn drops_dependents(statement: Statement<'_>) -> bool {
    let is_event = |index: usize| {
        index
            .checked_sub(1)
            .is_some_and(|before| statement.is(before, "delete") || statement.is(before, "update"))
    };
    (0..statement.tokens.len()).any(|index| statement.is(index, "cascade") && !is_event(index))
}

/// Whether it says that a sequence belongs to a column.
pub(crate) fn owns_sequence(statement: Statement<'_>) -> bool {
    statement.finds_words(&["owned", "by"])
}

/// Whether it says `WITH NO DATA`.
pub(crate) fn has_no_data(statement: Statement<'_>) -> bool {
    statement.finds_words(&["with", "no", "data"])
}

/// Whether rows that are there already are left alone, as far as words tell.
pub(crate) fn minds_rows(statement: Statement<'_>) -> bool {
    let words = ["conflict", "exists", "except"];
    words.iter().any(|word| statement.finds_word(word))
}

/// Whether it is a query of all rows.
pub(crate) fn reads_all_rows(statement: Statement<'_>) -> bool {
    let is_query = statement.is(0, "select") || statement.is(0, "with");
    let is_some = ["where", "limit", "fetch"]
        .iter()
        .any(|word| statement.finds_word(word));
    is_query && !is_some
}

/// Whether a query sets a sequence.
pub(crate) fn sets_sequence(statement: Statement<'_>) -> bool {
    statement.is(0, "select") && statement.finds_word("setval")
}

/// Each word of code, and of the code in its strings; whether it is an `EXECUTE`, too.
pub(crate) fn words_of_code(statement: Statement<'_>) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for token in statement.tokens {
        add_words(statement.text, *token, &mut found);
    }
    found
}

fn add_words(text: &str, token: Token, found: &mut Vec<(String, bool)>) {
    let inside = match token.kind {
        TokenKind::DollarString => dollar_body(text, token),
        TokenKind::String => string_body(text, token),
        _ => {
            if let Some(word) = identifier(text, token) {
                let executes = token.kind == TokenKind::Word && word == "execute";
                found.push((word, executes));
            }
            return;
        }
    };
    let code = inside.of(text);
    for token in tokens(code) {
        add_words(code, token, found);
    }
}
