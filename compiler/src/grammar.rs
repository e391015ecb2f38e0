//! A statement's tokens to its [`Action`], as far as PostgreSQL's grammar says it: long,
//! because the grammar is; one function a command.

use crate::action::{
    Action, Change, ChangeKind, Column, Constraint, ConstraintKind, Create, CreateIndex,
    CreateTable, Data, DataKind, Drop, ObjectKind, Storage,
};
use crate::alteration::Alter;
use crate::command::{Class, Command, Verb};
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::definition;
use crate::form::{Form, Parameter, parameters};
use crate::lexer::TokenKind;
use crate::partition::{Bound, PartitionKey};
use crate::property::{Comment, Grant};
use crate::query;
use crate::session;
use crate::signature;
use crate::span::Span;
use crate::statement::Statement;
use crate::tokens::Tokens;
use crate::upkeep::{Copy, LockTable, Upkeep};

/// Reads one statement.
pub fn read(statement: Statement<'_>) -> Action {
    let command = Command::of(statement);
    let cursor = command.name;
    let read = match command.verb {
        Verb::Create => create(&command),
        Verb::Alter => alter(&command),
        Verb::Drop => drop(&command),
        Verb::Insert | Verb::Update | Verb::Delete | Verb::Truncate => data(command.verb, cursor),
        Verb::Set | Verb::Reset => session::set(statement).map(Action::Set),
        Verb::Refresh => refresh(cursor),
        Verb::Vacuum | Verb::Analyze | Verb::Cluster | Verb::Reindex => {
            Some(Action::Upkeep(Upkeep::read(&command)))
        }
        Verb::Comment => Comment::read(statement, cursor).map(Action::Comment),
        Verb::Grant => Grant::read(cursor, true).map(Action::Grant),
        Verb::Revoke => Grant::read(cursor, false).map(Action::Grant),
        Verb::Lock => Some(Action::Lock(LockTable::read(cursor))),
        Verb::Copy => Some(Action::Copy(Copy::read(cursor))),
        Verb::Do | Verb::Call | Verb::Execute => Some(Action::Opaque),
        Verb::Select | Verb::With | Verb::Merge => session::set(statement)
            .map(Action::Set)
            .or_else(|| {
                query::changes(statement)
                    .into_iter()
                    .next()
                    .map(Action::Data)
            })
            .or_else(|| query::select_into(statement).map(Action::CreateTable))
            .or_else(|| query(cursor)),
        _ => None,
    };
    read.unwrap_or(Action::Other)
}

/// What `CREATE SCHEMA` makes in the schema: statements without a semicolon between them.
pub(crate) fn elements(statement: Statement<'_>) -> Vec<Statement<'_>> {
    let starts = |index: &usize| {
        ["create", "grant"]
            .iter()
            .any(|word| statement.is(*index, word))
    };
    let starts: Vec<usize> = (2..statement.tokens.len()).filter(starts).collect();
    let ends = starts
        .iter()
        .skip(1)
        .copied()
        .chain([statement.tokens.len()]);
    let element = |(start, end): (&usize, usize)| Statement {
        tokens: &statement.tokens[*start..end],
        ..statement
    };
    starts.iter().zip(ends).map(element).collect()
}

fn create(command: &Command<'_>) -> Option<Action> {
    match command.class {
        Class::Table | Class::ForeignTable => {
            return create_table(command).map(Action::CreateTable);
        }
        Class::Index => return create_index(command).map(Action::CreateIndex),
        _ => {}
    }
    let kind = command.class.kind()?;
    let mut cursor = command.name;
    if kind == ObjectKind::Schema && cursor.sees(&["authorization"]) {
        return None;
    }
    let name = match kind {
        _ if !has_schema(kind) => name_of(kind, &mut cursor)?,
        _ => cursor.new_name().map(|name| name.made(command.temporary))?,
    };
    let on = match kind {
        ObjectKind::Trigger | ObjectKind::Policy => {
            let mut table = cursor.finds(&["on"])?;
            table.advance();
            Some(table.name()?)
        }
        ObjectKind::Rule => {
            let mut table = cursor.finds(&["to"])?;
            table.advance();
            Some(table.name()?)
        }
        _ => None,
    };
    let definition = cursor.normalised();
    let values = if cursor.eat(&["as", "enum"]) {
        strings(&mut cursor)
    } else {
        Vec::new()
    };
    Some(Action::Create(Create {
        kind,
        name,
        on,
        replace: command.replace,
        if_not_exists: command.if_exists,
        values,
        definition,
    }))
}

fn has_schema(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::Trigger
            | ObjectKind::Policy
            | ObjectKind::Rule
    )
}

/// The name of what is there.
fn name_of(kind: ObjectKind, cursor: &mut Cursor<'_>) -> Option<Name> {
    if has_schema(kind) {
        cursor.name()
    } else {
        cursor.identifier().map(|name| Name::unqualified(&name))
    }
}

fn create_table(command: &Command<'_>) -> Option<CreateTable> {
    let mut cursor = command.name;
    let place = cursor.span();
    let table = cursor.new_name().map(|name| name.made(command.temporary))?;
    let is_bare = command.name.names_without_schema();
    let parent = cursor.finds(&["partition", "of"]).and_then(|mut parent| {
        parent.eat(&["partition", "of"]);
        parent.name()
    });
    let inherits = cursor.finds(&["inherits"]).map(|mut parents| {
        parents.advance();
        let parents = parents.parenthesised().unwrap_or_default();
        parents
            .into_iter()
            .filter_map(|mut parent| parent.name())
            .collect()
    });
    let is_filled = cursor.finds(&["as"]).is_some();
    let elsewhere = [["inherits"], ["of"]]
        .iter()
        .any(|word| cursor.finds(word).is_some());
    let mut create = CreateTable {
        if_not_exists: command.if_exists,
        bound: parent.as_ref().and_then(|_| Bound::of(cursor)),
        parent,
        inherits: inherits.unwrap_or_default(),
        access_method: access_method(cursor),
        partition_key: PartitionKey::of(cursor),
        parameters: storage_parameters(cursor),
        is_filled,
        bare_name: is_bare.then_some(place),
        has_more_columns: elsewhere || is_filled,
        ..CreateTable::of(table, command.unlogged)
    };
    if command.class == Class::ForeignTable {
        create.storage = Storage::Foreign;
    }
    for mut part in cursor.parenthesised().unwrap_or_default() {
        if let Some(constraint) = constraint(part) {
            create.constraints.push(constraint);
        } else if part.eat(&["like"]) {
            create.has_more_columns = true;
            create.models.extend(part.name());
        } else {
            create.columns.extend(column(part));
        }
    }
    Some(create)
}

/// What stands behind `USING`.
fn access_method(mut rest: Cursor<'_>) -> Option<String> {
    while !rest.is_at_end() && !rest.sees(&["as"]) {
        if rest.eat(&["using"]) {
            return rest.identifier();
        }
        if rest.parenthesised().is_none() {
            rest.advance();
        }
    }
    None
}

/// What stands behind `WITH`.
fn storage_parameters(rest: Cursor<'_>) -> Vec<Parameter> {
    let found = rest.finds(&["with"]).and_then(|mut with| {
        with.advance();
        parameters(&mut with)
    });
    found.unwrap_or_default()
}

fn column(mut part: Cursor<'_>) -> Option<Column> {
    let span = part.span();
    let name = part.identifier()?;
    let has = |words: &[&str]| part.finds(words).is_some();
    let serial = [
        "serial",
        "bigserial",
        "smallserial",
        "serial4",
        "serial8",
        "serial2",
    ]
    .iter()
    .any(|name| part.sees(&[name]));
    let default = part.finds(&["default"]).map(|mut default| {
        default.advance();
        until_column_constraint(default)
    });
    let stored = has(&["stored"]) && has(&["generated"]);
    let identity = has(&["as", "identity"]);
    let demands: [(&[&str], ConstraintKind); 4] = [
        (&["references"], ConstraintKind::ForeignKey),
        (&["check"], ConstraintKind::Check),
        (&["unique"], ConstraintKind::Unique),
        (&["primary", "key"], ConstraintKind::PrimaryKey),
    ];
    Some(Column {
        span,
        definition: part.normalised(),
        not_null: has(&["primary", "key"]) || has(&["not", "null"]),
        default,
        rewrites: serial || stored || identity,
        constraints: demands
            .iter()
            .filter(|(words, _)| has(words))
            .map(|(_, kind)| *kind)
            .collect(),
        inline: definition::inline_constraints(&name, part),
        type_name: DataType::read(&mut part.clone()),
        name,
    })
}

/// A default ends where the next column constraint begins.
fn until_column_constraint(start: Cursor<'_>) -> Tokens {
    let next = [
        "not",
        "null",
        "constraint",
        "check",
        "unique",
        "primary",
        "references",
        "generated",
        "collate",
    ];
    let ends = next.iter().filter_map(|word| start.finds(&[word]));
    let whole = start.normalised();
    let rest = ends.map(|end| end.normalised().len()).max().unwrap_or(0);
    // `DEFAULT NULL` is a value, not the next constraint.
    if rest == whole.len() {
        whole
    } else {
        whole.up_to(whole.len() - rest)
    }
}

fn constraint(mut part: Cursor<'_>) -> Option<Constraint> {
    let span = part.span().to(Span::new(part.span().end, end(&part)));
    let name = if part.eat(&["constraint"]) {
        Some(part.identifier()?)
    } else {
        None
    };
    let kind = match () {
        () if part.sees(&["check"]) => ConstraintKind::Check,
        () if part.sees(&["foreign", "key"]) => ConstraintKind::ForeignKey,
        () if part.sees(&["unique"]) => ConstraintKind::Unique,
        () if part.sees(&["primary", "key"]) => ConstraintKind::PrimaryKey,
        () if part.sees(&["exclude"]) => ConstraintKind::Exclude,
        () if name.is_some() || part.sees(&["not", "null"]) => ConstraintKind::Other,
        () => return None,
    };
    // A column may be called `check`, too, but not without quotes: the words are reserved.
    let using_index = part.finds(&["using", "index"]).is_some()
        && part.finds(&["using", "index", "tablespace"]).is_none();
    Some(Constraint {
        name,
        span,
        kind,
        not_valid: part.finds(&["not", "valid"]).is_some(),
        using_index,
        definition: part.normalised(),
        shape: if using_index {
            None
        } else {
            definition::table_constraint(kind, part)
        },
    })
}

fn end(cursor: &Cursor<'_>) -> usize {
    cursor
        .rest()
        .tokens
        .last()
        .map_or(cursor.span().end, |token| token.span.end)
}

fn create_index(command: &Command<'_>) -> Option<CreateIndex> {
    let mut cursor = command.name;
    let name = if cursor.sees(&["on"]) {
        None
    } else {
        Some(cursor.identifier()?)
    };
    cursor.eat(&["on"]).then_some(())?;
    let only = cursor.eat(&["only"]);
    let table = cursor.name()?;
    let definition = cursor.normalised();
    while !cursor.is_at_end() && cursor.text() != "(" {
        cursor.advance();
    }
    let columns = definition::columns(&mut cursor);
    Some(CreateIndex {
        name,
        table,
        is_unique: command.unique,
        only,
        concurrently: command.concurrently.is_some(),
        if_not_exists: command.if_exists,
        definition,
        columns,
    })
}

fn alter(command: &Command<'_>) -> Option<Action> {
    let kind = command.class.kind()?;
    let mut cursor = command.name;
    let is_of_tablespace = cursor.sees(&["all", "in", "tablespace"]);
    if kind == ObjectKind::Table && !command.only && is_of_tablespace {
        return None;
    }
    let name = name_of(kind, &mut cursor)?;
    if kind == ObjectKind::Function {
        cursor.parenthesised();
    }
    cursor.eat_text("*");
    if cursor.eat(&["rename", "to"]) {
        return Some(Action::Rename {
            kind,
            from: name,
            to: cursor.identifier()?,
        });
    }
    match kind {
        ObjectKind::Table => {
            let parts = cursor.rest_by_commas();
            let changes = parts.into_iter().map(|part| {
                let span = part.span().to(Span::new(part.span().end, end(&part)));
                Change {
                    span,
                    what: change(part).unwrap_or_else(|| ChangeKind::Form(form(part))),
                }
            });
            Some(Action::AlterTable {
                table: name,
                if_exists: command.if_exists,
                changes: changes.collect(),
            })
        }
        ObjectKind::Type if cursor.eat(&["rename", "value"]) => {
            let from = cursor.string()?;
            cursor.advance();
            cursor.eat(&["to"]).then_some(())?;
            Some(Action::RenameValue {
                name,
                from,
                to: cursor.string()?,
            })
        }
        ObjectKind::Type if cursor.eat(&["add", "value"]) => {
            cursor.if_not_exists();
            let value = cursor.string()?;
            cursor.advance();
            Some(Action::AddValue {
                name,
                value,
                is_placed: cursor.sees(&["before"]) || cursor.sees(&["after"]),
            })
        }
        _ => Alter::read(kind, name, cursor).map(Action::Alter),
    }
}

fn form(part: Cursor<'_>) -> Form {
    Form::read(part).unwrap_or(Form::Other)
}

fn change(mut part: Cursor<'_>) -> Option<ChangeKind> {
    if part.eat(&["add"]) {
        if let Some(constraint) = constraint(part) {
            return Some(ChangeKind::AddConstraint(constraint));
        }
        part.eat(&["column"]);
        let if_not_exists = part.if_not_exists();
        return Some(ChangeKind::AddColumn {
            column: column(part)?,
            if_not_exists,
        });
    }
    if part.eat(&["drop", "constraint"]) {
        let if_exists = part.if_exists();
        return Some(ChangeKind::DropConstraint {
            name: part.identifier()?,
            if_exists,
            cascade: part.sees(&["cascade"]),
        });
    }
    if part.eat(&["drop"]) {
        part.eat(&["column"]);
        let if_exists = part.if_exists();
        let name = part.identifier()?;
        return Some(ChangeKind::DropColumn {
            name,
            if_exists,
            cascade: part.eat(&["cascade"]),
        });
    }
    if part.eat(&["alter", "constraint"]) {
        let name = part.identifier()?;
        return Some(ChangeKind::AlterConstraint {
            name,
            options: definition::options(&mut part),
        });
    }
    if part.eat(&["validate", "constraint"]) {
        return Some(ChangeKind::ValidateConstraint(part.identifier()?));
    }
    if part.eat(&["rename", "constraint"]) {
        let from = part.identifier()?;
        part.eat(&["to"]).then_some(())?;
        return Some(ChangeKind::RenameConstraint {
            from,
            to: part.identifier()?,
        });
    }
    if part.eat(&["rename"]) {
        part.eat(&["column"]);
        let from = part.identifier()?;
        part.eat(&["to"]).then_some(())?;
        return Some(ChangeKind::RenameColumn {
            from,
            to: part.identifier()?,
        });
    }
    if part.eat(&["set", "schema"]) {
        return Some(ChangeKind::SetSchema(part.identifier()?));
    }
    let is_set = part.eat(&["inherit"]);
    if is_set || part.eat(&["no", "inherit"]) {
        return Some(ChangeKind::Inherit {
            parent: part.name()?,
            is_set,
        });
    }
    if part.eat(&["alter"]) {
        part.eat(&["column"]);
        return alter_column(part);
    }
    None
}

fn alter_column(mut part: Cursor<'_>) -> Option<ChangeKind> {
    let column = part.identifier()?;
    if part.eat(&["set", "data", "type"]) || part.eat(&["type"]) {
        let definition = part.normalised();
        return Some(ChangeKind::SetType {
            column,
            definition,
            type_name: DataType::read(&mut part),
        });
    }
    if part.eat(&["set", "not", "null"]) {
        return Some(ChangeKind::NotNull { column, set: true });
    }
    if part.eat(&["drop", "not", "null"]) {
        return Some(ChangeKind::NotNull { column, set: false });
    }
    if part.eat(&["set", "default"]) {
        return Some(ChangeKind::Default {
            column,
            value: Some(part.normalised()),
        });
    }
    part.eat(&["drop", "default"])
        .then_some(ChangeKind::Default {
            column,
            value: None,
        })
}

fn drop(command: &Command<'_>) -> Option<Action> {
    let kind = command.class.kind()?;
    let mut cursor = command.name;
    let cascade = cursor.finds(&["cascade"]).is_some();
    let (mut names, mut signatures) = (Vec::new(), Vec::new());
    loop {
        names.push(name_of(kind, &mut cursor)?);
        signatures.push(signature::read(&mut cursor));
        if !cursor.eat_text(",") {
            break;
        }
    }
    let on = if cursor.eat(&["on"]) {
        Some(cursor.name()?)
    } else {
        None
    };
    Some(Action::Drop(Drop {
        kind,
        names,
        signatures,
        on,
        if_exists: command.if_exists,
        concurrently: command.concurrently.is_some(),
        cascade,
    }))
}

fn data(verb: Verb, mut cursor: Cursor<'_>) -> Option<Action> {
    cursor.eat(&["into"]);
    cursor.eat(&["from"]);
    cursor.eat(&["table"]);
    cursor.eat(&["only"]);
    let mut tables = vec![cursor.name()?];
    let filtered = query::is_filtered(cursor);
    let kind = match verb {
        Verb::Insert => {
            let constants = cursor.finds(&["values"]).is_some();
            let idempotent = cursor.finds(&["on", "conflict"]).is_some();
            if constants && !idempotent {
                DataKind::InsertConstants
            } else {
                DataKind::Insert
            }
        }
        Verb::Update => DataKind::Update { filtered },
        Verb::Delete => DataKind::Delete {
            filtered: filtered || cursor.finds(&["using"]).is_some(),
        },
        _ => {
            while cursor.eat_text(",") {
                cursor.eat(&["only"]);
                tables.push(cursor.name()?);
            }
            DataKind::Truncate {
                cascade: cursor.finds(&["cascade"]).is_some(),
            }
        }
    };
    Some(Action::Data(Data { kind, tables }))
}

fn refresh(mut cursor: Cursor<'_>) -> Option<Action> {
    cursor.eat(&["materialized", "view"]).then_some(())?;
    let concurrently = cursor.eat(&["concurrently"]);
    Some(Action::Refresh {
        concurrently,
        view: cursor.name()?,
    })
}

/// A query is data for nobody, unless a function in it does something.
fn query(mut cursor: Cursor<'_>) -> Option<Action> {
    while !cursor.is_at_end() {
        let is_name = cursor
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Word);
        cursor.advance();
        if is_name && cursor.text() == "(" {
            return Some(Action::Opaque);
        }
    }
    None
}

/// The strings of a parenthesised list.
fn strings(cursor: &mut Cursor<'_>) -> Vec<String> {
    let parts = cursor.parenthesised().unwrap_or_default();
    parts.iter().filter_map(Cursor::string).collect()
}
