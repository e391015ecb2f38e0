//! The reference model: what a run does to a database, from the documented rules alone.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::directory::List;
use crate::state::{Row, State};
use crate::verb::{Verb, Way};
use crate::walk::Walk;

/// Every migration that anybody knows, by version and edition.
pub(crate) type Files<'f> = &'f dyn Fn(u64, u8) -> Change;

/// One thing that a run does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Apply(u64),
    /// By the way back of this edition.
    RollBack(u64),
    Repeat(String, u8),
    Baseline(u64),
    Repair(u64),
}

/// What comes of a run that nothing disturbs, and where it may be interrupted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// After the last step, or where it stops by itself.
    pub(crate) ends: BTreeSet<State>,
    /// At each commit on the way, the beginning included.
    pub(crate) stops: BTreeSet<State>,
    /// The steps, as a report names them; empty where it refuses.
    pub(crate) steps: Vec<String>,
    /// Whether it comes to its end, in all cases or in none.
    pub(crate) succeeds: Option<bool>,
}

/// The steps of a run, or `None` where it is refused before the first write.
pub(crate) fn plan(
    state: &State,
    list: &List,
    files: Files<'_>,
    verb: Verb,
    way: Way,
) -> Option<Vec<Step>> {
    let named = match verb {
        Verb::Down(_) | Verb::Redo(_) | Verb::Steps(_) => 0,
        _ => verb.number(),
    };
    if named > 0 && list.find(named).is_none() {
        return None;
    }
    let newest_first = state.rows.keys().rev().copied();
    let undone: Vec<u64> = match verb {
        Verb::Down(steps) | Verb::Redo(steps) => newest_first.take(steps).collect(),
        Verb::DownTo(version) => newest_first.take_while(|it| *it > version).collect(),
        Verb::RedoFrom(version) => newest_first.take_while(|it| *it >= version).collect(),
        _ => Vec::new(),
    };
    if is_refused(state, list, verb, &undone) {
        return None;
    }
    let is_pending =
        |change: &&Change| !matches!(state.rows.get(&change.version), Some(Row::Applied { .. }));
    let is_wanted = |change: &&Change| {
        let version = change.version;
        match verb {
            Verb::UpTo(end) | Verb::Baseline(end) => is_pending(change) && version <= end,
            Verb::Only(only) => is_pending(change) && version == only,
            Verb::Redo(_) | Verb::RedoFrom(_) => undone.contains(&version),
            Verb::Repair(one) => version == one && differs(state, change),
            Verb::Down(_) | Verb::DownTo(_) | Verb::Verify => false,
            _ => is_pending(change),
        }
    };
    let most = if let Verb::Steps(steps) = verb {
        steps
    } else {
        usize::MAX
    };
    let wanted: Vec<u64> = list
        .changes
        .iter()
        .filter(is_wanted)
        .take(most)
        .map(|change| change.version)
        .collect();
    let is_whole = list.changes.iter().filter(is_pending).count() == wanted.len();
    let step = |version: &u64| match verb {
        Verb::Baseline(_) => Step::Baseline(*version),
        Verb::Repair(_) => Step::Repair(*version),
        _ => Step::Apply(*version),
    };
    let mut steps: Vec<Step> = undone.into_iter().map(Step::RollBack).collect();
    steps.extend(wanted.iter().map(step));
    let is_newest = state
        .rows
        .last_key_value()
        .is_none_or(|(version, _)| *version <= list.newest());
    if verb.is_upward() && is_whole && is_newest {
        let changed = list
            .repeatables
            .iter()
            .filter(|(name, edition)| state.repeated.get(name) != Some(edition));
        steps.extend(changed.map(|(name, edition)| Step::Repeat(name.clone(), *edition)));
    }
    let is_apart = |step: &Step| match step {
        // Of these nothing runs but a record.
        Step::Repeat(..) | Step::Baseline(_) | Step::Repair(_) => false,
        // A way back has the mode of its own file, which is the same in all editions.
        Step::Apply(version) | Step::RollBack(version) => !files(*version, 0).is_transaction,
    };
    let is_one = matches!(way, Way::SingleTransaction | Way::Pooled);
    (!is_one || !steps.iter().any(is_apart)).then_some(steps)
}

fn differs(state: &State, change: &Change) -> bool {
    match state.rows.get(&change.version) {
        Some(Row::Applied { edition } | Row::Down { edition, .. }) => *edition != change.edition,
        _ => false,
    }
}

fn is_refused(state: &State, list: &List, verb: Verb, undone: &[u64]) -> bool {
    let newest_applied = state
        .rows
        .last_key_value()
        .map_or(0, |(version, _)| *version);
    let is_row_refused = |(version, row): (&u64, &Row)| match (row, list.find(*version)) {
        (Row::Up(_) | Row::Down { .. }, known) => {
            is_in_the_way(row, *version, known.is_some(), verb, undone)
        }
        // Only a rollback, and a repair, live with all else.
        _ if verb.is_rollback() || matches!(verb, Verb::Repair(_)) => false,
        (Row::Applied { .. }, Some(change)) => {
            differs(state, change) && !(verb.is_redo() && undone.contains(version))
        }
        // A newer program's: an older one starts, but cannot apply it again.
        (Row::Applied { .. }, None) => verb.is_redo(),
    };
    let is_left_out = |change: &Change| {
        let version = change.version;
        let is_out_of_order = version < newest_applied && !state.rows.contains_key(&version);
        let is_accepted = match verb {
            Verb::Down(_) | Verb::DownTo(_) | Verb::Repair(_) | Verb::Only(_) => true,
            Verb::Baseline(end) => version <= end,
            _ => false,
        };
        is_out_of_order && !is_accepted
    };
    state.rows.iter().any(is_row_refused) || list.changes.iter().any(is_left_out)
}

/// Whether an interrupted version keeps a verb from running: it is not the way on for it, and has
/// something to do with it.
fn is_in_the_way(row: &Row, version: u64, is_known: bool, verb: Verb, undone: &[u64]) -> bool {
    let goes_back = matches!(row, Row::Down { .. });
    match verb {
        Verb::Down(_) | Verb::DownTo(_) => !goes_back,
        Verb::Redo(_) | Verb::RedoFrom(_) => !(goes_back && undone.contains(&version) && is_known),
        Verb::Only(only) => version < only || version == only && (goes_back || !is_known),
        Verb::Baseline(newest) => version <= newest,
        Verb::Repair(repaired) => version == repaired,
        _ => goes_back || !is_known,
    }
}

/// Follows a run through its steps. `files` has every migration that anybody knows, in each
/// edition; `shut` are the versions whose gates are shut.
pub(crate) fn course(
    from: &State,
    list: &List,
    files: Files<'_>,
    (verb, way): (Verb, Way),
    shut: &BTreeSet<u64>,
) -> Course {
    let mut course = Course {
        stops: BTreeSet::from([from.clone()]),
        ..Course::default()
    };
    let steps = match verb {
        Verb::Verify | Verb::Status => Some(Vec::new()),
        Verb::Validate => plan(from, list, files, Verb::Up, Way::Borrowed).map(|_| Vec::new()),
        _ => plan(from, list, files, verb, way),
    };
    let edition = |version: &u64| match from.rows.get(version) {
        Some(Row::Applied { edition } | Row::Down { edition, .. }) => *edition,
        _ => 0,
    };
    let is_irreversible = |step: &Step| match step {
        Step::RollBack(version) => files(*version, edition(version)).irreversible,
        _ => false,
    };
    let Some(steps) = steps.filter(|steps| !steps.iter().any(is_irreversible)) else {
        course.ends.insert(from.clone());
        course.succeeds = Some(false);
        return course;
    };
    course.steps = steps.iter().map(|step| said(step, files)).collect();
    if verb == Verb::Plan {
        course.ends.insert(from.clone());
        course.succeeds = Some(true);
        return course;
    }
    let mut state = from.clone();
    let mut succeeds = true;
    for step in &steps {
        let mut walk = Walk {
            state: &mut state,
            stops: &mut course.stops,
            shut,
        };
        succeeds = match step {
            Step::Apply(version) => {
                let edition = list.find(*version).map_or(0, |change| change.edition);
                walk.apply(&files(*version, edition))
            }
            Step::RollBack(version) => walk.roll_back(&files(*version, edition(version))),
            Step::Repeat(name, edition) => {
                walk.repeat(name, *edition);
                true
            }
            Step::Baseline(version) => {
                let change = files(*version, list.find(*version).map_or(0, |it| it.edition));
                walk.note(&change, "baselined")
            }
            Step::Repair(version) => {
                let change = files(*version, list.find(*version).map_or(0, |it| it.edition));
                walk.note(&change, "repaired")
            }
        };
        if !succeeds {
            break;
        }
    }
    if way == Way::SingleTransaction {
        if !succeeds {
            state = from.clone();
        }
        course.stops = BTreeSet::from([from.clone(), state.clone()]);
    }
    course.ends.insert(state);
    course.succeeds = Some(succeeds);
    // A way back that the program does not have itself may ask for consent first; and it may be
    // said that a way back is to be finished by itself.
    let is_strange = |version: &u64| {
        let is_other = list.find(*version).is_none_or(|it| differs(from, it));
        let is_begun = matches!(from.rows.get(version), Some(Row::Down { .. }));
        is_other || is_begun && verb.is_redo()
    };
    let mut undone = steps.iter();
    if undone.any(|it| matches!(it, Step::RollBack(version) if is_strange(version))) {
        course.ends.insert(from.clone());
        course.succeeds = None;
    }
    course
}

/// As a report names it.
fn said(step: &Step, files: Files<'_>) -> String {
    let label = |version: &u64| files(*version, 0).label();
    match step {
        Step::Apply(version) => format!("Apply {}", label(version)),
        Step::RollBack(version) => format!("RollBack {}", label(version)),
        Step::Repeat(name, _) => format!("Repeat {name}"),
        Step::Baseline(version) => format!("Baseline {}", label(version)),
        Step::Repair(version) => format!("Repair {}", label(version)),
    }
}
