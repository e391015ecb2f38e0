//! What a statement takes away that something else in a database may stand on, as far as its first words
//! and the changes of `ALTER TABLE` tell. The macro has no more of the grammar.

use crate::command::{Class, Command, Verb};
use crate::cursor::Name;
use crate::statement::Statement;

/// What a statement does to what can be asked.
#[derive(Debug)]
pub(crate) enum Effect {
    Nothing,
    /// It may have done anything.
    Opaque,
    /// Objects that are not in the way from here on.
    Frees(Vec<Name>),
    /// Something that is not a view may be gone.
    FreesOthers,
    /// The table of this name is another one from here on.
    Makes(Name),
    Drops {
        names: Vec<Name>,
        is_table: bool,
    },
    Alters {
        table: Name,
        columns: Vec<String>,
        /// Its columns, or what belongs to it, are others from here on.
        is_another: bool,
    },
}

/// Reads one statement.
pub(crate) fn effect(statement: Statement<'_>) -> Effect {
    let command = Command::of(statement);
    let effect = match command.verb {
        Verb::Create => created(&command),
        // With CASCADE it takes whatever stands on it.
        Verb::Drop if !statement.finds_word("cascade") => dropped(&command),
        Verb::Alter => altered(&command),
        // If no function does more, which the server is asked about.
        Verb::Analyze
        | Verb::Cluster
        | Verb::Comment
        | Verb::Delete
        | Verb::Grant
        | Verb::Insert
        | Verb::Lock
        | Verb::Merge
        | Verb::Notify
        | Verb::Refresh
        | Verb::Reindex
        | Verb::Revoke
        | Verb::Truncate
        | Verb::Update
        | Verb::Vacuum => Some(Effect::Nothing),
        _ => None,
    };
    effect.unwrap_or(Effect::Opaque)
}

/// Whether functions of the database may run in it: in triggers, in expressions over rows, in a query.
pub(crate) fn may_call_functions(statement: Statement<'_>) -> bool {
    let command = Command::of(statement);
    let finds = |words: &[&str]| words.iter().any(|word| statement.finds_word(word));
    match command.verb {
        Verb::Delete
        | Verb::Insert
        | Verb::Merge
        | Verb::Refresh
        | Verb::Truncate
        | Verb::Update => true,
        Verb::Create => {
            matches!(command.class, Class::Table | Class::MaterializedView) && finds(&["select"])
        }
        Verb::Alter => {
            matches!(command.class, Class::Table) && finds(&["using", "default", "check"])
        }
        _ => false,
    }
}

/// `CREATE`.
fn created(command: &Command<'_>) -> Option<Effect> {
    let name = || command.name.clone().written_name();
    Some(match command.class {
        Class::Table | Class::ForeignTable => Effect::Makes(name()?),
        // It may make tables and views itself.
        Class::Schema if command.name.finds(&["create"]).is_some() => return None,
        Class::View if command.replace => Effect::Frees(vec![name()?]),
        _ if command.replace => Effect::FreesOthers,
        _ => Effect::Nothing,
    })
}

/// `DROP`.
fn dropped(command: &Command<'_>) -> Option<Effect> {
    Some(match command.class {
        Class::Table | Class::ForeignTable | Class::View | Class::MaterializedView => {
            Effect::Drops {
                names: command.written_names()?,
                is_table: matches!(command.class, Class::Table | Class::ForeignTable),
            }
        }
        Class::Index | Class::Sequence | Class::Statistics => Effect::Nothing,
        Class::Aggregate
        | Class::Domain
        | Class::Function
        | Class::Policy
        | Class::Procedure
        | Class::Routine
        | Class::Rule
        | Class::Trigger
        | Class::Type => Effect::FreesOthers,
        _ => return None,
    })
}

/// `ALTER`.
fn altered(command: &Command<'_>) -> Option<Effect> {
    match command.class {
        Class::Table => altered_table(command),
        Class::Policy => Some(Effect::FreesOthers),
        Class::DefaultPrivileges
        | Class::Domain
        | Class::Publication
        | Class::Role
        | Class::Sequence
        | Class::Statistics
        | Class::Type => Some(Effect::Nothing),
        _ => None,
    }
}

/// `ALTER TABLE`.
fn altered_table(command: &Command<'_>) -> Option<Effect> {
    let mut cursor = command.name;
    let table = cursor.written_name()?;
    cursor.eat_text("*");
    let (mut columns, mut is_another) = (Vec::new(), false);
    for mut action in cursor.rest_by_commas() {
        if action.sees(&["rename", "to"]) || action.sees(&["set", "schema"]) {
            return None;
        }
        is_another |= action.sees(&["rename"]) && !action.sees(&["rename", "constraint"]);
        is_another |= action.sees(&["no", "inherit"]) || action.sees(&["detach"]);
        if action.sees(&["drop"]) && action.finds(&["cascade"]).is_some() {
            return None;
        }
        if !action.sees(&["drop", "constraint"]) && action.eat(&["drop"]) {
            action.eat(&["column"]);
            action.if_exists();
            columns.push(action.identifier()?);
        } else if !action.sees(&["alter", "constraint"]) && action.eat(&["alter"]) {
            action.eat(&["column"]);
            let column = action.identifier()?;
            if action.eat(&["type"]) || action.eat(&["set", "data", "type"]) {
                columns.push(column);
            }
        }
    }
    // With ONLY the columns of tables that inherit stay.
    if command.only {
        columns.clear();
    }
    Some(Effect::Alters {
        table,
        columns,
        is_another,
    })
}
