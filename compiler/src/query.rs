//! What stands inside queries: the table that `SELECT … INTO` makes, and the rows that a `WITH`
//! clause or `MERGE` changes.

use crate::action::{CreateTable, Data, DataKind};
use crate::cursor::Cursor;
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
    into.eat(&["unlogged"]);
    into.eat(&["table"]);
    let table = into.new_name()?.made(temporary);
    Some(CreateTable {
        temporary: table.is_temporary(),
        table,
        if_not_exists: false,
        columns: Vec::new(),
        constraints: Vec::new(),
        parent: None,
        inherits: Vec::new(),
        has_more_columns: true,
    })
}

/// Whether the table that this statement makes holds no rows that are kept: `UNLOGGED`, in either
/// way to say so.
pub(crate) fn is_unlogged(statement: Statement<'_>) -> bool {
    statement.are(0, &["create", "unlogged"]) || statement.finds_words(&["into", "unlogged"])
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
