//! Does what an error says that only a person can do: looks at the database, and runs the SQL
//! that was printed.

use std::collections::BTreeSet;

use crate::change::{Change, Effect, Kind};
use crate::database::Database;
use crate::directory::List;
use crate::history::History;
use crate::state::{Place, Row, Seen, State};
use crate::verb::Verb;

/// Whether an error asks for a decision about one statement.
pub(crate) fn is_decision(error: &str) -> bool {
    // What tells how to give up a whole file deletes its row.
    error.contains("SET statements_done") && !error.contains("DELETE FROM")
}

/// What else an error of the newest program says to do first: to finish a way back, to accept a
/// changed file, to apply one that was left out.
pub(crate) fn advised(list: &List, state: &State) -> Option<Verb> {
    let newest = state.rows.last_key_value()?.0;
    let row = |change: &Change| state.rows.get(&change.version).copied();
    let is_changed = |change: &&Change| matches!(row(change), Some(Row::Applied { edition }) if edition != change.edition);
    let is_left_out = |change: &&Change| change.version < *newest && row(change).is_none();
    let is_down = |row: &Row| matches!(row, Row::Down { .. });
    if state.rows.values().any(is_down) {
        return Some(Verb::Down(1));
    }
    let repair = list.changes.iter().find(is_changed);
    let repair = repair.map(|change| Verb::Repair(change.version));
    repair.or_else(|| {
        let left_out = list.changes.iter().find(is_left_out)?.version;
        // An older one that was interrupted comes first.
        let is_up = |(_, row): &(&u64, &Row)| matches!(row, Row::Up { .. });
        let begun = state.rows.range(..left_out).find(is_up);
        Some(Verb::Only(begun.map_or(left_out, |(version, _)| *version)))
    })
}

/// Decides about the statement that commits on its own; returns where the database is then.
pub(crate) fn decide(
    history: &History,
    database: &Database,
    error: &str,
    possible: &BTreeSet<State>,
) -> Result<BTreeSet<State>, String> {
    let said: Vec<&str> = error
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(';') && line.starts_with("UPDATE"))
        .collect();
    let [done, again] = said[..] else {
        return Err(format!("no SQL to decide with in:\n{error}"));
    };
    let mut client = database.connect();
    let seen = Seen::look(&mut client).map_err(|error| format!("{error:?}"))?;
    // In each state that is still possible, which statement it is.
    let found: Vec<_> = possible
        .iter()
        .filter_map(|it| cut_short(history, it, error))
        .collect();
    let Some((version, statement, number)) = found.first().cloned() else {
        return Err(format!("nothing is to be decided, but it says:\n{error}"));
    };
    let commits: Vec<_> = statement.commits.iter().flatten().collect();
    let times = |index: usize| match commits[index] {
        Effect::Row(key) => seen.times(key),
        _ => 0,
    };
    let (first, second) = (times(0), times(1));
    let mut decided = BTreeSet::new();
    for state in possible {
        if cut_short(history, state, error).is_none() {
            continue;
        }
        let mut state = state.clone();
        let is_to_repeat = first == second && {
            let Some(Row::Up(at)) = state.rows.get(&version) else {
                continue;
            };
            at.commits == 0
        };
        if first > second {
            state.apply(&statement.commits[1]);
        }
        let at = Place {
            done: number + usize::from(!is_to_repeat),
            ..Place::default()
        };
        state.rows.insert(version, Row::Up(at));
        decided.insert((is_to_repeat, state));
    }
    let choices: BTreeSet<bool> = decided.iter().map(|(again, _)| *again).collect();
    if choices.len() != 1 {
        return Err(format!("the model cannot decide: {decided:?}"));
    }
    if first > second {
        // A person finishes what is left by hand.
        let Effect::Row(key) = &statement.commits[1][0] else {
            return Err("a statement without rows".to_owned());
        };
        let sql = format!("INSERT INTO public.ledger VALUES ('{key}')");
        client
            .batch_execute(&sql)
            .map_err(|error| format!("{error:?}"))?;
    }
    let sql = if choices.contains(&true) { again } else { done };
    client
        .batch_execute(sql)
        .map_err(|error| format!("{sql}: {error:?}"))?;
    Ok(decided.into_iter().map(|(_, state)| state).collect())
}

/// Whether a detach was refused since another one, of a file that was interrupted, is pending.
pub(crate) fn is_pending(error: &str) -> bool {
    error.contains("already pending detach")
}

/// Finishes the detach that is pending, as the server's hint says; returns where the database is then.
pub(crate) fn finalize(
    history: &History,
    database: &Database,
    possible: &BTreeSet<State>,
) -> Result<BTreeSet<State>, String> {
    let pending = |state: &State| {
        let mut objects = state.objects.iter();
        objects.find_map(|it| it.strip_prefix("pending ").map(str::to_owned))
    };
    let Some(name) = possible.iter().find_map(pending) else {
        return Err(
            "the server says that a detach is pending, and the model knows none".to_owned(),
        );
    };
    let sql = format!("ALTER TABLE public.parts DETACH PARTITION public.{name} FINALIZE");
    let done = database.connect().batch_execute(&sql);
    done.map_err(|error| format!("{sql}: {error:?}"))?;
    let finished = possible
        .iter()
        .filter(|state| pending(state).as_ref() == Some(&name));
    let finished = finished.map(|state| {
        let mut state = state.clone();
        state.objects.remove(&format!("pending {name}"));
        state.objects.insert(format!("detached {name}"));
        for (version, row) in &mut state.rows {
            let (at, change) = match row {
                Row::Applied { .. } => continue,
                Row::Up(at) => (at, history.file(*version, 0)),
                Row::Down { edition, at } => (at, history.file(*version, *edition)),
            };
            let statements = [change.up, change.down].concat();
            let is_this =
                |it: &&crate::change::Statement| it.pending() == Some(&format!("pending {name}"));
            if at.commits == 1 && statements.iter().any(|it| is_this(&it)) {
                at.commits = 2;
            }
        }
        state
    });
    Ok(finished.collect())
}

/// The version, the statement and its number, where one is begun and tells nobody how far it came.
fn cut_short(
    history: &History,
    state: &State,
    error: &str,
) -> Option<(u64, crate::change::Statement, usize)> {
    state.rows.iter().find_map(|(version, row)| {
        let Row::Up(at) = row else {
            return None;
        };
        let change: Change = history.file(*version, 0);
        let statement = change.up.get(at.done)?;
        let is_named = error.contains(&statement.sql);
        let is_open = statement.kind == Kind::Opaque && at.begun && is_named;
        is_open.then(|| (*version, statement.clone(), at.done))
    })
}
